// The text behind a mount's "idmap=", held against the maps of a container.
#include "base/text.h"
#include "sandbox/id_maps.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<sandbox::IdMapping> maps = {{0, 100000, 1000}, {1000, 5000, 1}, {1001, 4294900000, 60000}};
  const auto parsed = sandbox::parse_id_maps(fuzz::text_of(data, size), {maps, maps});
  const auto* found = fuzz::value_of(parsed);
  if (!found) return 0;
  fuzz::demand(!found->uids.empty() && !found->gids.empty(), "users and groups are mapped together");
  for (const auto& map : found->uids)
    fuzz::demand(map.size > 0 && uint64_t{map.host_id} + map.size <= uint64_t{1} << 32 &&
                     uint64_t{map.container_id} + map.size <= uint64_t{1} << 32,
                 "a map ends at the largest id");
  (void)sandbox::id_map_text(found->uids);
  return 0;
}
