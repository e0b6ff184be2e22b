// logs.
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/state/folder.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/verbs/choose.h"
#include "runtime/kube/verbs/log_reader.h"
#include "runtime/kube/verbs/resource.h"
#include "runtime/kube/verbs/verb.h"

namespace kube {
namespace {

constexpr Option kLogs[] = {{"follow", 'f', "", "go on until the container ends"},
                            {"container", 'c', "NAME", "of this container"},
                            {"previous", 'p', "", "of the start before the present one"},
                            {"tail", 0, "N", "only the last N lines"},
                            {"timestamps", 0, "", "each line with its time"}};

// The numbers of the starts that have a log, ascending.
Result<std::vector<int64_t>> list_starts(const std::string& dir) {
  std::vector<int64_t> starts;
  for (const std::string& name : TRY(list_names(dir)))
    if (name.ends_with(".log"))
      if (const auto number = parse_number<int64_t>(std::string_view(name).substr(0, name.size() - 4)))
        starts.push_back(*number);
  std::ranges::sort(starts);
  return starts;
}

Error waiting_error(const Pod& pod, const std::string& container) {
  const ContainerStatus* status = find_status(pod.status, container);
  const std::string reason = status && status->state.waiting ? status->state.waiting->reason : "PodPending";
  return Error{
      0, cat("container \"", container, "\" in pod \"", pod.metadata.name, "\" is waiting to start: ", reason), {}};
}

// The start whose log is asked for.
Result<int64_t> choose_start(const Call& call, const Pod& pod, const std::string& container) {
  const std::vector<int64_t> starts = TRY(list_starts(cat(pod_log_dir(call.place, pod.metadata), "/", container)));
  const ContainerStatus* status = find_status(pod.status, container);
  const bool has_run = status && (status->state.running || status->state.terminated || status->last_state.terminated);
  if (call.arguments.has("previous")) {
    if (starts.size() < 2 || status == nullptr || !status->last_state.terminated)
      return fail(
          cat("previous terminated container \"", container, "\" in pod \"", pod.metadata.name, "\" not found"));
    // While it waits for its restart the newest log is already of the one that ended.
    return status->state.waiting ? starts.back() : starts[starts.size() - 2];
  }
  if (starts.empty() || !has_run) return std::unexpected(waiting_error(pod, container));
  return starts.back();
}

bool is_still_running(const Place& place, const Pod& pod, const std::string& container, int64_t start) {
  const Result<Pod> present = find_pod(place, pod.metadata.ns, pod.metadata.name);
  if (!present || present->metadata.uid != pod.metadata.uid || present->status.phase == "Unknown") return false;
  const ContainerStatus* status = find_status(present->status, container);
  return status && status->state.running && status->restart_count == start;
}

Result<> show_rest(LogReader& reader) {
  while (true) {
    const std::string text = TRY(reader.read());
    if (!text.empty()) TRY(say(text));
    // A whole piece without the end of a line may be followed by more.
    const off_t at = lseek(reader.fd(), 0, SEEK_CUR), end = lseek(reader.fd(), 0, SEEK_END);
    lseek(reader.fd(), at, SEEK_SET);
    if (at >= end && !TRY(reader.reopen())) return {};
  }
}

// Woken by the log itself; looks once a second whether the container still runs.
Result<> follow(const Call& call, const Pod& pod, const std::string& container, int64_t start, LogReader& reader) {
  const Fd inotify(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  const std::string folder = cat(pod_log_dir(call.place, pod.metadata), "/", container);
  if (!inotify.is_open() || inotify_add_watch(inotify.get(), folder.c_str(), IN_MODIFY | IN_CREATE) < 0)
    return fail_errno(errno, cat("watch ", quoted(folder)));
  const std::string dir = pod_dir(call.place, pod.metadata.ns, pod.metadata.name);
  (void)inotify_add_watch(inotify.get(), dir.c_str(), IN_MOVED_TO | IN_DELETE_SELF);
  while (true) {
    // Asked before reading: what it wrote before its end is in the file by then.
    const bool is_running = is_still_running(call.place, pod, container, start);
    TRY(show_rest(reader));
    if (!is_running) return {};
    pollfd entry{inotify.get(), POLLIN, 0};
    (void)poll(&entry, 1, 1000);
    char events[4096];
    while (read(inotify.get(), events, sizeof events) > 0) {
    }
  }
}

}  // namespace

const std::span<const Option> kLogsOptions = kLogs;

Result<int> run_logs(const Call& call) {
  const auto& operands = call.arguments.operands;
  const Pod pod = TRY(find_pod(call.place, call.ns, TRY(parse_pod_name(operands[0]))));
  const std::string asked = operands.size() > 1 ? operands[1] : call.arguments.value("container");
  const std::string& container = TRY(choose_container(pod, asked))->name;
  const std::string tail_text = call.arguments.value("tail", "-1");
  const auto tail = parse_number<int64_t>(tail_text);
  if (!tail) return fail(cat("--tail: ", quoted(tail_text), " is not a number"));
  const int64_t start = TRY(choose_start(call, pod, container));
  LogReader reader = TRY(
      LogReader::open(log_path(call.place, pod.metadata, container, start), *tail, call.arguments.has("timestamps")));
  if (call.arguments.has("follow"))
    TRY(follow(call, pod, container, start, reader));
  else
    TRY(show_rest(reader));
  return 0;
}

}  // namespace kube
