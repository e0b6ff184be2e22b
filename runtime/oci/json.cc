// Text to JSON values. nlohmann's parser does the work; the handler here keeps the position and refuses what it would
// let through.
#include <algorithm>
#include <vector>

#include "base/text.h"
#include "runtime/oci/document.h"

namespace oci {
namespace {

// Deeper than any config.json or manifest; what recurses over values may trust it.
constexpr size_t kMostLevels = 128;

// The parser's input: counts what it takes, because its events come without a position.
class Input {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Input(const char* at, const char** taken) : at_(at), taken_(taken) {}
  const char& operator*() const { return *at_; }
  Input& operator++() {
    *taken_ = ++at_;
    return *this;
  }
  bool operator==(const Input& other) const { return at_ == other.at_; }
  bool operator!=(const Input& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** taken_;
};

// Bytes of the UTF-8 character that begins with this byte.
size_t utf8_length(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

// Offset of the first byte that is not part of a whole character.
size_t find_bad_utf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size() && is_utf8(text.substr(at, utf8_length(text[at])))) at += utf8_length(text[at]);
  return std::min(at, text.size());
}

// Builds the values. Its functions have the names that nlohmann::json::sax_parse calls; false ends the parsing.
class Builder {
 public:
  Builder(std::string_view text, Json& root) : text_(text), taken_(text.data()), root_(root) {}

  const char** taken() { return &taken_; }
  const std::string& problem() const { return problem_; }
  // Offset of the byte at which the problem was seen.
  size_t problem_at() const { return problem_at_; }

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(Json::number_integer_t value) { return add(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return add(value); }
  bool number_float(Json::number_float_t value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Json::binary_t&) { return refuse("binary value", offset()); }

  bool start_object(size_t) { return open(Json::value_t::object); }
  bool end_object() { return close(); }
  bool start_array(size_t) { return open(Json::value_t::array); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    auto& members = *open_.back()->get_ptr<Json::object_t*>();
    auto [member, is_new] = members.try_emplace(name);
    if (!is_new) return refuse(cat("key ", ::quoted(name), " is given twice"), start_of_string());
    member_ = &member->second;
    return true;
  }

  // The parser's own complaints. `taken` is one more than there are bytes when it ran into the end.
  bool parse_error(size_t taken, const std::string&, const nlohmann::detail::exception& error) {
    if (taken > text_.size()) return refuse("unexpected end of input", text_.size());
    const size_t last = taken > 0 ? taken - 1 : 0;
    constexpr int kOutOfRange = 406;
    if (error.id == kOutOfRange) return refuse("number out of range", start_of_number(last));
    if (const size_t bad = find_bad_utf8(text_); bad < taken) return refuse("not UTF-8", bad);
    const char byte = text_[last];
    if (std::string_view(error.what()).find("invalid string") != std::string_view::npos)
      return refuse(
          static_cast<unsigned char>(byte) < 0x20 ? "control character in a string" : "bad escape in a string", last);
    if (byte == '"') return refuse("unexpected string", start_of_string());
    return refuse(cat("unexpected ", ::quoted(text_.substr(last, utf8_length(byte)))), last);
  }

 private:
  size_t offset() const { return static_cast<size_t>(taken_ - text_.data()); }

  // Where the string that has just ended begins, for a column that points at the key.
  size_t start_of_string() const {
    size_t at = offset() - 1;
    while (at > 0) {
      if (text_[--at] != '"') continue;
      size_t backslashes = 0;
      while (backslashes < at && text_[at - 1 - backslashes] == '\\') backslashes++;
      if (backslashes % 2 == 0) break;
    }
    return at;
  }

  size_t start_of_number(size_t last) const { return text_.substr(0, last).find_last_not_of("+-.0123456789eE") + 1; }

  bool refuse(std::string problem, size_t at) {
    problem_ = std::move(problem);
    problem_at_ = at;
    return false;
  }

  template <class T>
  bool add(T&& value) {
    place() = std::forward<T>(value);
    return true;
  }

  Json& place() {
    if (open_.empty()) return root_;
    if (auto* items = open_.back()->get_ptr<Json::array_t*>()) return items->emplace_back();
    return *member_;
  }

  bool open(Json::value_t kind) {
    if (open_.size() == kMostLevels) return refuse(cat("more than ", kMostLevels, " levels"), offset() - 1);
    Json& value = place();
    value = Json(kind);
    open_.push_back(&value);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  const char* taken_;
  Json& root_;
  std::vector<Json*> open_;  // an array does not grow while an item of it is open, so the pointers stay good
  Json* member_ = nullptr;
  std::string problem_;
  size_t problem_at_ = 0;
};

// "line 12, column 3", counted from 1, columns in bytes.
std::string place_in(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const size_t line = static_cast<size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  const size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return cat("line ", line, ", column ", offset - line_start + 1);
}

}  // namespace

Result<Document> parse_document(std::string name, std::string_view text) {
  Json root;
  Builder builder(text, root);
  const Input begin(text.data(), builder.taken()), end(text.data() + text.size(), builder.taken());
  if (!Json::sax_parse(begin, end, &builder))
    return fail(cat(name, ": ", place_in(text, builder.problem_at()), ": ", builder.problem()));
  return Document(std::move(name), std::move(root));
}

}  // namespace oci
