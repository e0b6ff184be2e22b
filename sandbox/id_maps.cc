#include "sandbox/id_maps.h"

#include <optional>

#include "base/text.h"

namespace sandbox {
namespace {

constexpr uint64_t kIds = uint64_t{1} << 32;

// Ids of the container become ids of the host, in as many pieces as the container's maps have there.
Result<> resolve(IdMapping wanted, const std::vector<IdMapping>& container, std::vector<IdMapping>& out) {
  while (wanted.size > 0) {
    const IdMapping* part = nullptr;
    for (const auto& entry : container)
      if (wanted.host_id >= entry.container_id && wanted.host_id - entry.container_id < entry.size) part = &entry;
    if (part == nullptr) return fail(cat("id ", wanted.host_id, " is not mapped in the container's user namespace"));
    uint32_t skipped = wanted.host_id - part->container_id;
    uint32_t size = std::min(wanted.size, part->size - skipped);
    out.push_back({wanted.container_id, part->host_id + skipped, size});
    wanted = {wanted.container_id + size, wanted.host_id + size, wanted.size - size};
  }
  return {};
}

Result<> parse_triplet(std::string_view text, const std::vector<IdMapping>& container, std::vector<IdMapping>& out) {
  bool relative = text.starts_with('@');
  auto numbers = split(text.substr(relative ? 1 : 0), '-');
  std::optional<uint32_t> values[3];
  for (size_t i = 0; i < 3 && numbers.size() == 3; i++) values[i] = parse_number<uint32_t>(numbers[i]);
  if (!values[0] || !values[1] || !values[2] || *values[2] == 0)
    return fail(cat(quoted(text), " is not like '0-1000-10'"));
  IdMapping mapping{*values[0], *values[1], *values[2]};
  if (uint64_t{mapping.container_id} + mapping.size > kIds || uint64_t{mapping.host_id} + mapping.size > kIds)
    return fail(cat(quoted(text), " reaches beyond the largest id"));
  if (relative) return resolve(mapping, container, out);
  out.push_back(mapping);
  return {};
}

}  // namespace

std::string id_map_text(const std::vector<IdMapping>& mappings) {
  std::string text;
  for (const auto& mapping : mappings) text += cat(mapping.container_id, " ", mapping.host_id, " ", mapping.size, "\n");
  return text;
}

Result<IdMaps> parse_id_maps(std::string_view text, const IdMaps& container) {
  IdMaps maps;
  for (const auto& part : split(text, ';')) {
    bool uids = part.starts_with("uids="), gids = part.starts_with("gids=");
    if (!uids && !gids) return fail(cat(quoted(part), " is neither 'uids=…' nor 'gids=…'"));
    for (const auto& triplet : split(std::string_view(part).substr(5), '#'))
      TRY(parse_triplet(triplet, uids ? container.uids : container.gids, uids ? maps.uids : maps.gids));
  }
  if (maps.uids.empty() || maps.gids.empty())
    return fail(maps.uids.empty() ? "'uids=' is missing" : "'gids=' is missing");
  return maps;
}

}  // namespace sandbox
