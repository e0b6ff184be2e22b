// Reads values out of a JSON document (or a YAML one turned into JSON) into plain structs. A Reader is a cursor that
// can say where it stands, so that every error names the field: "config.json: linux.namespaces[2].type: unknown
// namespace 'foo'". Readers are small, are copied freely, and live no longer than their Document.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace oci {

using Json = nlohmann::json;

class Reader;

// A parsed document: the values, and what every error about them begins with.
class Document {
 public:
  // `name` is the first word of every error, e.g. "config.json".
  Document(std::string name, Json root);
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  // From now on a field that no table of read_object names is an error ("unknown field"). The OCI spec wants unknown
  // fields ignored, Kubernetes wants them refused.
  void refuse_unknown_fields();
  // `place_of` gives the place of the value at a path ("spec.containers[0].image") as errors show it, e.g.
  // "line 12, column 7", or nothing when it knows none. Errors then read "name: place: path: reason".
  void set_places(std::function<std::string(const std::string& path)> place_of);

  Reader top() const;

 private:
  friend class Reader;
  struct Content;
  std::unique_ptr<Content> content_;
};

// Parses the whole text as one JSON value. Refuses what a parser commonly lets through: keys given twice, more than 128
// levels, bad UTF-8, numbers beyond a double. Errors: "config.json: line 12, column 3: unexpected end of input".
Result<Document> parse_document(std::string name, std::string_view text);

// The path of a member or an item, as errors and set_places have it: "a.b", "a['x.y/z']", "a[2]"; the top is "".
std::string path_of_member(std::string_view parent, std::string_view key);
std::string path_of_item(std::string_view parent, size_t index);

class Reader {
 public:
  // False when the field is not there or null: the two are the same thing to every writer of these files.
  bool is_present() const;
  // Not present, or nothing in it: "", [], {}.
  bool is_empty() const;
  bool is_object() const;
  bool is_array() const;
  bool is_string() const;

  // The member of that name; not present when there is none, or when this is no object.
  Reader field(std::string_view name) const;
  // All members or items; none when this is no object or array.
  std::vector<std::pair<std::string_view, Reader>> members() const;
  std::vector<Reader> items() const;

  // The value, or an error about this very field: "not true or false", "not a string" (or it holds a NUL byte, which
  // would cut it short in a system call), "not a number between 0 and 4294967294".
  Result<bool> boolean() const;
  Result<std::string> string() const;
  Result<int64_t> integer(int64_t least, int64_t most) const;
  Result<uint64_t> natural(uint64_t least, uint64_t most) const;
  // "not an object", "not a list" when it is something else.
  Result<> expect_object() const;
  Result<> expect_array() const;

  // An error about this field: "document: path: reason".
  std::unexpected<Error> fail(std::string_view reason, std::string hint = {}) const;
  std::string path() const;
  bool refuses_unknown_fields() const;
  // The value itself, for those who know nlohmann::json; null when not present.
  const Json* json() const { return value_; }

 private:
  friend class Document;
  Reader(const Document::Content* document, const Json* value) : document_(document), value_(value) {}

  const Document::Content* document_;
  const Json* value_;             // null: not present, and then
  const Json* parent_ = nullptr;  // … this object
  std::string_view missing_;      // … has no such member
};

// One field of an object and the variable that takes its value.
struct Field {
  enum class Need { kOptional, kRequired, kUnsupported };
  std::string_view name;
  Need need = Need::kOptional;
  Result<> (*read)(Reader in, void* target) = nullptr;
  void* target = nullptr;
};

// Reads an object by a table of its fields, in the order of the table. Fields that are not present leave their variable
// as it is.
//   return read_object(in, {field("terminal", out.terminal), required("args", out.args), unsupported("scheduler")});
// Errors: "not an object"; "missing" for a required field; "not supported by this version" for an unsupported one that
// is there and not empty; "unknown field" where the document refuses those.
Result<> read_object(Reader in, std::initializer_list<Field> fields);

// How each type is read. Structs have their own overload of `read` beside them, found by their namespace or this one.
Result<> read(Reader in, bool& out);
Result<> read(Reader in, std::string& out);

template <std::integral T>
  requires(!std::same_as<T, char> && !std::same_as<T, bool>)
Result<> read(Reader in, T& out) {
  if constexpr (std::signed_integral<T>)
    out = static_cast<T>(TRY(in.integer(std::numeric_limits<T>::min(), std::numeric_limits<T>::max())));
  else
    out = static_cast<T>(TRY(in.natural(0, std::numeric_limits<T>::max())));
  return {};
}

// A whole number within bounds: field<read_between<0, 0777>>("umask", out.umask).
template <int64_t least, int64_t most, std::integral T>
Result<> read_between(Reader in, T& out) {
  out = static_cast<T>(TRY(in.integer(least, most)));
  return {};
}

template <class T>
Result<> read(Reader in, std::optional<T>& out) {
  return read(in, out.emplace());
}

template <class T>
Result<> read(Reader in, std::vector<T>& out) {
  TRY(in.expect_array());
  out.clear();
  for (Reader item : in.items()) TRY(read(item, out.emplace_back()));
  return {};
}

template <class T>
Result<> read(Reader in, std::map<std::string, T>& out) {
  TRY(in.expect_object());
  out.clear();
  for (auto [key, value] : in.members()) TRY(read(value, out[std::string(key)]));
  return {};
}

// The entries of the table. The second form names the function that reads: field<read_action>("action", out.action).
template <class T>
Field field(std::string_view name, T& target) {
  return {name, Field::Need::kOptional, [](Reader in, void* to) -> Result<> { return read(in, *static_cast<T*>(to)); },
          &target};
}
template <auto read_value, class T>
Field field(std::string_view name, T& target) {
  return {name, Field::Need::kOptional,
          [](Reader in, void* to) -> Result<> { return read_value(in, *static_cast<T*>(to)); }, &target};
}
template <class T>
Field required(std::string_view name, T& target) {
  Field entry = field(name, target);
  entry.need = Field::Need::kRequired;
  return entry;
}
template <auto read_value, class T>
Field required(std::string_view name, T& target) {
  Field entry = field<read_value>(name, target);
  entry.need = Field::Need::kRequired;
  return entry;
}
inline Field unsupported(std::string_view name) {
  return {name, Field::Need::kUnsupported};
}
// A field whose value goes nowhere but may be wrong: `check` takes the Reader and gives a Result<>.
template <auto check>
Field checked(std::string_view name) {
  return {name, Field::Need::kOptional, [](Reader in, void*) -> Result<> { return check(in); }};
}
// Known, and rightly without effect here (another platform's, or read elsewhere).
inline Field ignored(std::string_view name) {
  return {name};
}

}  // namespace oci
