// Writes JSON text, member by member, in the order given.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace oci {

// `indent` spaces a level, or 0 for everything on one line. The caller opens and closes; text() is the result.
//   JsonWriter json(2);
//   json.open_object();
//   json.member("id", id);
//   json.open_array("args"); json.value("sh"); json.close_array();
//   json.close_object();
class JsonWriter {
 public:
  explicit JsonWriter(int indent = 0) : indent_(indent) {}

  // Without a key: the top value or an item of an array.
  void open_object(std::string_view key = {});
  void close_object() { close('}'); }
  void open_array(std::string_view key = {});
  void close_array() { close(']'); }

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(const std::string& text) { value(std::string_view(text)); }
  void value(bool truth);
  void value(double number);  // finite; in the shortest form that reads back the same
  template <std::integral T>
    requires(!std::same_as<T, char> && !std::same_as<T, bool>)
  void value(T number) {
    write_bare(std::to_string(number));
  }
  void value(const std::vector<std::string>& items);
  void value(const std::map<std::string, std::string>& members);

  template <class T>
  void member(std::string_view key, const T& content) {
    write_key(key);
    value(content);
  }

  const std::string& text() const { return text_; }

 private:
  void open(char bracket, std::string_view key);
  void close(char bracket);
  void write_key(std::string_view key);
  void write_bare(std::string_view token);
  void begin_value();
  void break_line();

  std::string text_;
  int indent_ = 0;
  int level_ = 0;
  bool first_ = true;       // nothing yet in the innermost object or array
  bool after_key_ = false;  // the next value belongs to a key
};

// Appends the text as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD: what we write can be read.
void append_json_string(std::string& out, std::string_view text);

}  // namespace oci
