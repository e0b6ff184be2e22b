#include "runtime/lifecycle/id_maps.h"

#include <fcntl.h>

#include "base/file.h"
#include "base/text.h"
#include "sandbox/id_maps.h"

namespace lifecycle {

Result<> write_id_maps(pid_t pid, const std::vector<sandbox::IdMapping>& uids,
                       const std::vector<sandbox::IdMapping>& gids) {
  std::string proc = cat("/proc/", pid, "/");
  if (!uids.empty())
    TRY_IN("linux.uidMappings", write_kernel_file_at(AT_FDCWD, proc + "uid_map", sandbox::id_map_text(uids)));
  if (!gids.empty())
    TRY_IN("linux.gidMappings", write_kernel_file_at(AT_FDCWD, proc + "gid_map", sandbox::id_map_text(gids)));
  return {};
}

uint32_t host_id(const std::vector<sandbox::IdMapping>& maps, uint32_t container_id) {
  for (const auto& map : maps)
    if (container_id >= map.container_id && container_id - map.container_id < map.size)
      return map.host_id + (container_id - map.container_id);
  return container_id;
}

Result<> write_oom_score(pid_t pid, int value) {
  std::string path = cat("/proc/", pid, "/oom_score_adj");
  auto written = write_kernel_file_at(AT_FDCWD, path, cat(value));
  if (written) return {};
  // Without the right to lower it, a value that is there already is as good.
  auto now = read_file(path);
  if (now && trimmed(*now) == cat(value)) return {};
  auto error = within("process.oomScoreAdj", std::move(written).error());
  error.hint = "lowering it needs CAP_SYS_RESOURCE";
  return std::unexpected(std::move(error));
}

}  // namespace lifecycle
