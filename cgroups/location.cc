#include <sys/types.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/text.h"
#include "base/user.h"
#include "cgroups/hierarchy.h"

namespace cgroups {
namespace {

constexpr const char* kField = "linux.cgroupsPath";
constexpr size_t kUnitNameMax = 255;  // systemd: UNIT_NAME_MAX - 1

std::unexpected<Error> refuse_path(const std::string& cgroups_path, std::string_view why, std::string hint = {}) {
  return fail(cat(kField, ": ", quoted(cgroups_path), ": ", why), std::move(hint));
}

// The path with single slashes and without "." parts. ".." is refused, not resolved: nobody who means well sends it.
Result<std::string> clean(const std::string& path) {
  std::string out;
  for (const std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") return refuse_path(path, "'..' in a cgroup path");
    if (std::ranges::any_of(part, [](unsigned char c) { return c < ' ' || c == 0x7f; }))
      return refuse_path(path, "a control character in a cgroup path");
    if (part.size() > 255) return refuse_path(path, "a name of more than 255 bytes");
    out += '/';
    out += part;
  }
  return out;
}

// Where a relative path counts from. Below our own cgroup nothing can get controllers, because we live in it (the rule
// of no internal processes, cgroup-v2.rst), so an ordinary user's containers go beside it.
Result<std::string> relative_base() {
  if (!acts_for_user()) return std::string();
  std::string own = TRY(read_path_of(0));
  return own.substr(0, own.rfind('/'));
}

Result<Location> locate_directory(const std::string& cgroups_path, const std::string& id) {
  if (cgroups_path.find(':') != std::string::npos && cgroups_path.find('/') == std::string::npos)
    return refuse_path(cgroups_path, "a 'slice:prefix:name' for the cgroupfs manager", "give --systemd-cgroup");
  std::string given = cgroups_path.empty() ? cat("nacelle-", id) : cgroups_path;
  std::string path = TRY(clean(given));
  if (path.empty()) return refuse_path(cgroups_path, "a container cannot have the top of the hierarchy");
  if (given.front() != '/') path = TRY(relative_base()) + path;
  return Location{Driver::cgroupfs, path, "", "", 0};
}

bool is_unit_name(std::string_view name) {
  auto allowed = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view(":-_.\\@").find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= kUnitNameMax && std::ranges::all_of(name, allowed);
}

// systemd.slice(5): "a-b.slice" lies in "a.slice"; "-.slice" is the top.
Result<std::string> slice_path(const std::string& cgroups_path, const std::string& slice) {
  if (slice == "-.slice") return std::string();
  std::string_view stem = slice;
  if (!stem.ends_with(".slice") || !is_unit_name(slice))
    return refuse_path(cgroups_path, cat("invalid slice name ", quoted(slice)));
  stem.remove_suffix(6);
  std::string path, name;
  for (const std::string& part : split(stem, '-')) {
    if (part.empty()) return refuse_path(cgroups_path, cat("invalid slice name ", quoted(slice)));
    name += name.empty() ? part : cat("-", part);
    path += cat("/", name, ".slice");
  }
  return path;
}

Result<Location> locate_scope(const std::string& cgroups_path, const std::string& id) {
  std::vector<std::string> parts = split(cgroups_path.empty() ? cat(":nacelle:", id) : cgroups_path, ':');
  if (parts.size() != 3) {
    return refuse_path(cgroups_path, "not a 'slice:prefix:name', which the systemd manager needs",
                       "leave out --systemd-cgroup for a plain path");
  }
  Location location{Driver::systemd, "", parts[0], "", 0};
  if (location.slice.empty()) location.slice = acts_for_user() ? "user.slice" : "system.slice";
  location.scope = parts[1].empty() ? cat(parts[2], ".scope") : cat(parts[1], "-", parts[2], ".scope");
  if (parts[2].empty() || !is_unit_name(location.scope))
    return refuse_path(cgroups_path, cat("invalid scope name ", quoted(location.scope)));
  location.path = cat(TRY(slice_path(cgroups_path, location.slice)), "/", location.scope);
  return location;
}

}  // namespace

Result<Location> locate(Driver driver, const std::string& cgroups_path, const std::string& id) {
  switch (driver) {
    case Driver::cgroupfs: return locate_directory(cgroups_path, id);
    case Driver::systemd: return locate_scope(cgroups_path, id);
    case Driver::disabled: return Location{Driver::disabled, "", "", "", 0};
  }
  return fail("unknown cgroup manager");
}

Result<std::string> read_path_of(pid_t pid) {
  std::string file = pid == 0 ? "/proc/self/cgroup" : cat("/proc/", pid, "/cgroup");
  std::string text = TRY(read_file(file));
  for (const std::string& line : split(text, '\n')) {
    if (!line.starts_with("0::/")) continue;
    // "/.." is what the kernel shows of a cgroup outside of our cgroup namespace: below our mount it would be another.
    if (line.starts_with("0::/..")) return fail_errno(ENOENT, cat(quoted(file), ": outside of our cgroup namespace"));
    return line.size() == 4 ? "" : line.substr(3);
  }
  return fail_errno(ENOENT, cat(quoted(file), ": no cgroup v2 line"));
}

}  // namespace cgroups
