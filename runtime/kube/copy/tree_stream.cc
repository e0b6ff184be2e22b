#include "runtime/kube/copy/tree_stream.h"

#include <unistd.h>

#include <cerrno>

#include "base/file.h"

namespace kube {
namespace {

Result<> read_exactly(int pipe, char* to, size_t size) {
  while (size > 0) {
    const ssize_t got = read(pipe, to, size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "read from the other half of the copy");
    if (got == 0) return fail_errno(EPIPE, "the other half of the copy has ended too early");
    to += got;
    size -= static_cast<size_t>(got);
  }
  return {};
}

}  // namespace

Result<> write_record(int pipe, Record record, std::string_view bytes) {
  record.size = static_cast<uint32_t>(bytes.size());
  TRY(write_all(pipe, {reinterpret_cast<const char*>(&record), sizeof record}));
  return write_all(pipe, bytes);
}

Result<Record> read_record(int pipe, std::string& bytes) {
  Record record;
  TRY(read_exactly(pipe, reinterpret_cast<char*>(&record), sizeof record));
  if (record.kind > RecordKind::done || record.size > kRecordLimit) return fail("the copy's stream is broken");
  bytes.resize(record.size);
  TRY(read_exactly(pipe, bytes.data(), bytes.size()));
  return record;
}

}  // namespace kube
