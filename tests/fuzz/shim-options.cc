// What containerd tells the shim's program: bootstrap parameters, options as protobuf and as TOML.
#include <algorithm>

#include "base/log.h"
#include "runtime/shim/binary/bootstrap.h"
#include "runtime/shim/options/options.h"
#include "runtime/shim/options/toml.h"
#include "runtime/shim/wire/message.h"
#include "runtime/shim/wire/options.h"
#include "tests/fuzz/fuzz.h"

using namespace shim;

namespace {

// In TOML as it may be written; what is read of it is what was written.
std::string quoted_key(const std::string& key) {
  std::string out = "\"";
  for (const char c : key) {
    constexpr const char* kDigits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '"' || c == '\\')
      out += {'\\', 'u', '0', '0', kDigits[byte >> 4], kDigits[byte & 15]};
    else
      out += c;
  }
  return out + "\"";
}

void check_toml(std::string_view text) {
  const auto parsed = toml::parse(text);
  const auto* entries = fuzz::value_of(parsed);
  if (!entries) return;
  std::string again;
  for (const toml::Entry& entry : *entries) {
    again += quoted_key(entry.key) + " = ";
    if (const auto* word = std::get_if<std::string>(&entry.value)) again += quoted_key(*word);
    if (const auto* number = std::get_if<int64_t>(&entry.value)) again += std::to_string(*number);
    if (const auto* truth = std::get_if<bool>(&entry.value)) again += *truth ? "true" : "false";
    again += "\n";
  }
  const auto twice = toml::parse(again);
  fuzz::demand(twice.has_value() && twice->size() == entries->size(), "what was read can be written and read again");
  for (size_t i = 0; i < entries->size(); i++)
    fuzz::demand((*twice)[i].key == (*entries)[i].key && (*twice)[i].value == (*entries)[i].value, "it stays the same");
}

void check_options(const wire::Any& any) {
  const auto read = read_options(any);
  if (const auto* options = fuzz::value_of(read))
    fuzz::demand(options->root.empty() || options->root.starts_with('/'), "a root is absolute");
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  set_log_sink([](std::string_view, std::string_view) {});
  const std::string bytes(fuzz::text_of(data, size));
  check_toml(bytes);
  check_options(wire::any_of(wire::RuntimeOptions{.config_body = bytes}));
  check_options({std::string(wire::RuncOptions::kType), bytes});
  const auto input = read_start_input(bytes, "ns", "id");
  (void)fuzz::value_of(input);
  return 0;
}
