#include "cgroups/reclaim.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "base/file.h"
#include "base/text.h"

namespace cgroups {
namespace {

constexpr int kFruitlessRounds = 3;  // pages under way to a disk come free a little later

Result<uint64_t> read_usage(int directory) {
  std::string text = TRY(read_file_at(directory, "memory.current"));
  return parse_number<uint64_t>(trimmed(text)).value_or(0);
}

// Before Linux 5.19: the kernel reclaims down to memory.high when that is written.
void reclaim_by_high(int directory, uint64_t limit) {
  auto before = read_file_at(directory, "memory.high");
  if (!before) return;
  (void)write_kernel_file_at(directory, "memory.high", cat(limit));
  (void)write_kernel_file_at(directory, "memory.high", trimmed(*before));
}

}  // namespace

Result<uint64_t> reclaim_down_to(int directory, uint64_t limit) {
  uint64_t usage = TRY(read_usage(directory));
  for (int fruitless = 0; usage > limit && fruitless < kFruitlessRounds;) {
    // EAGAIN: it has reclaimed less. What it has reclaimed shows in the usage.
    auto asked = write_kernel_file_at(directory, "memory.reclaim", cat(usage - limit));
    if (!asked && asked.error().err == ENOENT) reclaim_by_high(directory, limit);
    uint64_t now = TRY(read_usage(directory));
    fruitless = now < usage ? 0 : fruitless + 1;
    usage = now;
  }
  return usage;
}

}  // namespace cgroups
