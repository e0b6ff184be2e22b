#include "runtime/kube/supervisor/reach.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "base/loop.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/state/record.h"

namespace kube {
namespace {

// Milliseconds: longer than it takes to end what a dead supervisor has left.
constexpr int64_t kPatience = 10'000;
constexpr int kPause = 20;

// It has ended before it read the request (unix(7): ECONNRESET when its socket goes with ours still waiting).
bool has_heard_nothing(const Error& error) {
  static constexpr int kErrors[] = {ENOENT, ECONNREFUSED, ECONNRESET, EPIPE};
  return std::ranges::find(kErrors, error.err) != std::end(kErrors);
}

Result<> check_present(const std::string& dir, const ObjectMeta& pod) {
  const Result<Pod> present = read_pod(dir);
  if (present && present->metadata.uid == pod.uid) return {};
  if (!present && present.error().err != ENOENT) return std::unexpected(present.error());
  return fail(cat("pods \"", pod.name, "\" not found"));
}

// A pod that never had a supervisor is being made just now, which would wait for one who holds its lock.
bool may_be_locked(const std::string& dir, const Request& request) {
  return std::holds_alternative<DeleteRequest>(request) || path_exists(cat(dir, "/supervisor"));
}

// Empty: neither now, so look again.
Result<std::optional<Reached>> try_to_reach(const std::string& dir, const ObjectMeta& pod, const Request& request) {
  TRY(check_present(dir, pod));
  if (std::optional<Pidfd> supervisor = find_supervisor(dir)) {
    Result<std::string> answer = send_request(dir, request);
    if (answer) return Reached{std::move(supervisor), *std::move(answer), {}};
    if (!has_heard_nothing(answer.error())) return std::unexpected(std::move(answer).error());
    return std::nullopt;
  }
  if (!may_be_locked(dir, request)) return std::nullopt;
  Result<Fd> lock = lock_pod(dir);
  if (!lock && lock.error().err != EWOULDBLOCK && lock.error().err != ENOENT)
    return std::unexpected(std::move(lock).error());
  // Whoever had the lock until now may have removed the pod, or handed it to a supervisor.
  if (!lock || find_supervisor(dir)) return std::nullopt;
  TRY(check_present(dir, pod));
  return Reached{std::nullopt, "", *std::move(lock)};
}

}  // namespace

Result<Reached> reach_pod(const Place& place, const ObjectMeta& pod, const Request& request) {
  const std::string dir = pod_dir(place, pod.ns, pod.name);
  const int64_t deadline = monotonic_ms() + kPatience;
  while (true) {
    std::optional<Reached> reached = TRY(try_to_reach(dir, pod, request));
    if (reached) return *std::move(reached);
    if (monotonic_ms() >= deadline)
      return fail(
          cat("pod ", quoted(pod.name), " is made, taken over or removed by somebody who does not come to an end"),
          "try again later");
    (void)poll(nullptr, 0, kPause);
  }
}

}  // namespace kube
