// In which order the limits of a running pod change. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace kube {

// What a cgroup has, or is to have.
struct CgroupLimits {
  std::optional<int64_t> memory;       // memory.max in bytes, whole pages; empty: max
  std::optional<int64_t> cpu_quota;    // of cpu.max in microseconds of 100 ms; empty: max
  std::optional<uint64_t> cpu_weight;  // empty: left alone (no cpu controller)
  bool operator==(const CgroupLimits&) const = default;
};

// A container whose process runs. One that is to be started anew for its change has a new cgroup then: of its present
// one nothing is changed.
struct RunningContainer {
  CgroupLimits actual, wanted;
  bool is_restarted = false;
};

struct PodLimits {
  CgroupLimits actual, wanted;
  std::vector<RunningContainer> containers;
};

enum class LimitKind : uint8_t { memory, cpu_quota, cpu_weight };

struct LimitWrite {
  std::optional<size_t> container;  // its index; empty: the pod's cgroup
  LimitKind kind;
  std::optional<int64_t> value;  // empty: max
  bool operator==(const LimitWrite&) const = default;
};

struct ResizePlan {
  std::vector<LimitWrite> writes;
  bool is_complete = true;  // false: something waits for containers that are still to be started anew
};

// The writes that make what is wanted of what the kernel has: none when it is the same, so a supervisor that was killed
// between two of them goes on where it was. Memory comes first, then CPU; of each, the pod's limit is raised before
// the containers' and lowered after them, and what comes down makes room for what goes up (KEP-1287, "Container
// resource limit update ordering"). So the pod has at every moment at least what its containers have together, if it
// had that before and is wanted to have it.
ResizePlan plan_resize(const PodLimits& pod);

}  // namespace kube
