// Files of a cgroup as they were at one time, and the way back there.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace cgroups {

struct FileText {
  std::string file;  // "cpu.max"
  std::string text;  // what the kernel gave, with its newlines
};
using Snapshot = std::vector<FileText>;

// Reads the files, each once. Those that are not there, or that the kernel gives nothing to read of
// ("memory.reclaim"), are left out: there is nothing to put back.
Snapshot take_snapshot(int directory, std::span<const std::string> files);

// Writes what has changed since back, and only that. Files that bound each other (cpu.max and cpu.max.burst) are gone
// over again until nothing changes any more. The error of the first write that was refused to the end.
Result<> put_back(int directory, const Snapshot& snapshot);

// The writes that bring a file from one text to another. A file with a line a device ("8:0 rbps=1048576 …") is written
// line by line, and a device that was not listed gets no limit.
std::vector<std::string> writes_between(const FileText& from, const std::string& to);

}  // namespace cgroups
