#include "runtime/lifecycle/id_maps.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/lifecycle/hooks.h"
#include "sandbox/id_maps.h"

namespace lifecycle {
namespace {

// The two maps of a user namespace, alike but for their names.
struct Kind {
  const char *field, *file, *program, *ranges, *name;
};
constexpr Kind kUids = {"linux.uidMappings", "uid_map", "newuidmap", "/etc/subuid", "uid"};
constexpr Kind kGids = {"linux.gidMappings", "gid_map", "newgidmap", "/etc/subgid", "gid"};

// "100000-165535, 5000": the ids that /etc/subuid has to give the user, since they are not his own.
std::string ranges_needed(const std::vector<sandbox::IdMapping>& mappings, uint32_t own) {
  std::string text;
  for (const auto& mapping : mappings) {
    if (mapping.size == 1 && mapping.host_id == own) continue;
    text += text.empty() ? "" : ", ";
    text += mapping.size == 1 ? cat(mapping.host_id)
                              : cat(mapping.host_id, "-", uint64_t{mapping.host_id} + mapping.size - 1);
  }
  return text;
}

// newuidmap(1) and its twin have the right to write any map, and use it for what /etc/subuid gives the user.
Result<> run_mapper(const Kind& kind, pid_t pid, const std::vector<sandbox::IdMapping>& mappings, uint32_t own) {
  sandbox::Hook mapper;
  mapper.path = find_program(kind.program);
  if (mapper.path.empty())
    return fail(cat(quoted(kind.program), " is not in PATH"),
                cat("maps of more than one's own ", kind.name, " need it: install uidmap, or shadow-utils"));
  mapper.args = {kind.program, cat(pid)};
  for (const auto& mapping : mappings)
    for (uint32_t number : {mapping.container_id, mapping.host_id, mapping.size}) mapper.args.push_back(cat(number));
  mapper.env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  auto done = run_hook(mapper, "");
  if (done) return {};
  Error error = within(kind.program, std::move(done).error());
  error.hint = cat(kind.ranges, " has to give this user the ids ", ranges_needed(mappings, own));
  return std::unexpected(std::move(error));
}

// A user may map his own id to one without help, the gid only where setgroups(2) is given up: it could drop a group
// that is there to deny something (user_namespaces(7), CVE-2014-8989).
bool is_own(const std::vector<sandbox::IdMapping>& mappings, uint32_t own) {
  return mappings.size() == 1 && mappings[0].size == 1 && mappings[0].host_id == own;
}

Result<> write_map(const Kind& kind, pid_t pid, const std::vector<sandbox::IdMapping>& mappings) {
  if (mappings.empty()) return {};
  std::string path = cat("/proc/", pid, "/", kind.file), text = sandbox::id_map_text(mappings);
  auto written = write_kernel_file_at(AT_FDCWD, path, text);
  if (written || written.error().err != EPERM) return written;
  if (geteuid() == 0) {
    written.error().hint = "the ids on the host's side have to be mapped in the user namespace that we are in, too";
    return written;
  }
  uint32_t own = &kind == &kUids ? geteuid() : getegid();
  if (!is_own(mappings, own)) return run_mapper(kind, pid, mappings, own);
  TRY(write_kernel_file_at(AT_FDCWD, cat("/proc/", pid, "/setgroups"), "deny"));
  return write_kernel_file_at(AT_FDCWD, path, text);
}

}  // namespace

Result<> write_id_maps(pid_t pid, const std::vector<sandbox::IdMapping>& uids,
                       const std::vector<sandbox::IdMapping>& gids) {
  TRY_IN(kUids.field, write_map(kUids, pid, uids));
  TRY_IN(kGids.field, write_map(kGids, pid, gids));
  return {};
}

uint32_t host_id(const std::vector<sandbox::IdMapping>& maps, uint32_t container_id) {
  for (const auto& map : maps)
    if (container_id >= map.container_id && container_id - map.container_id < map.size)
      return map.host_id + (container_id - map.container_id);
  return container_id;
}

}  // namespace lifecycle
