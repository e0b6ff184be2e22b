#include "sandbox/pause/program.h"

#include "sandbox/pause/pause_program.h"

// The assembler reads the file that meson has built.
asm(".section .rodata\n"
    ".globl nacelle_pause_begin\nnacelle_pause_begin:\n"
    ".incbin \"" NACELLE_PAUSE
    "\"\n"
    ".globl nacelle_pause_end\nnacelle_pause_end:\n"
    ".previous\n");

extern "C" const char nacelle_pause_begin[], nacelle_pause_end[];

namespace sandbox {

std::string_view pause_program() {
  return {nacelle_pause_begin, static_cast<size_t>(nacelle_pause_end - nacelle_pause_begin)};
}

}  // namespace sandbox
