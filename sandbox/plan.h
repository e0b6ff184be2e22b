// A plan: everything the child will do, as data that can be printed, compared and tested without root.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "sandbox/id_maps.h"
#include "sandbox/ops.h"

namespace sandbox {

class Plan {
 public:
  Plan();

  // From now on operations belong to this field of the config: "mounts[3] '/data'". It starts their error lines.
  void begin(std::string origin);

  // Appends an operation and gives its index, for operations that jump to or from it.
  struct Fields {
    int16_t in = -1, out = -1;
    uint32_t a = 0, b = 0;
    uint64_t x = 0, y = 0;
    uint16_t on_errno = 0;
  };
  size_t add(OpCode code, Fields fields);
  // Makes operation `from` go on behind the last operation now in the list when one of its on_errno happens.
  void on_errno_skip_here(size_t from, uint16_t errors);
  // Makes a `skip` operation go on behind the last operation now in the list.
  void skip_here(size_t from);

  // A new slot. With a descriptor it is open from the start: the child inherits it.
  int16_t slot();
  int16_t slot(Fd fd);
  // The same for a descriptor that the caller keeps open until launch.
  int16_t borrowed_slot(int fd);
  // Opens a slot later: the plan is made before anything exists, some descriptors only come to be with the container.
  void open_slot(int16_t slot, int fd) { slot_fds_[static_cast<size_t>(slot)] = fd; }

  // Puts data into the arena and gives its offset.
  uint32_t text(std::string_view text);
  uint32_t strings(const std::vector<std::string>& list);
  uint32_t bytes(const void* data, size_t size);
  template <class T>
  uint32_t data(const T& value) {
    return bytes(&value, sizeof value);
  }
  // The text at an offset.
  const char* text_at(uint32_t offset) const { return arena_.data() + offset; }

  // Maps that mounts get by OpCode::idmap. Gives the index; empty maps, those of the container's own user namespace,
  // have index 0. The same maps are kept once.
  size_t id_map(const IdMaps& maps);
  std::span<const IdMaps> id_maps() const { return id_maps_; }

  // Descriptors 0 to n - 1 go to the container. At least 3.
  void keep_fds(int n) { keep_fds_ = n; }
  int kept_fds() const { return keep_fds_; }

  std::span<const Op> ops() const { return ops_; }
  const std::string& origin(const Op& op) const { return origins_[op.origin]; }
  std::span<const int> slot_fds() const { return slot_fds_; }

  // The bytes that the child maps. slot numbers become the descriptor numbers in slot_fds().
  std::string image() const;

  // One line an operation: number, name, what it works on, and the field it comes from. For --dry-run.
  std::string print() const;

  // The error line for a failure that the child reported.
  Error explain(const Message& failure) const;

 private:
  std::string describe(const Op& op) const;

  std::vector<Op> ops_;
  std::string arena_;
  std::vector<std::string> origins_;
  std::vector<int> slot_fds_;
  std::vector<Fd> owned_;
  std::vector<IdMaps> id_maps_ = {IdMaps{}};
  int keep_fds_ = 3;
};

// Name of an operation as printed: "move_mount".
std::string_view op_name(OpCode code);

// Name of a step: of the system call ("move_mount") or of our own check.
std::string step_name(uint32_t step);

}  // namespace sandbox
