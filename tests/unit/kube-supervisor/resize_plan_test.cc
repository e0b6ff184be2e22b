#include "runtime/kube/sandbox/resize_plan.h"

#include <doctest/doctest.h>

#include <random>

namespace {

using kube::CgroupLimits;
using kube::LimitKind;
using kube::LimitWrite;
using kube::PodLimits;
using Limit = std::optional<int64_t>;

constexpr int64_t kMax = INT64_MAX;

CgroupLimits memory(Limit bytes) {
  CgroupLimits limits;
  limits.memory = bytes;
  return limits;
}

PodLimits pod(Limit actual, Limit wanted, std::vector<std::pair<Limit, Limit>> containers) {
  PodLimits pod{memory(actual), memory(wanted), {}};
  for (const auto& [before, after] : containers) pod.containers.push_back({memory(before), memory(after)});
  return pod;
}

LimitWrite of_pod(Limit value) {
  return {{}, LimitKind::memory, value};
}
LimitWrite of(size_t container, Limit value) {
  return {container, LimitKind::memory, value};
}

Limit& member(CgroupLimits& limits, LimitKind kind) {
  return kind == LimitKind::memory ? limits.memory : limits.cpu_quota;
}

void write(PodLimits& state, const LimitWrite& change) {
  CgroupLimits& limits = change.container ? state.containers[*change.container].actual : state.actual;
  if (change.kind == LimitKind::cpu_weight)
    limits.cpu_weight = static_cast<uint64_t>(*change.value);
  else
    member(limits, change.kind) = change.value;
}

int64_t sum(PodLimits& state, LimitKind kind) {
  int64_t total = 0;
  for (auto& container : state.containers) {
    const Limit limit = member(container.actual, kind);
    if (!limit) return kMax;
    total += *limit;
  }
  return total;
}

bool holds(PodLimits& state) {
  return member(state.actual, LimitKind::memory).value_or(kMax) >= sum(state, LimitKind::memory) &&
         member(state.actual, LimitKind::cpu_quota).value_or(kMax) >= sum(state, LimitKind::cpu_quota);
}

class Chance {
 public:
  explicit Chance(unsigned seed) : engine_(seed) {}
  int64_t up_to(int64_t most) { return std::uniform_int_distribution<int64_t>(0, most)(engine_); }
  Limit limit() { return up_to(9) == 0 ? Limit() : Limit(1 + up_to(20)); }
  CgroupLimits limits() { return {limit(), limit(), static_cast<uint64_t>(1 + up_to(100))}; }

 private:
  std::mt19937 engine_;
};

// The pod's limits as the kubelet has them: the sums, or none.
CgroupLimits together(const std::vector<kube::RunningContainer>& containers,
                      CgroupLimits kube::RunningContainer::* of) {
  CgroupLimits all{0, 0, 1};
  for (const auto& container : containers) {
    for (const LimitKind kind : {LimitKind::memory, LimitKind::cpu_quota}) {
      CgroupLimits one = container.*of;
      Limit &sum = member(all, kind), part = member(one, kind);
      sum = sum && part ? Limit(*sum + *part) : Limit();
    }
  }
  return all;
}

PodLimits random_pod(Chance& chance, bool restarts) {
  PodLimits state;
  state.containers.resize(static_cast<size_t>(1 + chance.up_to(3)));
  for (auto& container : state.containers)
    container = {chance.limits(), chance.limits(), restarts && chance.up_to(2) == 0};
  state.actual = together(state.containers, &kube::RunningContainer::actual);
  state.wanted = together(state.containers, &kube::RunningContainer::wanted);
  return state;
}

}  // namespace

TEST_CASE("resize: a pod that grows is raised before its containers") {
  CHECK(plan_resize(pod(100, 200, {{100, 200}})).writes == std::vector{of_pod(200), of(0, 200)});
}

