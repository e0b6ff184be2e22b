#include "runtime/kube/probes/probe_state.h"

#include <doctest/doctest.h>

namespace {

using Outcome = kube::HandlerResult::Outcome;
using Verdict = kube::ProbeState::Verdict;
using kube::ProbeKind;

kube::ProbeState with_thresholds(int64_t success, int64_t failure) {
  return kube::ProbeState({.success_threshold = success, .failure_threshold = failure});
}

kube::ContainerHealth health(bool has_startup, bool has_readiness) {
  kube::Container container;
  if (has_startup) container.startup_probe.emplace();
  if (has_readiness) container.readiness_probe.emplace();
  return kube::ContainerHealth(container);
}

}  // namespace

TEST_CASE("a verdict takes as many results in a row as its threshold says") {
  auto probe = with_thresholds(2, 3);
  CHECK(probe.take(Outcome::success) == Verdict::none);
  CHECK(probe.take(Outcome::warning) == Verdict::passed);
  CHECK(probe.take(Outcome::success) == Verdict::passed);
  CHECK(probe.take(Outcome::failure) == Verdict::none);
  CHECK(probe.take(Outcome::failure) == Verdict::none);
  CHECK(probe.take(Outcome::success) == Verdict::none);
  CHECK(probe.take(Outcome::failure) == Verdict::none);
  CHECK(probe.take(Outcome::failure) == Verdict::none);
  CHECK(probe.take(Outcome::failure) == Verdict::failed);
  CHECK(probe.take(Outcome::failure) == Verdict::failed);
}

TEST_CASE("a question that could not be asked counts for nothing") {
  auto probe = with_thresholds(1, 2);
  CHECK(probe.take(Outcome::failure) == Verdict::none);
  CHECK(probe.take(Outcome::unknown) == Verdict::none);
  CHECK(probe.take(Outcome::failure) == Verdict::failed);
}

TEST_CASE("the first failure counts as one") {
  CHECK(with_thresholds(1, 1).take(Outcome::failure) == Verdict::failed);
}

TEST_CASE("without probes a container has started and is ready; readiness begins as failed") {
  CHECK(health(false, false).is_started());
  CHECK(health(false, false).is_ready());
  CHECK(health(false, true).is_started());
  CHECK_FALSE(health(false, true).is_ready());
  CHECK_FALSE(health(true, false).is_started());
  CHECK_FALSE(health(true, false).is_ready());
}

TEST_CASE("startup gates the others, and ends when it has passed") {
  auto container = health(true, true);
  CHECK(container.is_probed(ProbeKind::startup));
  CHECK_FALSE(container.is_probed(ProbeKind::liveness));
  CHECK_FALSE(container.is_probed(ProbeKind::readiness));
  CHECK_FALSE(container.take(ProbeKind::startup, Verdict::passed));
  CHECK(container.is_started());
  CHECK_FALSE(container.is_ready());
  CHECK_FALSE(container.is_probed(ProbeKind::startup));
  CHECK(container.is_probed(ProbeKind::liveness));
  CHECK(container.is_probed(ProbeKind::readiness));
}

TEST_CASE("readiness comes and goes; liveness and startup restart the container") {
  auto container = health(false, true);
  CHECK_FALSE(container.take(ProbeKind::readiness, Verdict::passed));
  CHECK(container.is_ready());
  CHECK_FALSE(container.take(ProbeKind::readiness, Verdict::none));
  CHECK(container.is_ready());
  CHECK_FALSE(container.take(ProbeKind::readiness, Verdict::failed));
  CHECK_FALSE(container.is_ready());
  CHECK_FALSE(container.take(ProbeKind::liveness, Verdict::passed));
  CHECK(container.take(ProbeKind::liveness, Verdict::failed));
  CHECK(health(true, false).take(ProbeKind::startup, Verdict::failed));
}

TEST_CASE("probes are due at fixed times: none drifts, and what was missed is left out") {
  CHECK(kube::next_probe_time(5000, 1000, 0) == 5000);
  CHECK(kube::next_probe_time(5000, 1000, 4999) == 5000);
  CHECK(kube::next_probe_time(5000, 1000, 5000) == 6000);
  CHECK(kube::next_probe_time(5000, 1000, 5040) == 6000);
  CHECK(kube::next_probe_time(5000, 1000, 7999) == 8000);
  CHECK(kube::next_probe_time(5000, 1000, 8000) == 9000);
}
