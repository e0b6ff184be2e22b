#include "runtime/kube/api/quantity.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <vector>

#include "base/text.h"

namespace kube {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr __int128 kNanos = 1'000'000'000;

struct Suffix {
  std::string_view text;
  int ten, two;  // the power of ten, or of two
  QuantityFormat format;
};

constexpr std::array kSuffixes{
    Suffix{"n", -9, 0, QuantityFormat::decimal}, Suffix{"u", -6, 0, QuantityFormat::decimal},
    Suffix{"m", -3, 0, QuantityFormat::decimal}, Suffix{"", 0, 0, QuantityFormat::decimal},
    Suffix{"k", 3, 0, QuantityFormat::decimal},  Suffix{"M", 6, 0, QuantityFormat::decimal},
    Suffix{"G", 9, 0, QuantityFormat::decimal},  Suffix{"T", 12, 0, QuantityFormat::decimal},
    Suffix{"P", 15, 0, QuantityFormat::decimal}, Suffix{"E", 18, 0, QuantityFormat::decimal},
    Suffix{"Ki", 0, 10, QuantityFormat::binary}, Suffix{"Mi", 0, 20, QuantityFormat::binary},
    Suffix{"Gi", 0, 30, QuantityFormat::binary}, Suffix{"Ti", 0, 40, QuantityFormat::binary},
    Suffix{"Pi", 0, 50, QuantityFormat::binary}, Suffix{"Ei", 0, 60, QuantityFormat::binary},
};

size_t digits_at(std::string_view text, size_t from) {
  size_t end = from;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - from;
}

// The suffix, or a power of ten: "e3", "E-6". Powers beyond all that a Quantity holds are clamped.
std::optional<Suffix> find_suffix(std::string_view text) {
  for (const Suffix& suffix : kSuffixes)
    if (suffix.text == text) return suffix;
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return std::nullopt;
  bool negative = text[1] == '-';
  std::string_view digits = text.substr(text[1] == '-' || text[1] == '+' ? 2 : 1);
  if (digits.empty() || digits_at(digits, 0) != digits.size()) return std::nullopt;
  constexpr int64_t kFar = 1'000'000;
  int64_t power = std::min(parse_number<int64_t>(digits).value_or(kFar), kFar);
  return Suffix{text, static_cast<int>(negative ? -power : power), 0, QuantityFormat::exponent};
}

// A decimal number as digits: `whole` of them before the point (negative: so many zeros after it come first).
struct Decimal {
  std::vector<uint8_t> digits;
  int64_t whole = 0;

  void drop_leading_zeros() {
    size_t zeros = 0;
    while (zeros < digits.size() && digits[zeros] == 0) ++zeros;
    digits.erase(digits.begin(), digits.begin() + static_cast<ptrdiff_t>(zeros));
    whole -= static_cast<int64_t>(zeros);
  }
  uint8_t at(int64_t place) const {  // 0 is the first digit before the point's right neighbour: place `whole`
    int64_t index = whole + place;
    return index >= 0 && index < static_cast<int64_t>(digits.size()) ? digits[static_cast<size_t>(index)] : 0;
  }
};

// Multiplies the digits after the point by 2^power, digit by digit, so that nothing is rounded; gives what is carried
// over the point.
__int128 scale_fraction(Decimal& number, int power) {
  __int128 carry = 0;
  for (int64_t i = static_cast<int64_t>(number.digits.size()) - 1; i >= std::max<int64_t>(number.whole, 0); --i) {
    __int128 product = (static_cast<__int128>(number.digits[static_cast<size_t>(i)]) << power) + carry;
    number.digits[static_cast<size_t>(i)] = static_cast<uint8_t>(product % 10);
    carry = product / 10;
  }
  for (int64_t zeros = number.whole; zeros < 0 && carry != 0; ++zeros) {  // the zeros that were not written
    number.digits.insert(number.digits.begin(), static_cast<uint8_t>(carry % 10));
    ++number.whole;
    carry /= 10;
  }
  return carry;
}

__int128 to_nano(Decimal number, const Suffix& suffix) {
  number.drop_leading_zeros();
  if (number.digits.empty()) return 0;
  number.whole += suffix.ten;
  if (number.whole > 20) return kMost * kNanos;
  __int128 whole = 0;
  for (int64_t place = -number.whole; place < 0; ++place) whole = whole * 10 + number.at(place);
  whole <<= suffix.two;  // at most 10^20 * 2^60, less than 2^127
  if (suffix.two > 0) whole += scale_fraction(number, suffix.two);
  if (whole > kMost) return kMost * kNanos;
  __int128 nano = whole;
  for (int64_t place = 0; place < 9; ++place) nano = nano * 10 + number.at(place);
  bool rest = false;
  for (int64_t i = std::max<int64_t>(number.whole + 9, 0); i < static_cast<int64_t>(number.digits.size()); ++i)
    rest = rest || number.digits[static_cast<size_t>(i)] != 0;
  return std::min(nano + (rest ? 1 : 0), kMost * kNanos);
}

int64_t rounded(__int128 nano, __int128 unit) {
  bool negative = nano < 0;
  __int128 value = ((negative ? -nano : nano) + unit - 1) / unit;
  value = std::min<__int128>(value, kMost);
  return static_cast<int64_t>(negative ? -value : value);
}

std::string suffix_of(int power, QuantityFormat format) {
  if (format == QuantityFormat::exponent) return power == 0 ? "" : cat('e', power);
  for (const Suffix& suffix : kSuffixes)
    if (suffix.format == format && (format == QuantityFormat::binary ? suffix.two : suffix.ten) == power)
      return std::string(suffix.text);
  return {};
}

std::string print_digits(unsigned __int128 value) {
  std::string digits;
  do digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
  while ((value /= 10) != 0);
  return digits;
}

}  // namespace

