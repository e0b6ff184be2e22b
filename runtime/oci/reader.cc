#include "runtime/oci/reader.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/oci/document.h"

namespace oci {

Document::Document(std::string name, Json root) : content_(std::make_unique<Content>()) {
  content_->name = std::move(name);
  content_->root = std::move(root);
}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

void Document::refuse_unknown_fields() {
  content_->refuses_unknown_fields = true;
}

void Document::set_places(std::function<std::string(const std::string&)> place_of) {
  content_->place_of = std::move(place_of);
}

Reader Document::top() const {
  return Reader(content_.get(), &content_->root);
}

std::string path_of_member(std::string_view parent, std::string_view key) {
  const bool is_plain = !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '-';
  });
  if (!is_plain) return cat(parent, "[", ::quoted(key), "]");
  return parent.empty() ? std::string(key) : cat(parent, ".", key);
}

std::string path_of_item(std::string_view parent, size_t index) {
  return cat(parent, "[", index, "]");
}

namespace {

// Finds the path of a value by looking for its address: slow, but only an error asks, and a Reader need not carry it.
bool find_path(const Json& from, const Json* wanted, const std::string& path, std::string& found) {
  if (&from == wanted) {
    found = path;
    return true;
  }
  if (auto* members = from.get_ptr<const Json::object_t*>())
    return std::ranges::any_of(*members, [&](const auto& member) {
      return find_path(member.second, wanted, path_of_member(path, member.first), found);
    });
  if (auto* items = from.get_ptr<const Json::array_t*>())
    for (size_t i = 0; i < items->size(); i++)
      if (find_path((*items)[i], wanted, path_of_item(path, i), found)) return true;
  return false;
}

}  // namespace

bool Reader::is_present() const {
  return value_ && !value_->is_null();
}

bool Reader::is_empty() const {
  if (!is_present()) return true;
  if (is_string()) return value_->get_ptr<const std::string*>()->empty();
  return value_->is_structured() && value_->empty();
}

bool Reader::is_object() const {
  return value_ && value_->is_object();
}
bool Reader::is_array() const {
  return value_ && value_->is_array();
}
bool Reader::is_string() const {
  return value_ && value_->is_string();
}

Reader Reader::field(std::string_view name) const {
  if (!value_) return *this;  // the error is about the first field on the way that is missing
  Reader member(document_, nullptr);
  member.parent_ = value_;
  member.missing_ = name;
  if (auto* members = value_->get_ptr<const Json::object_t*>())
    if (auto found = members->find(name); found != members->end()) member.value_ = &found->second;
  return member;
}

std::vector<std::pair<std::string_view, Reader>> Reader::members() const {
  std::vector<std::pair<std::string_view, Reader>> all;
  if (!is_object()) return all;
  for (const auto& [key, value] : *value_->get_ptr<const Json::object_t*>())
    all.emplace_back(key, Reader(document_, &value));
  return all;
}

std::vector<Reader> Reader::items() const {
  std::vector<Reader> all;
  if (!is_array()) return all;
  for (const Json& value : *value_->get_ptr<const Json::array_t*>()) all.push_back(Reader(document_, &value));
  return all;
}

Result<bool> Reader::boolean() const {
  if (auto* value = is_present() ? value_->get_ptr<const Json::boolean_t*>() : nullptr) return *value;
  return fail("not true or false");
}

Result<std::string> Reader::string() const {
  if (!is_string()) return fail("not a string");
  const auto& value = *value_->get_ptr<const std::string*>();
  if (value.find('\0') != std::string::npos) return fail("contains a NUL byte");
  return value;
}

Result<int64_t> Reader::integer(int64_t least, int64_t most) const {
  const auto out_of_range = [&] { return fail(cat("not a number between ", least, " and ", most)); };
  if (!value_ || !value_->is_number_integer()) return out_of_range();
  if (value_->is_number_unsigned() && *value_->get_ptr<const uint64_t*>() > INT64_MAX) return out_of_range();
  const int64_t value = *value_->get_ptr<const int64_t*>();
  if (value < least || value > most) return out_of_range();
  return value;
}

Result<uint64_t> Reader::natural(uint64_t least, uint64_t most) const {
  const auto out_of_range = [&] { return fail(cat("not a number between ", least, " and ", most)); };
  if (!value_ || !value_->is_number_unsigned()) return out_of_range();
  const uint64_t value = *value_->get_ptr<const uint64_t*>();
  if (value < least || value > most) return out_of_range();
  return value;
}

Result<> Reader::expect_object() const {
  if (!is_object()) return fail("not an object");
  return {};
}

Result<> Reader::expect_array() const {
  if (!is_array()) return fail("not a list");
  return {};
}

std::string Reader::path() const {
  std::string path;
  find_path(document_->root, value_ ? value_ : parent_, "", path);
  return value_ ? path : path_of_member(path, missing_);
}

std::unexpected<Error> Reader::fail(std::string_view reason, std::string hint) const {
  const std::string where = path();
  std::string message = document_->name;
  if (document_->place_of)
    if (const std::string place = document_->place_of(where); !place.empty()) message += cat(": ", place);
  if (!where.empty()) message += cat(": ", where);
  return ::fail(cat(message, ": ", reason), std::move(hint));
}

bool Reader::refuses_unknown_fields() const {
  return document_->refuses_unknown_fields;
}

Result<> read_object(Reader in, std::initializer_list<Field> fields) {
  TRY(in.expect_object());
  if (in.refuses_unknown_fields())
    for (const auto& [key, value] : in.members())
      if (std::ranges::find(fields, key, &Field::name) == fields.end()) return value.fail("unknown field");
  for (const Field& entry : fields) {
    const Reader value = in.field(entry.name);
    if (entry.need == Field::Need::kUnsupported) {
      if (!value.is_empty()) return value.fail("not supported by this version");
    } else if (entry.need == Field::Need::kRequired && !value.is_present()) {
      return value.fail("missing");
    } else if (value.is_present() && entry.read) {
      TRY(entry.read(value, entry.target));
    }
  }
  return {};
}

Result<> read(Reader in, bool& out) {
  out = TRY(in.boolean());
  return {};
}

Result<> read(Reader in, std::string& out) {
  out = TRY(in.string());
  return {};
}

}  // namespace oci
