// Kubernetes quantities: "500m", "128974848", "1.5Gi", "129e6" (apimachinery, resource.Quantity). Fixed point with nine
// decimals, no floating point.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kube {

// Which suffixes the number was written with; it is printed with the same.
enum class QuantityFormat : uint8_t {
  decimal,   // n u m "" k M G T P E
  binary,    // Ki Mi Gi Ti Pi Ei
  exponent,  // e3, E6
};

struct Quantity {
  __int128 nano = 0;  // the value times 10^9; its whole part fits an int64
  QuantityFormat format = QuantityFormat::decimal;

  bool operator==(const Quantity& other) const { return nano == other.nano; }
  auto operator<=>(const Quantity& other) const { return nano <=> other.nano; }
  bool is_zero() const { return nano == 0; }
};

// Reads [+-]digits[.digits][suffix]. As the API server does it: finer than 10^-9 is rounded away from zero, more than
// 2^63-1 becomes that. Errors have the API's words, without the text itself.
Result<Quantity> parse_quantity(std::string_view text);

Quantity whole_quantity(int64_t value, QuantityFormat format = QuantityFormat::decimal);
Quantity milli_quantity(int64_t milli);

// The canonical text: no fraction, the largest suffix that keeps all digits ("0.5" is "500m", "1024Mi" is "1Gi").
std::string print_quantity(const Quantity& quantity);

// The sum, in the format of the left one (the right one's when the left is zero).
Quantity operator+(const Quantity& left, const Quantity& right);

// Bytes of a memory quantity: rounded away from zero, at most what an int64 holds.
int64_t whole_value(const Quantity& quantity);
// Thousandths of a CPU of a cpu quantity: rounded away from zero, at most what an int64 holds.
int64_t milli_value(const Quantity& quantity);

}  // namespace kube
