#include "sandbox/images/tar.h"

#include <unistd.h>

#include <cerrno>

#include "base/text.h"

namespace images {

namespace {

constexpr size_t kBufferSize = 256 << 10;

std::unexpected<Error> failure_of(archive* reader) {
  const char* reason = archive_error_string(reader);
  const int number = archive_errno(reader);
  // libarchive's own codes are no errno, or EILSEQ and EINVAL in the sense of "not a tar": its words say enough.
  const bool is_system = number > 0 && number != EILSEQ && number != EINVAL;
  if (is_system) return fail_errno(number, "read archive");
  return fail(cat("damaged archive: ", reason != nullptr ? reason : "unknown damage"));
}

}  // namespace

Result<std::unique_ptr<Tar>> Tar::open(int fd, const Limits& limits) {
  std::unique_ptr<Tar> tar(new Tar(fd, limits));
  TRY(tar->start());
  return tar;
}

Tar::~Tar() {
  archive_read_free(parser_);
  archive_read_free(unpacker_);
}

Result<> Tar::start() {
  buffer_ = std::make_unique<char[]>(kBufferSize);
  unpacker_ = archive_read_new();
  archive_read_support_filter_gzip(unpacker_);
  archive_read_support_filter_zstd(unpacker_);
  archive_read_support_format_raw(unpacker_);
  archive_read_support_format_empty(unpacker_);
  archive_entry* whole = nullptr;
  if (archive_read_open(unpacker_, this, nullptr, read_file, nullptr) != ARCHIVE_OK) return failure_of(unpacker_);
  const int begun = archive_read_next_header(unpacker_, &whole);
  if (begun != ARCHIVE_OK && begun != ARCHIVE_EOF) return failure_of(unpacker_);
  is_empty_ = begun == ARCHIVE_EOF;

  parser_ = archive_read_new();
  archive_read_support_format_tar(parser_);
  archive_read_support_format_empty(parser_);
  if (archive_read_open(parser_, this, nullptr, read_unpacked, nullptr) != ARCHIVE_OK) return failure_of(parser_);
  return {};
}

la_ssize_t Tar::read_file(archive* self, void* tar, const void** buffer) {
  Tar& me = *static_cast<Tar*>(tar);
  ssize_t count = 0;
  do count = ::read(me.fd_, me.buffer_.get(), kBufferSize);
  while (count < 0 && errno == EINTR);
  if (count < 0) {
    archive_set_error(self, errno, "read");
    return ARCHIVE_FATAL;
  }
  *buffer = me.buffer_.get();
  me.file_sum_.add(me.buffer_.get(), static_cast<size_t>(count));
  me.totals_.file_size += static_cast<uint64_t>(count);
  return count;
}

la_ssize_t Tar::read_unpacked(archive* self, void* tar, const void** buffer) {
  Tar& me = *static_cast<Tar*>(tar);
  if (me.is_empty_) return 0;
  size_t size = 0;
  int64_t offset = 0;
  const int result = archive_read_data_block(me.unpacker_, buffer, &size, &offset);
  if (result == ARCHIVE_EOF) return 0;
  if (result != ARCHIVE_OK) {
    archive_copy_error(self, me.unpacker_);
    return ARCHIVE_FATAL;
  }
  me.tar_sum_.add(*buffer, size);
  me.totals_.tar_size += size;
  if (me.totals_.tar_size > me.limits_.bytes) {
    archive_set_error(self, EFBIG, "too large");
    return ARCHIVE_FATAL;
  }
  return static_cast<la_ssize_t>(size);
}

Result<archive_entry*> Tar::next() {
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(parser_, &entry);
  if (result == ARCHIVE_EOF) return nullptr;
  // A warning is about a name that is not in the locale's character set: names are bytes to us.
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) return failure_of(parser_);
  if (++entries_ > limits_.entries) return fail(cat("more than ", limits_.entries, " entries in the archive"));
  return entry;
}

Result<bool> Tar::read(Piece& piece) {
  const int result = archive_read_data_block(parser_, &piece.data, &piece.size, &piece.offset);
  if (result == ARCHIVE_EOF) return false;
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) return failure_of(parser_);
  return true;
}

Result<Tar::Totals> Tar::finish() {
  const void* rest = nullptr;
  // The parser stops at the end mark; padding behind it belongs to the tar, and bytes behind that to the file.
  for (;;) {
    const la_ssize_t count = read_unpacked(parser_, this, &rest);
    if (count < 0) return failure_of(parser_);
    if (count == 0) break;
  }
  for (;;) {
    const la_ssize_t count = read_file(unpacker_, this, &rest);
    if (count < 0) return failure_of(unpacker_);
    if (count == 0) break;
  }
  totals_.file_digest = file_sum_.digest();
  totals_.tar_digest = tar_sum_.digest();
  return totals_;
}

}  // namespace images
