#include "runtime/oci/json_writer.h"

#include <charconv>

#include "base/text.h"

namespace oci {

void append_json_string(std::string& out, std::string_view text) {
  constexpr const char* kHex = "0123456789abcdef";
  const bool is_clean = is_utf8(text);
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7f)
      ((out += "\\u00") += kHex[byte >> 4]) += kHex[byte & 15];
    else if (byte >= 0x80 && !is_clean)
      out += "\\ufffd";
    else
      out += c;
  }
  out += '"';
}

void JsonWriter::open_object(std::string_view key) {
  open('{', key);
}

void JsonWriter::open_array(std::string_view key) {
  open('[', key);
}

void JsonWriter::open(char bracket, std::string_view key) {
  if (!key.empty()) write_key(key);
  begin_value();
  text_ += bracket;
  level_++;
  first_ = true;
}

void JsonWriter::close(char bracket) {
  level_--;
  if (!first_) break_line();
  text_ += bracket;
  first_ = false;
}

void JsonWriter::write_key(std::string_view key) {
  begin_value();
  append_json_string(text_, key);
  text_ += indent_ > 0 ? ": " : ":";
  after_key_ = true;
}

// Puts the comma and the line break that go before a value or a key.
void JsonWriter::begin_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (level_ > 0) {
    if (!first_) text_ += ',';
    break_line();
  }
  first_ = false;
}

void JsonWriter::break_line() {
  if (indent_ == 0) return;
  text_ += '\n';
  text_.append(static_cast<size_t>(indent_) * static_cast<size_t>(level_), ' ');
}

void JsonWriter::write_bare(std::string_view token) {
  begin_value();
  text_ += token;
}

void JsonWriter::value(std::string_view text) {
  begin_value();
  append_json_string(text_, text);
}

void JsonWriter::value(bool truth) {
  write_bare(truth ? "true" : "false");
}

void JsonWriter::value(double number) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  write_bare(std::string_view(digits, static_cast<size_t>(end - digits)));
}

void JsonWriter::value(const std::vector<std::string>& items) {
  open_array();
  for (const std::string& item : items) value(item);
  close_array();
}

void JsonWriter::value(const std::map<std::string, std::string>& members) {
  open_object();
  for (const auto& [key, content] : members) member(key, content);
  close_object();
}

}  // namespace oci
