#include "runtime/shim/wire/codec.h"

#include "base/text.h"

namespace shim::wire {
namespace {

constexpr size_t kMaxElements = 10'000;

void expect(const protozero::pbf_reader& reader, protozero::pbf_wire_type type) {
  if (reader.wire_type() != type) throw Malformed(reader.tag(), "is of another type");
}

}  // namespace

Malformed::Malformed(uint32_t field, std::string_view problem) : text(cat("field ", field, " ", problem)) {}

uint64_t read_varint(protozero::pbf_reader& reader) {
  expect(reader, protozero::pbf_wire_type::varint);
  return reader.get_uint64();
}

double read_double(protozero::pbf_reader& reader) {
  expect(reader, protozero::pbf_wire_type::fixed64);
  return reader.get_double();
}

std::string_view read_bytes(protozero::pbf_reader& reader) {
  expect(reader, protozero::pbf_wire_type::length_delimited);
  const protozero::data_view view = reader.get_view();
  return {view.data(), view.size()};
}

std::string_view read_text(protozero::pbf_reader& reader) {
  const uint32_t field = reader.tag();
  const std::string_view text = read_bytes(reader);
  if (!is_utf8(text)) throw Malformed(field, "is not UTF-8");
  return text;
}

void check_count(const protozero::pbf_reader& reader, size_t count) {
  if (count >= kMaxElements) throw Malformed(reader.tag(), cat("has more than ", kMaxElements, " elements"));
}

void write_text(protozero::pbf_writer& writer, uint32_t number, std::string_view text) {
  if (is_utf8(text)) return writer.add_string(number, text.data(), text.size());
  constexpr char kHex[] = "0123456789abcdef";
  std::string ascii;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80)
      ascii += c;
    else
      ascii.append({'\\', 'x', kHex[byte >> 4], kHex[byte & 15]});
  }
  writer.add_string(number, ascii);
}

}  // namespace shim::wire
