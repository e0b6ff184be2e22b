// How files go from one process to another: each half works with its own rights, and no path goes between them. A
// folder is gone into and left again, and a name is one name, so that nothing can be made outside the place where it
// belongs (CVE-2019-1002101, CVE-2019-11246 and CVE-2019-11251 are of paths in tar archives).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"

namespace kube {

enum class RecordKind : uint8_t {
  folder,  // bytes: its name; what follows is in it, until `leave`
  leave,
  file,  // bytes: its name; `data` follows, until `close`
  data,
  close,
  link,  // bytes: its name, a zero byte, where it leads
  done,  // nothing more; an end without it is a sender that has failed
};

struct Record {
  RecordKind kind = RecordKind::done;
  uint32_t mode = 0, uid = 0, gid = 0;
  uint32_t size = 0;  // of the bytes behind it
};

// The most bytes behind a record.
constexpr size_t kRecordLimit = 64 << 10;
// Folders in folders: each has a descriptor open in both halves.
constexpr size_t kDeepestFolder = 200;

// Whom to tell of what is passed over.
using Warn = std::function<void(const std::string& line)>;

// A record with its bytes into a pipe, and out of it. EPIPE: the other half has ended, and says why.
Result<> write_record(int pipe, Record record, std::string_view bytes = {});
Result<Record> read_record(int pipe, std::string& bytes);

// Sends what the descriptor (O_PATH) is of, under that name, a folder with all below it. Symlinks are sent as such,
// never followed; what is no file, folder or symlink is passed over with a warning, as is what cannot be read. `shown`
// is what it is called there. False when something could not be read.
Result<bool> send_tree(int pipe, Fd entry, const std::string& name, const std::string& shown, const Warn& warn);

// Where what comes goes: below `dir`, under a name by what it is. "." as a folder's name: into `dir` itself.
struct Destination {
  Fd dir;
  std::string file_name, folder_name;
};

struct ReceiveRules {
  // The caller's own files, as kubectl makes them: modes by the umask, no symlinks, and the name that was asked for may
  // itself be a symlink or a device. Else as tar(1) makes them in a container: what is there of that name is replaced.
  bool is_local = false;
  bool keeps_owner = false;
};

// Makes what is sent. Errors: what could not be made, and why.
Result<> receive_tree(int pipe, const Destination& destination, const ReceiveRules& rules, const Warn& warn);

}  // namespace kube
