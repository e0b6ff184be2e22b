// New limits for a container that is there.
#include "base/text.h"
#include "runtime/lifecycle/container_cgroup.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/lifecycle/status.h"

namespace lifecycle {
namespace {

// What was asked for and cannot be read back from the kernel: memory.swap.max is the swap alone, and a cgroup that is
// idle has forgotten its weight. Of the last update, else of config.json.
constexpr const char* kSwapNote = "memorySwap";
constexpr const char* kSharesNote = "cpuShares";

struct Asked {
  std::optional<int64_t> swap;
  std::optional<uint64_t> shares;
};

Result<Asked> read_asked(const ContainerCgroup& container) {
  const auto& notes = container.state.extra;
  auto spec = TRY(oci::read_spec(TRY(container.dir.read_config()), container.state.bundle));
  Asked asked{spec.resources.memory.swap, spec.resources.cpu.shares};
  if (auto note = notes.find(kSwapNote); note != notes.end()) asked.swap = parse_number<int64_t>(note->second);
  if (auto note = notes.find(kSharesNote); note != notes.end()) asked.shares = parse_number<uint64_t>(note->second);
  return asked;
}

// The limit of memory + swap holds on when only that of memory changes; one for both needs that of memory, which is in
// force already.
Result<> complete_memory(cgroups::Memory& memory, const ContainerCgroup& container) {
  int64_t limit = memory.limit.value_or(0), swap = memory.swap.value_or(0);
  if (limit == 0 && swap > 0) {
    auto now = TRY(cgroups::read_limits(container.hierarchy, container.state.cgroup_path));
    if (now.memory_max) memory.limit = static_cast<int64_t>(*now.memory_max);
  }
  if (limit <= 0 || swap != 0) return {};
  int64_t asked = TRY(read_asked(container)).swap.value_or(0);
  if (asked <= 0) return {};
  if (limit > asked)
    return fail(cat("linux.resources.memory.limit: ", limit, " is above the limit of memory + swap, which is ", asked),
                "set memory.swap along with it");
  memory.swap = asked;
  return {};
}

// The kernel gives a cgroup that leaves idle the default weight.
Result<> complete_cpu(cgroups::Cpu& cpu, const ContainerCgroup& container) {
  if (cpu.idle == 0 && cpu.shares.value_or(0) == 0) cpu.shares = TRY(read_asked(container)).shares;
  return {};
}

Result<> remember(ContainerCgroup& container, const cgroups::Resources& resources) {
  auto& notes = container.state.extra;
  auto before = notes;
  int64_t swap = resources.memory.swap.value_or(0);
  if (swap == 0 && resources.memory.limit == -1) swap = -1;
  if (swap != 0) notes[kSwapNote] = cat(swap);
  if (resources.cpu.shares.value_or(0) != 0) notes[kSharesNote] = cat(*resources.cpu.shares);
  if (notes == before) return {};
  return container.dir.write(container.state);
}

// The lines that stood there before.
Result<std::vector<std::string>> change_rdt(const oci::State& state, const std::vector<std::string>& schemata) {
  auto group = state.extra.find("rdtGroup");
  if (group == state.extra.end()) return fail("the container has no Intel RDT group (linux.intelRdt)");
  return cgroups::change_schemata(group->second, schemata);
}

Result<> update_container(const std::string& root, const std::string& id, cgroups::Resources resources,
                          const std::vector<std::string>& schemata) {
  auto container = TRY(open_container_cgroup(root, id));
  TRY(container.dir.lock());
  container.state = TRY(container.dir.read());
  auto status = read_status(container.dir, container.state);
  if (status == oci::Status::kCreating || status == oci::Status::kStopped)
    return fail(cat("container not running: it is ", oci::name_of(status)));
  resources.devices.clear();  // somebody else may have added rules for a device of his
  TRY(complete_memory(resources.memory, container));
  TRY(complete_cpu(resources.cpu, container));
  auto plan = TRY(cgroups::plan(container.hierarchy, resources));
  std::vector<std::string> schemata_before;
  if (!schemata.empty()) schemata_before = TRY(change_rdt(container.state, schemata));
  auto updated = cgroups::update(container.hierarchy, cgroup_location(container.state), plan);
  if (!updated && !schemata.empty()) (void)change_rdt(container.state, schemata_before);
  TRY(std::move(updated));
  return remember(container, resources);
}

}  // namespace

Result<> update(const std::string& root, const std::string& id, const cgroups::Resources& resources,
                const std::vector<std::string>& schemata) {
  TRY(StateDir::open(root, id));
  TRY_IN(cat("update ", quoted(id)), update_container(root, id, resources, schemata));
  return {};
}

}  // namespace lifecycle
