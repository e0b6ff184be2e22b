#include "runtime/kube/probes/probe_state.h"

namespace kube {

std::string_view name_of(ProbeKind kind) {
  switch (kind) {
    case ProbeKind::startup: return "Startup";
    case ProbeKind::readiness: return "Readiness";
    case ProbeKind::liveness: return "Liveness";
  }
  return {};
}

ProbeState::Verdict ProbeState::take(HandlerResult::Outcome outcome) {
  using Outcome = HandlerResult::Outcome;
  if (outcome == Outcome::unknown) return Verdict::none;
  const bool is_success = outcome != Outcome::failure;
  in_a_row_ = is_success == was_success_ ? in_a_row_ + 1 : 1;
  was_success_ = is_success;
  if (in_a_row_ < (is_success ? success_threshold_ : failure_threshold_)) return Verdict::none;
  return is_success ? Verdict::passed : Verdict::failed;
}

bool ContainerHealth::take(ProbeKind kind, ProbeState::Verdict verdict) {
  if (verdict == ProbeState::Verdict::none) return false;
  const bool has_passed = verdict == ProbeState::Verdict::passed;
  if (kind == ProbeKind::readiness) is_ready_ = has_passed;
  if (kind == ProbeKind::startup && has_passed) is_started_ = true;
  return kind != ProbeKind::readiness && !has_passed;
}

int64_t next_probe_time(int64_t first, int64_t period, int64_t now) {
  return now < first ? first : first + ((now - first) / period + 1) * period;
}

}  // namespace kube
