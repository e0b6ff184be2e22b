// A file as part of the program: the assembler reads it.
#pragma once

#include <cstddef>
#include <string_view>

// To be written outside of any namespace; NAME is a word, PATH a literal. Defines `std::string_view embedded_NAME()`,
// local to the file.
#define EMBED_FILE(name, path)                                                                           \
  asm(".section .rodata\n"                                                                               \
      ".globl nacelle_" #name "_begin\nnacelle_" #name                                                   \
      "_begin:\n"                                                                                        \
      ".incbin \"" path                                                                                  \
      "\"\n"                                                                                             \
      ".globl nacelle_" #name "_end\nnacelle_" #name                                                     \
      "_end:\n"                                                                                          \
      ".previous\n");                                                                                    \
  extern "C" const char nacelle_##name##_begin[], nacelle_##name##_end[];                                \
  static std::string_view embedded_##name() {                                                            \
    return {nacelle_##name##_begin, static_cast<size_t>(nacelle_##name##_end - nacelle_##name##_begin)}; \
  }