TEST_CASE("resize: a pod that shrinks is lowered after its containers") {
  CHECK(plan_resize(pod(200, 100, {{200, 100}})).writes == std::vector{of(0, 100), of_pod(100)});
}

TEST_CASE("resize: what comes down makes room for what goes up") {
  CHECK(plan_resize(pod(200, 250, {{50, 200}, {150, 50}})).writes == std::vector{of_pod(250), of(1, 50), of(0, 200)});
  CHECK(plan_resize(pod(200, 150, {{50, 100}, {150, 50}})).writes == std::vector{of(1, 50), of_pod(150), of(0, 100)});
  CHECK(plan_resize(pod(200, 200, {{50, 100}, {150, 100}})).writes == std::vector{of(1, 100), of(0, 100)});
}

TEST_CASE("resize: a limit of a container that had none gives the pod one at last") {
  CHECK(plan_resize(pod({}, 300, {{100, 100}, {{}, 200}})).writes == std::vector{of(1, 200), of_pod(300)});
}

TEST_CASE("resize: memory comes before cpu") {
  PodLimits both{{100, 100, {}}, {200, 200, {}}, {{{100, 100, {}}, {200, 200, {}}}}};
  const auto writes = plan_resize(both).writes;
  REQUIRE(writes.size() == 4);
  CHECK(writes[1].kind == LimitKind::memory);
  CHECK(writes[2].kind == LimitKind::cpu_quota);
}

TEST_CASE("resize: a container that is started anew is not touched, and the pod is lowered when it has been") {
  PodLimits state = pod(300, 200, {{200, 100}, {100, 100}});
  state.containers[0].is_restarted = true;
  auto plan = plan_resize(state);
  CHECK(plan.writes.empty());
  CHECK(!plan.is_complete);
  state.containers[0] = {memory(100), memory(100)};
  plan = plan_resize(state);
  CHECK(plan.writes == std::vector{of_pod(200)});
  CHECK(plan.is_complete);
}

TEST_CASE("resize: at every moment the pod has what its containers have, wherever it is interrupted") {
  Chance chance(1);
  for (int round = 0; round < 5000; round++) {
    PodLimits state = random_pod(chance, false);
    REQUIRE(holds(state));
    // Killed after some of the writes, and planned anew from what the kernel then has.
    while (true) {
      const auto plan = plan_resize(state);
      REQUIRE(plan.is_complete);
      if (plan.writes.empty()) break;
      const int64_t done = 1 + chance.up_to(static_cast<int64_t>(plan.writes.size()) - 1);
      for (int64_t i = 0; i < done; i++) {
        write(state, plan.writes[static_cast<size_t>(i)]);
        REQUIRE(holds(state));
      }
    }
    state.actual.cpu_weight = state.wanted.cpu_weight;
    CHECK(state.actual == state.wanted);
    for (const auto& container : state.containers) CHECK(container.actual == container.wanted);
  }
}

TEST_CASE("resize: also while containers are started anew, one after the other, those that shrink first") {
  Chance chance(2);
  for (int round = 0; round < 5000; round++) {
    PodLimits state = random_pod(chance, true);
    // cpu is left alone: a container may not shrink in the one and grow in the other here.
    for (auto& container : state.containers) container.wanted.cpu_quota = container.actual.cpu_quota;
    state.wanted = together(state.containers, &kube::RunningContainer::wanted);
    const auto run = [&] {
      for (const auto& change : plan_resize(state).writes) {
        write(state, change);
        REQUIRE(holds(state));
      }
    };
    run();
    for (const bool grows : {false, true})
      for (auto& container : state.containers) {
        const bool is_growing = container.wanted.memory.value_or(kMax) > container.actual.memory.value_or(kMax);
        if (!container.is_restarted || is_growing != grows) continue;
        container.actual = container.wanted;
        container.is_restarted = false;
        REQUIRE(holds(state));
        run();
      }
    CHECK(plan_resize(state).is_complete);
    CHECK(plan_resize(state).writes.empty());
  }
}
