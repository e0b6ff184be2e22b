#include "runtime/shim/options/toml.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace shim::toml {
namespace {

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '-';
}

void append_utf8(std::string& out, uint32_t point) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (point >> shift & 0x3f)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | point >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0 | point >> 18);
    tail(12), tail(6), tail(0);
  }
}

// "1_000", "0x1f", "-3". Leading zeros are not TOML.
std::optional<int64_t> whole_number(std::string word) {
  const bool is_signed = word.starts_with('+') || word.starts_with('-');
  const std::string_view digits = std::string_view(word).substr(is_signed ? 1 : 0);
  if (digits.empty() || digits.front() == '_' || digits.back() == '_' || word.find("__") != word.npos) return {};
  if (digits.front() < '0' || digits.front() > '9') return {};
  const bool is_negative = word[0] == '-';
  std::string plain;
  std::ranges::copy_if(digits, std::back_inserter(plain), [](char c) { return c != '_'; });
  if (plain.size() > 1 && plain[0] == '0') {
    const int base = plain[1] == 'x' ? 16 : plain[1] == 'o' ? 8 : plain[1] == 'b' ? 2 : 0;
    if (base == 0 || is_signed || plain.size() == 2 || plain[2] == '-') return {};
    return parse_number<int64_t>(std::string_view(plain).substr(2), base);
  }
  return parse_number<int64_t>(cat(is_negative ? "-" : "", plain));
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<std::vector<Entry>> parse() {
    for (; at_ < text_.size(); line_++) TRY_IN(cat("line ", line_), read_line());
    return std::move(entries_);
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\n'; }
  bool take(char c) {
    if (peek() != c) return false;
    at_++;
    return true;
  }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t') at_++;
  }

  Result<> read_line() {
    skip_blanks();
    if (peek() == '[') return fail("a table; options have none");
    if (peek() != '\n' && peek() != '\r' && peek() != '#') TRY(read_entry());
    if (peek() == '#')
      while (peek() != '\n') at_++;
    take('\r');
    if (peek() != '\n') return fail(cat("unexpected ", quoted(text_.substr(at_, 1))));
    at_++;
    return {};
  }

  Result<> read_entry() {
    Entry entry;
    entry.key = TRY(read_key());
    const std::string context = cat("key ", quoted(entry.key));
    if (std::ranges::find(entries_, entry.key, &Entry::key) != entries_.end()) return fail(context + ": given twice");
    entry.value = TRY_IN(context, read_value());
    entries_.push_back(std::move(entry));
    skip_blanks();
    return {};
  }

  Result<std::string> read_key();
  Result<Value> read_value();
  Result<std::string> read_basic_string();
  Result<std::string> read_literal_string();
  Result<> read_escape(std::string& out);

  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
  std::vector<Entry> entries_;
};

Result<std::string> Parser::read_key() {
  std::string key;
  if (peek() == '"')
    key = TRY(read_basic_string());
  else if (peek() == '\'')
    key = TRY(read_literal_string());
  else
    while (is_bare(peek())) key += text_[at_++];
  if (key.empty()) return fail("no key");
  skip_blanks();
  if (peek() == '.') return fail(cat("key ", quoted(key), ": a table; options have none"));
  if (!take('=')) return fail(cat("key ", quoted(key), ": no '=' behind it"));
  skip_blanks();
  return key;
}

Result<Value> Parser::read_value() {
  const std::string_view rest = text_.substr(at_);
  if (rest.starts_with(R"(""")") || rest.starts_with("'''")) return fail("a string of several lines");
  if (peek() == '"') return TRY(read_basic_string());
  if (peek() == '\'') return TRY(read_literal_string());
  std::string word;
  while (is_bare(peek()) || peek() == '+' || peek() == '.' || peek() == ':') word += text_[at_++];
  if (word == "true" || word == "false") return word == "true";
  if (const auto number = whole_number(word)) return *number;
  const std::string what = peek() == '['   ? "a list"
                           : peek() == '{' ? "a table"
                           : word.empty()  ? "no value"
                                           : quoted(word);
  return fail(what + "; options are strings, whole numbers, true or false");
}

Result<std::string> Parser::read_basic_string() {
  std::string out;
  for (at_++; peek() != '"';) {
    if (static_cast<unsigned char>(peek()) < ' ' && peek() != '\t') return fail("a string without an end");
    if (peek() == '\\')
      TRY(read_escape(out));
    else
      out += text_[at_++];
  }
  at_++;
  return out;
}

Result<std::string> Parser::read_literal_string() {
  const size_t from = ++at_;
  while (peek() != '\'') {
    if (static_cast<unsigned char>(peek()) < ' ' && peek() != '\t') return fail("a string without an end");
    at_++;
  }
  return std::string(text_.substr(from, at_++ - from));
}

Result<> Parser::read_escape(std::string& out) {
  at_++;
  const char letter = peek();
  constexpr std::string_view kLetters = "btnfr\"\\", kBytes = "\b\t\n\f\r\"\\";
  at_++;
  if (const size_t which = kLetters.find(letter); which != kLetters.npos) {
    out += kBytes[which];
    return {};
  }
  const size_t length = letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
  const std::string_view digits = text_.substr(std::min(at_, text_.size()), length);
  const auto point = digits.size() == length ? parse_number<uint32_t>(digits, 16) : std::nullopt;
  // A NUL would cut the value short in a system call.
  if (!point || *point == 0 || *point > 0x10ffff || (*point >= 0xd800 && *point < 0xe000))
    return fail("a string with a wrong escape");
  append_utf8(out, *point);
  at_ += length;
  return {};
}

}  // namespace

Result<std::vector<Entry>> parse(std::string_view text) {
  if (!is_utf8(text)) return fail("not UTF-8");
  return Parser(text).parse();
}

}  // namespace shim::toml
