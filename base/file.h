// Whole files: read, write, replace.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/descriptor.h"

// The most that read_file takes by default. Files that callers or containers write are never read without a bound
// (CVE-2026-47262: unbounded reads of files from an image).
constexpr size_t kReadLimit = 16 << 20;

// The whole file; EFBIG when it is larger than `limit` bytes. `dir` is AT_FDCWD or a directory's descriptor.
Result<std::string> read_file(const std::string& path, size_t limit = kReadLimit);
Result<std::string> read_file_at(int dir, const std::string& path, size_t limit = kReadLimit);
// The rest of an open file, from where it stands.
Result<std::string> read_all(int fd, size_t limit = kReadLimit);

// Writes all bytes to the descriptor, however often the kernel takes a part.
Result<> write_all(int fd, std::string_view bytes);

// Writes the bytes into an existing file in one write(2), as the kernel's own files (cgroup, proc, sysfs) want it.
Result<> write_kernel_file_at(int dir, const std::string& path, std::string_view bytes);

// Replaces the file at once: a reader sees the old bytes or the new, never a part, whenever we are killed.
// A failure leaves the old file and no temporary one.
Result<> replace_file(const std::string& path, std::string_view bytes, mode_t mode = 0600);

// Makes a new file that appears with all its bytes, or replaces the one that is there. Wherever we are killed, no
// temporary file is left while there was no old one.
Result<> publish_file(const std::string& path, std::string_view bytes, mode_t mode = 0600);

// A file in memory with these bytes, positioned at its start; close-on-exec. `name` is for /proc/PID/fd only.
Result<Fd> memory_file(const char* name, std::string_view bytes);
