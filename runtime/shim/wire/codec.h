// How the tables of fields are walked. For messages.cc alone: protozero throws, so what includes this is compiled with
// exceptions, which end in decode().
#pragma once

#include <concepts>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <type_traits>

#include "runtime/shim/wire/message.h"

namespace shim::wire {

// A field that is not as we know it.
struct Malformed : protozero::exception {
  Malformed(uint32_t field, std::string_view problem);
  const char* what() const noexcept override { return text.c_str(); }
  std::string text;
};

// One value; throws Malformed when what comes is of another type.
uint64_t read_varint(protozero::pbf_reader& reader);
double read_double(protozero::pbf_reader& reader);
std::string_view read_bytes(protozero::pbf_reader& reader);
std::string_view read_text(protozero::pbf_reader& reader);
// Two bytes can ask for an element of a hundred: a message of 4 MiB may not become 200 MiB.
void check_count(const protozero::pbf_reader& reader, size_t count);

// Go refuses a whole message for one text that is not UTF-8, e.g. for a file name in an error: such bytes go as "\xNN".
void write_text(protozero::pbf_writer& writer, uint32_t number, std::string_view text);

struct MapEntry {
  std::string key, value;

  static constexpr auto fields() { return table(Field{1, &MapEntry::key}, Field{2, &MapEntry::value}); }
};

template <class M>
void read_message(protozero::pbf_reader reader, M& message);
template <class M>
std::string write_message(const M& message);

template <class T>
concept Varint = std::integral<T> || std::is_enum_v<T>;

template <Varint T>
void read(protozero::pbf_reader& reader, T& value) {
  value = static_cast<T>(read_varint(reader));
}
inline void read(protozero::pbf_reader& reader, double& value) {
  value = read_double(reader);
}
inline void read(protozero::pbf_reader& reader, std::string& value) {
  value = read_text(reader);
}
template <class M>
  requires std::is_aggregate_v<M>
void read(protozero::pbf_reader& reader, M& message) {
  const std::string_view bytes = read_bytes(reader);
  read_message(protozero::pbf_reader(bytes.data(), bytes.size()), message);
}
// One that comes twice is one in two parts.
template <class M>
void read(protozero::pbf_reader& reader, std::optional<M>& message) {
  if (!message) message.emplace();
  read(reader, *message);
}
template <class T>
void read(protozero::pbf_reader& reader, std::vector<T>& list) {
  check_count(reader, list.size());
  read(reader, list.emplace_back());
}
inline void read(protozero::pbf_reader& reader, std::map<std::string, std::string>& map) {
  check_count(reader, map.size());
  MapEntry entry;
  read(reader, entry);
  map[std::move(entry.key)] = std::move(entry.value);
}

template <class M, class T>
void read_field(protozero::pbf_reader& reader, M& message, Field<M, T> field) {
  read(reader, message.*field.member);
}
template <class M>
void read_field(protozero::pbf_reader& reader, M& message, Bytes<M> field) {
  message.*field.member = read_bytes(reader);
}

template <class M>
void read_message(protozero::pbf_reader reader, M& message) {
  while (reader.next()) {
    const auto take = [&](auto field) {
      if (field.number != reader.tag()) return false;
      read_field(reader, message, field);
      return true;
    };
    if (!std::apply([&](auto... fields) { return (take(fields) || ...); }, M::fields())) reader.skip();
  }
}

// int32 and enums are written as 64 bits with their sign, as protobuf has it.
template <Varint T>
void write(protozero::pbf_writer& writer, uint32_t number, T value) {
  if (value != T{}) writer.add_uint64(number, static_cast<uint64_t>(value));
}
inline void write(protozero::pbf_writer& writer, uint32_t number, double value) {
  if (value != 0) writer.add_double(number, value);
}
inline void write(protozero::pbf_writer& writer, uint32_t number, const std::string& value) {
  if (!value.empty()) write_text(writer, number, value);
}
template <class M>
  requires std::is_aggregate_v<M>
void write(protozero::pbf_writer& writer, uint32_t number, const M& message) {
  writer.add_message(number, write_message(message));
}
template <class M>
void write(protozero::pbf_writer& writer, uint32_t number, const std::optional<M>& message) {
  if (message) write(writer, number, *message);
}
// An element that is empty counts, too.
inline void write(protozero::pbf_writer& writer, uint32_t number, const std::vector<std::string>& list) {
  for (const std::string& value : list) write_text(writer, number, value);
}
template <class M>
void write(protozero::pbf_writer& writer, uint32_t number, const std::vector<M>& list) {
  for (const M& message : list) write(writer, number, message);
}
inline void write(protozero::pbf_writer& writer, uint32_t number, const std::map<std::string, std::string>& map) {
  for (const auto& [key, value] : map) write(writer, number, MapEntry{key, value});
}

template <class M, class T>
void write_field(protozero::pbf_writer& writer, const M& message, Field<M, T> field) {
  write(writer, field.number, message.*field.member);
}
template <class M>
void write_field(protozero::pbf_writer& writer, const M& message, Bytes<M> field) {
  if (!(message.*field.member).empty()) writer.add_bytes(field.number, message.*field.member);
}

template <class M>
constexpr bool numbers_rise() {
  uint32_t last = 0;
  return std::apply([&](auto... fields) { return ((fields.number > std::exchange(last, fields.number)) && ...); },
                    M::fields());
}

template <class M>
std::string write_message(const M& message) {
  static_assert(numbers_rise<M>(), "the table is in the order of the numbers");
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  std::apply([&](auto... fields) { (write_field(writer, message, fields), ...); }, M::fields());
  return bytes;
}

}  // namespace shim::wire
