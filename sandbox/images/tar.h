// Reads a tar file, plain or compressed with gzip or zstd, and sums up both the file as it is and the tar inside it.
// libarchive does the parsing; what becomes of an entry is decided by the caller alone.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <cstdint>
#include <memory>
#include <string>

#include "sandbox/images/digest.h"

namespace images {

// How much a hostile archive may make us do.
struct Limits {
  uint64_t bytes = uint64_t{64} << 30;  // of the uncompressed tar
  uint64_t entries = 4'000'000;
};

class Tar {
 public:
  // Reads from where the descriptor stands; it must stay open. An error when it begins with no tar.
  static Result<std::unique_ptr<Tar>> open(int fd, const Limits& limits = {});
  Tar(const Tar&) = delete;
  Tar& operator=(const Tar&) = delete;
  ~Tar();

  // The next entry, valid until the next call; null at the end.
  Result<archive_entry*> next();

  // A piece of the current entry's data: `size` bytes at `offset` of the file (between pieces are holes). False at the
  // end of the entry.
  struct Piece {
    const void* data = nullptr;
    size_t size = 0;
    int64_t offset = 0;
  };
  Result<bool> read(Piece& piece);

  // Reads what is left behind the last entry, and sums up.
  struct Totals {
    std::string file_digest, tar_digest;
    uint64_t file_size = 0, tar_size = 0;
  };
  Result<Totals> finish();

 private:
  Tar(int fd, const Limits& limits) : fd_(fd), limits_(limits) {}
  Result<> start();
  static la_ssize_t read_file(archive* self, void* tar, const void** buffer);
  static la_ssize_t read_unpacked(archive* self, void* tar, const void** buffer);

  int fd_;
  Limits limits_;
  uint64_t entries_ = 0;
  bool is_empty_ = false;
  archive* unpacker_ = nullptr;  // file -> tar
  archive* parser_ = nullptr;    // tar -> entries
  Sha256 file_sum_, tar_sum_;
  Totals totals_;
  std::unique_ptr<char[]> buffer_;
};

}  // namespace images
