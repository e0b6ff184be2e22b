// UTF-8 (RFC 3629) in bytes that need not be.
#pragma once

#include <string>
#include <string_view>

// Length of the well-formed sequence that the text, which is not empty, begins with; 0 when there is none.
size_t utf8_sequence(std::string_view text);

// Bytes that somebody else has written, as text for JSON and the like: each byte that is no part of UTF-8 and each NUL
// become U+FFFD.
std::string utf8_of(std::string_view bytes);
