#include "sandbox/mount_options.h"

#include <linux/mount.h>

#include <string_view>

#include "base/text.h"

// Not from <sys/mount.h>: it and <linux/mount.h> do not go together in glibc 2.36.
namespace sandbox {
namespace {

constexpr uint64_t kUnbindable = 1 << 17, kPrivate = 1 << 18, kSlave = 1 << 19, kShared = 1 << 20;

struct Attribute {
  std::string_view name;
  uint64_t set, clear;
};

// The access-time modes are one field of two bits: setting one means clearing the field first.
constexpr Attribute kAttributes[] = {
    {"ro", MOUNT_ATTR_RDONLY, 0},
    {"rw", 0, MOUNT_ATTR_RDONLY},
    {"nosuid", MOUNT_ATTR_NOSUID, 0},
    {"suid", 0, MOUNT_ATTR_NOSUID},
    {"nodev", MOUNT_ATTR_NODEV, 0},
    {"dev", 0, MOUNT_ATTR_NODEV},
    {"noexec", MOUNT_ATTR_NOEXEC, 0},
    {"exec", 0, MOUNT_ATTR_NOEXEC},
    {"nodiratime", MOUNT_ATTR_NODIRATIME, 0},
    {"diratime", 0, MOUNT_ATTR_NODIRATIME},
    {"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW},
    {"noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
    {"atime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"norelatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"nostrictatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
};

struct Propagation {
  std::string_view name;
  uint64_t flags;
};

constexpr Propagation kPropagations[] = {
    {"shared", kShared},         {"rshared", kShared | kMsRec},
    {"slave", kSlave},           {"rslave", kSlave | kMsRec},
    {"private", kPrivate},       {"rprivate", kPrivate | kMsRec},
    {"unbindable", kUnbindable}, {"runbindable", kUnbindable | kMsRec},
};

// Flags of the super block: the file system context takes them by name, like options of the file system.
constexpr std::string_view kSuperFlags[] = {"sync", "async", "dirsync", "lazytime", "nolazytime", "mand", "nomand"};
// What changes nothing: the default state, how much the kernel's log says of the mount, and a counter that the kernel
// keeps since 6.1 wherever the file system has one (tmpfs, ext4, xfs, btrfs).
constexpr std::string_view kNoEffect[] = {"defaults", "loud", "silent", "iversion", "noiversion"};

template <class Table>
bool contains(const Table& table, std::string_view name) {
  for (auto entry : table)
    if (entry == name) return true;
  return false;
}

const Attribute* find_attribute(std::string_view name) {
  for (const auto& attribute : kAttributes)
    if (attribute.name == name) return &attribute;
  return nullptr;
}

// The last one asked for wins: a flag that is set is not cleared any more, and the other way round.
void apply(const Attribute& attribute, uint64_t& set, uint64_t& clear) {
  set = (set & ~attribute.clear) | attribute.set;
  clear = (clear & ~attribute.set) | attribute.clear;
  if ((attribute.clear & MOUNT_ATTR__ATIME) != 0) clear |= MOUNT_ATTR__ATIME;
}

// "idmap", "ridmap", with or without "=" and maps.
bool maps_ids(std::string_view option) {
  std::string_view name = option.substr(0, option.find('='));
  return name == "idmap" || name == "ridmap";
}

bool apply_id_map(std::string_view option, MountOptions& out) {
  if (!maps_ids(option)) return false;
  std::string_view name = option.substr(0, option.find('='));
  out.idmap = true;
  out.recursive_idmap = name == "ridmap";
  out.id_maps = name.size() < option.size() ? option.substr(name.size() + 1) : std::string_view();
  return true;
}

bool apply_known(std::string_view name, MountOptions& out) {
  if (name == "bind" || name == "rbind") {
    out.bind = true;
    out.recursive_bind = name == "rbind";
    return true;
  }
  if (name == "tmpcopyup") return out.copy_up = true;
  if (name == "remount") return out.remount = true;
  if (apply_id_map(name, out)) return true;
  if (const auto* attribute = find_attribute(name)) {
    apply(*attribute, out.set, out.clear);
    return true;
  }
  for (const auto& propagation : kPropagations) {
    if (propagation.name != name) continue;
    out.propagation = propagation.flags;
    return true;
  }
  // rro, rnosuid …: the same attribute on everything below.
  if (name.starts_with('r')) {
    if (const auto* attribute = find_attribute(name.substr(1))) {
      apply(*attribute, out.recursive_set, out.recursive_clear);
      return true;
    }
  }
  return contains(kNoEffect, name);
}

// "size=64k" is a key with a value; "context=\"a:b:c1,c2\"" has its quotes for the sake of the comma, and loses them.
MountOptions::Data parse_data(std::string_view option) {
  size_t equals = option.find('=');
  if (equals == std::string_view::npos) return {std::string(option), {}, true};
  std::string_view value = option.substr(equals + 1);
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  return {std::string(option.substr(0, equals)), std::string(value), false};
}

}  // namespace

Result<MountOptions> parse_mount_options(const std::vector<std::string>& options) {
  MountOptions out;
  for (const auto& option : options) {
    if (option.empty()) continue;
    bool maps_missing = option == "idmap=" || option == "ridmap=";
    if (maps_missing) return fail(cat("option ", quoted(option), ": the maps are missing"));
    if (!apply_known(option, out)) out.data.push_back(parse_data(option));
  }
  return out;
}

bool is_idmapped(const Mount& mount) {
  return !mount.uid_mappings.empty() || std::ranges::any_of(mount.options, maps_ids);
}

std::vector<std::string> known_mount_options() {
  std::vector<std::string> names = {"bind", "rbind", "remount", "idmap", "ridmap", "tmpcopyup"};
  for (const auto& attribute : kAttributes) {
    names.emplace_back(attribute.name);
    names.push_back(cat("r", attribute.name));
  }
  for (const auto& propagation : kPropagations) names.emplace_back(propagation.name);
  for (auto name : kSuperFlags) names.emplace_back(name);
  for (auto name : kNoEffect) names.emplace_back(name);
  return names;
}

}  // namespace sandbox
