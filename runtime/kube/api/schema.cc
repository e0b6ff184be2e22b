#include "runtime/kube/api/schema.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"

namespace kube {
namespace {

using Kind = Node::Kind;

std::unexpected<ParseError> fail_at(const Node& node, std::string message, std::string hint = {}) {
  return std::unexpected(ParseError{node.mark, std::move(message), std::move(hint)});
}

// How many letters must be changed, added or taken away.
size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < left.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < right.size(); ++j) {
      size_t best = std::min({row[j] + 1, row[j + 1] + 1, diagonal + (left[i] == right[j] ? 0u : 1u)});
      diagonal = std::exchange(row[j + 1], best);
    }
  }
  return row.back();
}

std::string suggest(std::string_view name, std::span<const Field> fields) {
  if (name.size() > 64) return {};
  const Field* nearest = nullptr;
  size_t distance = 3;
  for (const Field& field : fields) {
    size_t d = edit_distance(lower_case(name), lower_case(field.name));
    if (d < distance && d < field.name.size() / 2 + 1) nearest = &field, distance = d;
  }
  return nearest == nullptr ? std::string() : cat("did you mean \"", nearest->name, "\"?");
}

bool has_value(std::string_view list, std::string_view value) {
  auto values = split(list, '|');
  return std::find(values.begin(), values.end(), value) != values.end();
}

std::string not_supported(std::string_view reason) {
  return reason.empty() ? "not supported yet by this version" : cat("not supported: ", reason);
}

// "Unsupported value" is the API's word for a value that no version takes.
Parsed<> check_values(const Field& field, const Node& node, const std::string& path) {
  std::string value = node.kind == Kind::boolean ? (boolean_of(node) ? "true" : "false") : node.text;
  if (value.empty()) return {};
  if (!field.values.empty() && !has_value(field.values, value)) {
    std::string message = cat(path, ": Unsupported value: \"", value, "\": supported values: \"",
                              join(split(field.values, '|'), "\", \""), '"');
    return fail_at(node, message);
  }
  if (!field.covered.empty() && !has_value(field.covered, value))
    return fail_at(node, cat(path, ": value \"", value, "\" is ", not_supported(field.why)));
  return {};
}

std::string child_path(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : cat(path, '.', name);
}

}  // namespace

Parsed<> expect_kind(const Node& node, const std::string& path, Kind kind, std::string_view wanted) {
  if (node.kind == kind) return {};
  std::string hint;
  if (kind == Kind::string && node.is_scalar() && node.kind != Kind::null) hint = "put it in quotes";
  if (kind == Kind::sequence && node.is_scalar()) hint = "begin each item with '- '";
  return fail_at(node, cat(path, path.empty() ? "" : ": ", "expected ", wanted, ", got ", describe_node(node)), hint);
}

Parsed<> decode_fields(const Node& node, const std::string& path, std::span<const Field> fields, void* object) {
  TRY_PARSED(expect_kind(node, path, Kind::mapping, "an object"));
  for (const Entry& entry : node.entries) {
    std::string here = child_path(path, entry.key.text);
    auto field = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == entry.key.text; });
    if (field == fields.end())
      return fail_at(entry.key, cat("strict decoding error: unknown field \"", here, '"'),
                     suggest(entry.key.text, fields));
    if (entry.value.kind == Kind::null) continue;
    if (field->decode == nullptr) return fail_at(entry.key, cat(here, ": ", not_supported(field->why)));
    TRY_PARSED(field->decode(entry.value, here, object));
    TRY_PARSED(check_values(*field, entry.value, here));
  }
  return {};
}

Parsed<> decode_value(const Node& node, const std::string& path, std::string& out) {
  TRY_PARSED(expect_kind(node, path, Kind::string, "a string"));
  // It would cut the string short where the kernel or libc takes it.
  if (node.text.find('\0') != std::string::npos) return fail_at(node, path + ": must not contain a NUL byte");
  out = node.text;
  return {};
}

Parsed<> decode_value(const Node& node, const std::string& path, bool& out) {
  TRY_PARSED(expect_kind(node, path, Kind::boolean, "true or false"));
  out = boolean_of(node);
  return {};
}

Parsed<> decode_value(const Node& node, const std::string& path, int64_t& out) {
  bool huge = node.kind == Kind::real && node.text.find_first_not_of("+-_0123456789") == std::string::npos;
  if (!huge) TRY_PARSED(expect_kind(node, path, Kind::integer, "an integer"));
  auto value = integer_of(node);
  if (!value) return fail_at(node, cat(path, ": ", describe_node(node), " is too large for an integer of 64 bits"));
  out = *value;
  return {};
}

Parsed<> decode_value(const Node& node, const std::string& path, Quantity& out) {
  bool number = node.kind == Kind::integer || node.kind == Kind::real;
  if (!number) TRY_PARSED(expect_kind(node, path, Kind::string, "a quantity"));
  std::string text = node.text;
  if (number) std::erase(text, '_');
  auto whole = node.kind == Kind::integer ? integer_of(node) : std::nullopt;  // 0x10 is 16, 010 is 8
  auto quantity = whole ? whole_quantity(*whole) : parse_quantity(text);
  if (!quantity)
    return fail_at(node, cat(path, ": Invalid value: \"", node.text, "\": ", quantity.error().message),
                   "as in 500m, 0.5, 128974848, 129M, 1.5Gi");
  out = *quantity;
  return {};
}

Parsed<> decode_value(const Node& node, const std::string& path, Time& out) {
  TRY_PARSED(expect_kind(node, path, Kind::string, "a time"));
  auto time = parse_time(node.text);
  if (!time) return fail_at(node, cat(path, ": Invalid value: \"", node.text, "\": not a time as in RFC 3339"));
  out = *time;
  return {};
}

bool encode_value(const std::string& value, Node& out) {
  out.kind = Kind::string;
  out.text = value;
  return !value.empty();
}

bool encode_value(bool value, Node& out) {
  out.kind = Kind::boolean;
  out.text = value ? "true" : "false";
  return value;
}

bool encode_value(int64_t value, Node& out) {
  out.kind = Kind::integer;
  out.text = cat(value);
  return value != 0;
}

bool encode_value(const Quantity& value, Node& out) {
  return encode_value(print_quantity(value), out);
}

bool encode_value(const Time& value, Node& out) {
  if (value.is_set()) return encode_value(print_time(value), out);
  out.kind = Kind::null;
  return false;
}

bool encode_fields(std::span<const Field> fields, const void* object, Node& out) {
  out.kind = Kind::mapping;
  for (const Field& field : fields) {
    if (field.encode == nullptr) continue;
    Entry entry;
    bool present = field.encode(object, entry.value);
    if (!present && !field.always) continue;
    encode_value(std::string(field.name), entry.key);
    out.entries.push_back(std::move(entry));
  }
  std::sort(out.entries.begin(), out.entries.end(),
            [](const Entry& a, const Entry& b) { return a.key.text < b.key.text; });
  return !out.entries.empty();
}

}  // namespace kube
