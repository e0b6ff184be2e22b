// Mount options as they stand in config.json, turned into what the kernel's mount calls take.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sandbox/container.h"

namespace sandbox {

// AT_RECURSIVE and MS_REC: <linux/mount.h> and <sys/mount.h> cannot both be included.
constexpr uint64_t kRecursive = 0x8000, kMsRec = 1 << 14;

struct MountOptions {
  bool bind = false, recursive_bind = false;
  bool remount = false;                             // changes what is mounted there already
  bool idmap = false, recursive_idmap = false;      // idmap, ridmap: ids are mapped, those of mounts below it too
  std::string id_maps;                              // what stands behind "idmap=" or "ridmap=", see id_maps.h
  bool copy_up = false;                             // tmpcopyup: a tmpfs starts with what it covers
  uint64_t set = 0, clear = 0;                      // MOUNT_ATTR_… of the mount
  uint64_t recursive_set = 0, recursive_clear = 0;  // the same for all mounts below it too (rro, rnosuid …)
  uint64_t propagation = 0;                         // MS_SHARED …, with MS_REC for the r… forms; 0: none asked
  // Options of the file system: key and value; a flag has no value.
  struct Data {
    std::string key, value;
    bool flag = false;
  };
  std::vector<Data> data;
};

// Sorts the options (config.md "Mounts": Linux mount options). Options the table does not know go to the file system.
Result<MountOptions> parse_mount_options(const std::vector<std::string>& options);

// True when the ids of its files are mapped, by its options or by maps of its own.
bool is_idmapped(const Mount& mount);

// Names of all options that parse_mount_options knows, for `features`.
std::vector<std::string> known_mount_options();

}  // namespace sandbox
