// What the fuzz targets share: each is one file with LLVMFuzzerTestOneInput, which takes any bytes and must come back.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/result.h"

namespace fuzz {

inline std::string_view text_of(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// A property of the parser that holds for every input. libFuzzer takes the abort for a crash and keeps the input.
inline void demand(bool holds, const char* property) {
  if (holds) return;
  fprintf(stderr, "does not hold: %s\n", property);
  abort();
}

// An error is one line of text: callers write it into logs and JSON.
inline void demand_line(const Error& error) {
  const std::string text = error.text();
  demand(!text.empty(), "an error says something");
  for (const unsigned char c : text) demand(c >= 0x20 && c != 0x7f, "an error is one line without control characters");
}

// The value, when there is one; the error is checked otherwise.
template <class T>
const T* value_of(const Result<T>& result) {
  if (result) return &*result;
  demand_line(result.error());
  return nullptr;
}

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
