// What a scalar means: the resolution of plain scalars, and the values of integers and booleans.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

#include "base/text.h"
#include "runtime/kube/api/node.h"

namespace kube {
namespace {

using Kind = Node::Kind;

constexpr std::array kTrue{"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"};
constexpr std::array kFalse{"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
constexpr std::array kNull{"", "~", "null", "Null", "NULL"};
constexpr std::array kSpecial{".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf", "+.INF",
                              "-.inf", "-.Inf", "-.INF", ".nan",  ".NaN",  ".NAN"};

bool is_any(const auto& words, std::string_view text) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::string without_underscores(std::string_view text) {
  std::string out(text);
  std::erase(out, '_');
  return out;
}

// The magnitude and sign of "[-+]0x1F", "0o17", "017", "0b11", "12".
struct Integer {
  uint64_t magnitude = 0;
  bool negative = false;
};

std::optional<Integer> parse_integer(std::string_view written) {
  std::string text = without_underscores(written);
  std::string_view digits = text;
  Integer number;
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) {
    number.negative = digits[0] == '-';
    digits.remove_prefix(1);
  }
  int base = 10;
  if (digits.size() > 1 && digits[0] == '0') {
    char mark = static_cast<char>(std::tolower(static_cast<unsigned char>(digits[1])));
    base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
    digits.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
  }
  auto magnitude = parse_number<uint64_t>(digits, base);
  if (!magnitude) return std::nullopt;
  number.magnitude = *magnitude;
  if (number.negative && number.magnitude > uint64_t{1} << 63) return std::nullopt;
  return number;
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool is_real(std::string_view written) {
  std::string text = without_underscores(written);
  size_t at = 0;
  auto digits = [&] {
    size_t from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - from;
  };
  auto one_of = [&](std::string_view set) {
    bool found = at < text.size() && set.find(text[at]) != std::string_view::npos;
    at += found ? 1 : 0;
    return found;
  };
  one_of("+-");
  size_t before = digits();
  size_t after = one_of(".") ? digits() : 0;
  if (before + after == 0) return false;
  if (one_of("eE")) {
    one_of("+-");
    if (digits() == 0) return false;
  }
  return at == text.size();
}

}  // namespace

Node::Kind resolve_plain(std::string_view text) {
  if (is_any(kNull, text)) return Kind::null;
  char first = text[0];
  bool number_like = is_digit(first) || first == '+' || first == '-' || first == '.';
  if (!number_like) return is_any(kTrue, text) || is_any(kFalse, text) ? Kind::boolean : Kind::string;
  if (first != '.' && parse_integer(text)) return Kind::integer;
  return is_real(text) || is_any(kSpecial, text) ? Kind::real : Kind::string;
}

std::optional<int64_t> integer_of(const Node& node) {
  auto number = parse_integer(node.text);
  if (!number) return std::nullopt;
  if (number->negative) return static_cast<int64_t>(0 - number->magnitude);
  if (number->magnitude > static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
  return static_cast<int64_t>(number->magnitude);
}

bool boolean_of(const Node& node) {
  return is_any(kTrue, node.text);
}

namespace {

bool is_number(Kind kind) {
  return kind == Kind::integer || kind == Kind::real;
}

bool is_equal_number(const Node& left, const Node& right) {
  if (left.text == right.text) return true;
  const std::optional<int64_t> at_left = integer_of(left), at_right = integer_of(right);
  if (at_left && at_right) return *at_left == *at_right;
  return strtod(without_underscores(left.text).c_str(), nullptr) ==
         strtod(without_underscores(right.text).c_str(), nullptr);
}

}  // namespace

bool is_equal(const Node& left, const Node& right) {
  if (is_number(left.kind) && is_number(right.kind)) return is_equal_number(left, right);
  if (left.kind != right.kind) return false;
  switch (left.kind) {
    case Kind::null: return true;
    case Kind::boolean: return boolean_of(left) == boolean_of(right);
    case Kind::sequence: return std::ranges::equal(left.items, right.items, is_equal);
    case Kind::mapping:
      return left.entries.size() == right.entries.size() && std::ranges::all_of(left.entries, [&](const Entry& entry) {
               const Node* other = right.find(entry.key.text);
               return other && is_equal(entry.value, *other);
             });
    default: return left.text == right.text;
  }
}

std::string describe_node(const Node& node) {
  switch (node.kind) {
    case Kind::null: return "null";
    case Kind::boolean: return cat("the boolean ", node.text);
    case Kind::integer:
    case Kind::real: return cat("the number ", node.text.size() > 40 ? node.text.substr(0, 40) + "…" : node.text);
    case Kind::string: return "a string";
    case Kind::sequence: return "a list";
    case Kind::mapping: return "an object";
  }
  return {};
}

}  // namespace kube
