// Maps of ids, and how they are given to a mount: mount_setattr(2), "ID mappings".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "sandbox/container.h"

namespace sandbox {

// For a user namespace: from ids of the container to those of the host. For a mount: from the ids that the file system
// holds to those that the host sees.
struct IdMaps {
  std::vector<IdMapping> uids, gids;

  bool is_empty() const { return uids.empty() && gids.empty(); }
  bool operator==(const IdMaps&) const = default;
};

// The lines that go to uid_map or gid_map (user_namespaces(7)).
std::string id_map_text(const std::vector<IdMapping>& mappings);

// Reads what stands behind "idmap=": "uids=0-1-10#10-11-10;gids=0-100-10", triplets of the first id in the file system,
// the first on the host, and how many, as crun has them. In a triplet that begins with '@' the second id is one of the
// container's, whose maps say which id of the host that is; the triplet is cut where those maps are. Errors: another
// form, ids beyond the largest, no uids or no gids, an id that the container's maps leave out.
Result<IdMaps> parse_id_maps(std::string_view text, const IdMaps& container);

// A user namespace that nobody lives in, for its maps alone. It lasts as long as the descriptor, or a mount that uses
// it. Errors: the kernel refuses the maps.
Result<Fd> make_user_namespace(const IdMaps& maps);

// Gives a mount that lies nowhere yet the maps of a user namespace; `recursive`: AT_RECURSIVE for those below it too,
// or 0. The source's files keep their owners. Errors name the file system when it is one without support.
Result<> map_mount(int mount, int user_namespace, uint64_t recursive);

}  // namespace sandbox
