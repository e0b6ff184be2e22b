#include "cgroups/snapshot.h"

#include <algorithm>

#include "base/file.h"
#include "base/text.h"

namespace cgroups {
namespace {

constexpr int kRounds = 3;  // two are enough for any pair of bounds

std::vector<std::string> lines_of(std::string_view text) {
  return trimmed(text).empty() ? std::vector<std::string>{} : split(trimmed(text), '\n');
}

std::string key_of(const std::string& line) {
  return line.substr(0, line.find(' '));
}

// What takes the settings of a device away again (cgroup-v2.rst, "IO Interface Files"). Empty for files that list every
// device at all times, as rdma.max does.
std::string without_limit(const std::string& file, const std::string& device) {
  if (file == "io.max") return cat(device, " rbps=max wbps=max riops=max wiops=max");
  if (file == "io.weight" || file == "io.bfq.weight") return cat(device, " default");
  if (file == "io.latency") return cat(device, " target=max");
  return "";
}

// A populated cgroup takes no empty list again (kernel/cgroup/cpuset.c, validate_change: ENOSPC). All that its parent
// has is what an empty one meant.
Result<> write_back(int directory, const std::string& file, const std::string& value) {
  auto written = write_kernel_file_at(directory, file, value);
  if (written || !file.starts_with("cpuset.") || !trimmed(value).empty()) return written;
  std::string all = TRY(read_file_at(directory, cat("../", file, ".effective")));
  return write_kernel_file_at(directory, file, trimmed(all));
}

// One round: false when everything is as it was.
Result<bool> put_back_once(int directory, const Snapshot& snapshot) {
  bool wrote = false;
  Result<> outcome;
  for (const FileText& old : snapshot) {
    auto now = read_file_at(directory, old.file);
    if (!now) continue;
    for (const std::string& value : writes_between({old.file, *now}, old.text)) {
      wrote = true;
      auto written = write_back(directory, old.file, value);
      if (!written && outcome) outcome = std::move(written);
    }
  }
  TRY(std::move(outcome));
  return wrote;
}

}  // namespace

Snapshot take_snapshot(int directory, std::span<const std::string> files) {
  Snapshot snapshot;
  for (const std::string& file : files) {
    if (std::ranges::find(snapshot, file, &FileText::file) != snapshot.end()) continue;
    if (auto text = read_file_at(directory, file)) snapshot.push_back({file, *std::move(text)});
  }
  return snapshot;
}

std::vector<std::string> writes_between(const FileText& from, const std::string& to) {
  std::vector<std::string> writes;
  if (from.text == to) return writes;
  std::vector<std::string> now = lines_of(from.text), wanted = lines_of(to);
  for (const std::string& line : now) {
    bool stays = std::ranges::any_of(wanted, [&](const std::string& one) { return key_of(one) == key_of(line); });
    std::string away = stays ? "" : without_limit(from.file, key_of(line));
    if (!away.empty()) writes.push_back(away);
  }
  for (const std::string& line : wanted) {
    if (std::ranges::find(now, line) == now.end()) writes.push_back(line);
  }
  // An empty list of CPUs: a write of no bytes would not reach the kernel.
  if (wanted.empty() && writes.empty()) writes.emplace_back("\n");
  return writes;
}

Result<> put_back(int directory, const Snapshot& snapshot) {
  Result<bool> wrote = true;
  for (int round = 0; round < kRounds; ++round) {
    wrote = put_back_once(directory, snapshot);
    if (wrote && !*wrote) return {};
  }
  TRY(std::move(wrote));
  return {};
}

}  // namespace cgroups