Result<Quantity> parse_quantity(std::string_view text) {
  if (text.empty()) return fail("quantities must not be empty");
  size_t start = text[0] == '-' || text[0] == '+' ? 1 : 0;
  Decimal number;
  size_t before = digits_at(text, start), after = 0, end = start + before;
  if (end < text.size() && text[end] == '.') {
    after = digits_at(text, end + 1);
    end += 1 + after;
  }
  auto suffix = find_suffix(text.substr(end));
  if (before + after == 0 || !suffix)
    return fail("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  for (char c : text.substr(start, end - start))
    if (c != '.') number.digits.push_back(static_cast<uint8_t>(c - '0'));
  number.whole = static_cast<int64_t>(before);
  __int128 nano = to_nano(std::move(number), *suffix);
  // Below one a binary suffix would need a fraction to be printed.
  bool tiny = suffix->format == QuantityFormat::binary && nano < kNanos;
  return Quantity{text[0] == '-' ? -nano : nano, tiny ? QuantityFormat::decimal : suffix->format};
}

Quantity whole_quantity(int64_t value, QuantityFormat format) {
  return {value * kNanos, format};
}

Quantity milli_quantity(int64_t milli) {
  return {milli * (kNanos / 1000), QuantityFormat::decimal};
}

std::string print_quantity(const Quantity& quantity) {
  if (quantity.nano == 0) return "0";
  bool negative = quantity.nano < 0;
  __int128 nano = negative ? -quantity.nano : quantity.nano;
  std::string sign = negative ? "-" : "";
  if (quantity.format == QuantityFormat::binary && nano % kNanos == 0 && nano / kNanos >= 1024) {
    __int128 value = nano / kNanos;
    int power = 0;
    for (; value % 1024 == 0 && power < 60; power += 10) value /= 1024;
    return cat(sign, print_digits(static_cast<unsigned __int128>(value)), suffix_of(power, QuantityFormat::binary));
  }
  int power = -9;
  for (; nano % 1000 == 0 && power < 18; power += 3) nano /= 1000;
  QuantityFormat format =
      quantity.format == QuantityFormat::exponent ? QuantityFormat::exponent : QuantityFormat::decimal;
  return cat(sign, print_digits(static_cast<unsigned __int128>(nano)), suffix_of(power, format));
}

Quantity operator+(const Quantity& left, const Quantity& right) {
  __int128 limit = kMost * kNanos;
  return {std::clamp(left.nano + right.nano, -limit, limit), left.is_zero() ? right.format : left.format};
}

int64_t whole_value(const Quantity& quantity) {
  return rounded(quantity.nano, kNanos);
}

int64_t milli_value(const Quantity& quantity) {
  return rounded(quantity.nano, kNanos / 1000);
}

}  // namespace kube
