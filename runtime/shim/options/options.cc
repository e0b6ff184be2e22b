#include "runtime/shim/options/options.h"

#include <strings.h>

#include <limits>
#include <variant>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "runtime/shim/options/toml.h"
#include "runtime/shim/wire/message.h"
#include "runtime/shim/wire/options.h"

namespace shim {
namespace {

constexpr size_t kConfigLimit = 64 << 10;

// A key of the options table, as `containerd config default` writes it for runc, and where its value goes.
using Options = RuntimeOptions;
struct Key {
  std::string_view name;
  std::variant<std::monostate, bool Options::*, uint32_t Options::*, std::string Options::*> member;
  bool is_missed = false;  // it has no effect, which who gave it should know
};
constexpr Key kKeys[] = {
    {"Root", &Options::root},
    {"SystemdCgroup", &Options::systemd_cgroup},
    {"NoPivotRoot", &Options::no_pivot},
    {"NoNewKeyring", &Options::no_new_keyring},
    {"IoUid", &Options::io_uid},
    {"IoGid", &Options::io_gid},
    {"ShimCgroup", &Options::shim_cgroup},
    {"CriuImagePath", &Options::criu_image_path},
    {"CriuWorkPath", &Options::criu_work_path},
    {"BinaryName", {}, true},
    {"CriuPath", {}, true},
    // Of the message around the table, which containerd leaves in it.
    {"TypeUrl", {}},
    {"ConfigPath", {}},
};

const Key* find_key(const std::string& name) {
  for (const Key& key : kKeys)
    if (name.size() == key.name.size() && strncasecmp(name.data(), key.name.data(), name.size()) == 0) return &key;
  return nullptr;
}

void warn_of(std::string_view key) {
  log_warning(cat("options: ", key, " has no effect: the runtime is inside this shim"));
}

Result<> take(const toml::Value& value, bool& out) {
  const bool* truth = std::get_if<bool>(&value);
  if (!truth) return fail("not true or false");
  out = *truth;
  return {};
}

Result<> take(const toml::Value& value, uint32_t& out) {
  const int64_t* number = std::get_if<int64_t>(&value);
  constexpr int64_t kMost = std::numeric_limits<uint32_t>::max() - 1;  // (uid_t)-1 is nobody's
  if (!number || *number < 0 || *number > kMost) return fail(cat("not a number between 0 and ", kMost));
  out = static_cast<uint32_t>(*number);
  return {};
}

Result<> take(const toml::Value& value, std::string& out) {
  const std::string* text = std::get_if<std::string>(&value);
  if (!text) return fail("not a string");
  out = *text;
  return {};
}

Result<> take_entry(const toml::Entry& entry, Options& out) {
  const Key* key = find_key(entry.key);
  if (!key) return fail(cat("unknown key ", quoted(entry.key)));
  const std::string* text = std::get_if<std::string>(&entry.value);
  if (key->is_missed && text && !text->empty()) warn_of(key->name);
  const auto store = [&](auto member) -> Result<> {
    if constexpr (std::is_same_v<decltype(member), std::monostate>)
      return {};
    else
      return take(entry.value, out.*member);
  };
  TRY_IN(key->name, std::visit(store, key->member));
  return {};
}

Result<Options> from_toml(std::string_view text) {
  Options out;
  for (const toml::Entry& entry : TRY(toml::parse(text))) TRY(take_entry(entry, out));
  return out;
}

Result<Options> from_runtime_options(const wire::RuntimeOptions& message) {
  if (!message.config_body.empty()) return from_toml(message.config_body);
  if (message.config_path.empty()) return Options();
  return TRY_IN(quoted(message.config_path), from_toml(TRY(read_file(message.config_path, kConfigLimit))));
}

Options from_runc_options(const wire::RuncOptions& message) {
  if (!message.binary_name.empty()) warn_of("BinaryName");
  if (!message.criu_path.empty()) warn_of("CriuPath");
  return {.root = message.root,
          .systemd_cgroup = message.systemd_cgroup,
          .no_pivot = message.no_pivot_root,
          .no_new_keyring = message.no_new_keyring,
          .io_uid = message.io_uid,
          .io_gid = message.io_gid,
          .shim_cgroup = message.shim_cgroup,
          .criu_image_path = message.criu_image_path,
          .criu_work_path = message.criu_work_path};
}

std::string_view type_of(const wire::Any& value) {
  const std::string_view url = value.type_url;
  return url.substr(url.rfind('/') + 1);  // protobuf allows a host before it; containerd writes none
}

Result<Options> from_any(const wire::Any& options) {
  if (options.type_url.empty()) return Options();
  const std::string_view type = type_of(options);
  if (type == wire::RuncOptions::kType) return from_runc_options(TRY(wire::decode<wire::RuncOptions>(options.value)));
  if (type == wire::RuntimeOptions::kType)
    return from_runtime_options(TRY(wire::decode<wire::RuntimeOptions>(options.value)));
  return fail(cat("unknown type ", quoted(options.type_url)));
}

// Both would else be seen from wherever the shim happens to be.
Result<> check_paths(const Options& options) {
  for (const auto& [key, path] : {std::pair{"Root", &options.root},
                                  {"CriuImagePath", &options.criu_image_path},
                                  {"CriuWorkPath", &options.criu_work_path}})
    if (!path->empty() && !path->starts_with('/'))
      return fail(cat(key, ": ", quoted(*path), " is not an absolute path"));
  return {};
}

}  // namespace

bool are_options(const wire::Any& value) {
  return type_of(value) == wire::RuncOptions::kType || type_of(value) == wire::RuntimeOptions::kType;
}

Result<RuntimeOptions> read_options(const wire::Any& options) {
  RuntimeOptions read = TRY_IN("options", from_any(options));
  TRY_IN("options", check_paths(read));
  return read;
}

}  // namespace shim
