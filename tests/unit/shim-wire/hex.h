// Bytes as hexadecimal digits, both ways: for messages that were written by protoc --encode.
#pragma once

#include <string>
#include <string_view>

inline std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    for (const int digit : {(c >> 4) & 15, c & 15}) out += "0123456789abcdef"[digit];
  }
  return out;
}

inline std::string unhex(std::string_view digits) {
  std::string out;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return out;
}
