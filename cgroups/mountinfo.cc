#include "cgroups/mountinfo.h"

#include <vector>

#include "base/text.h"

namespace cgroups {
namespace {

// Space, tab, newline and backslash stand there as \040, \011, \012 and \134.
std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    auto code = text[i] == '\\' ? parse_number<unsigned char>(text.substr(i + 1, 3), 8) : std::nullopt;
    out += code ? static_cast<char>(*code) : text[i];
    if (code) i += 3;
  }
  return out;
}

}  // namespace

std::optional<std::string> find_cgroup2_mount(std::string_view mountinfo) {
  return find_mount(mountinfo, "cgroup2");
}

std::optional<std::string> find_mount(std::string_view mountinfo, std::string_view type) {
  // "34 25 0:29 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw": a varying number of fields before the " - ".
  for (const std::string& line : split(mountinfo, '\n')) {
    if (line.find(cat(" - ", type, " ")) == std::string::npos) continue;
    std::vector<std::string> fields = split(line, ' ');
    if (fields.size() > 4) return unescaped(fields[4]);
  }
  return std::nullopt;
}

}  // namespace cgroups
