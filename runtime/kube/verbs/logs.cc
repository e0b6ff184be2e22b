// logs.
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/inotify.h"
#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/state/folder.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/supervisor/log_writer.h"
#include "runtime/kube/verbs/choose.h"
#include "runtime/kube/verbs/duration.h"
#include "runtime/kube/verbs/log_reader.h"
#include "runtime/kube/verbs/resource.h"
#include "runtime/kube/verbs/verb.h"
#include "runtime/kube/verbs/watch.h"

namespace kube {
namespace {

constexpr Option kLogs[] = {{"follow", 'f', "", "go on until the container ends"},
                            {"container", 'c', "NAME", "of this container"},
                            {"all-containers", 0, "", "of all containers of the pod"},
                            {"previous", 'p', "", "of the start before the present one"},
                            {"tail", 0, "N", "only the last N lines"},
                            {"since", 0, "DURATION", "only lines that are not older: 90s, 2h"},
                            {"since-time", 0, "TIME", "only lines that are not older: 2026-11-22T22:52:02Z"},
                            {"prefix", 0, "", "each line with its pod and container"},
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

// One container's log that is shown.
struct Source {
  std::string container;
  int64_t start;
  LogReader reader;
};

// Whether one of the containers goes on, in the start whose log it is.
bool are_running(const Place& place, const Pod& pod, const std::vector<Source>& sources) {
  const Result<Pod> present = find_pod(place, pod.metadata.ns, pod.metadata.name);
  if (!present || present->metadata.uid != pod.metadata.uid || is_lost(*present)) return false;
  return std::ranges::any_of(sources, [&](const Source& source) {
    const ContainerStatus* status = find_status(present->status, source.container);
    return status && status->state.running && status->restart_count == source.start;
  });
}

// Woken by the logs themselves; looks once a second whether the containers still run.
Result<> follow(const Call& call, const Pod& pod, std::vector<Source>& sources) {
  const Fd inotify = TRY(open_inotify());
  for (const Source& source : sources) {
    const std::string folder = cat(pod_log_dir(call.place, pod.metadata), "/", source.container);
    if (inotify_add_watch(inotify.get(), folder.c_str(), IN_MODIFY | IN_CREATE) < 0)
      return fail_errno(errno, cat("watch ", quoted(folder)));
  }
  const std::string dir = pod_dir(call.place, pod.metadata.ns, pod.metadata.name);
  (void)inotify_add_watch(inotify.get(), dir.c_str(), IN_MOVED_TO | IN_DELETE_SELF);
  while (true) {
    // Asked before reading: what it wrote before its end is in the file by then.
    const bool is_running = are_running(call.place, pod, sources);
    for (Source& source : sources) TRY(show_rest(source.reader));
    if (!is_running) return {};
    TRY(wait_for_events(inotify.get(), 1000));
  }
}

// The time of --since or --since-time as log lines have theirs.
Result<std::string> parse_since(const Arguments& arguments) {
  const std::string age = arguments.value("since"), time = arguments.value("since-time");
  if (!age.empty() && !time.empty()) return fail("at most one of `--since` or `--since-time` may be specified");
  if (!time.empty()) {
    const std::optional<Time> parsed = parse_time(time);
    if (!parsed) return fail(cat("--since-time: ", quoted(time), " is not a time of RFC 3339"));
    return print_log_time({.tv_sec = parsed->seconds, .tv_nsec = 0});
  }
  if (age.empty()) return std::string();
  const int64_t milliseconds = TRY_IN("--since", parse_duration(age));
  timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  const int64_t nanoseconds = at.tv_sec * 1'000'000'000 + at.tv_nsec - milliseconds * 1'000'000;
  return print_log_time({.tv_sec = nanoseconds / 1'000'000'000, .tv_nsec = nanoseconds % 1'000'000'000});
}

Result<LogView> parse_view(const Arguments& arguments) {
  LogView view;
  const std::string tail = arguments.value("tail", "-1");
  const auto lines = parse_number<int64_t>(tail);
  if (!lines) return fail(cat("--tail: ", quoted(tail), " is not a number"));
  view.tail = *lines;
  view.since = TRY(parse_since(arguments));
  view.timestamps = arguments.has("timestamps");
  return view;
}

// In the pod's order.
Result<std::vector<std::string>> choose_containers(const Call& call, const Pod& pod) {
  const auto& operands = call.arguments.operands;
  const std::string asked = operands.size() > 1 ? operands[1] : call.arguments.value("container");
  std::vector<std::string> names;
  if (!call.arguments.has("all-containers")) {
    names.push_back(TRY(choose_container(pod, asked))->name);
    return names;
  }
  if (!asked.empty()) return fail("--all-containers=true should not be specified with container name");
  for (const Container* container : all_containers(pod.spec)) names.push_back(container->name);
  return names;
}

}  // namespace

const std::span<const Option> kLogsOptions = kLogs;

Result<int> run_logs(const Call& call) {
  const Pod pod = TRY(find_pod(call.place, call.ns, TRY(parse_pod_name(call.arguments.operands[0]))));
  LogView view = TRY(parse_view(call.arguments));
  std::vector<Source> sources;
  for (const std::string& container : TRY(choose_containers(call, pod))) {
    const int64_t start = TRY(choose_start(call, pod, container));
    if (call.arguments.has("prefix")) view.prefix = cat("[pod/", pod.metadata.name, "/", container, "] ");
    LogReader reader = TRY(LogReader::open(log_path(call.place, pod.metadata, container, start), view));
    sources.push_back({container, start, std::move(reader)});
  }
  if (call.arguments.has("follow")) {
    TRY(follow(call, pod, sources));
    return 0;
  }
  for (Source& source : sources) TRY(show_rest(source.reader));
  return 0;
}

}  // namespace kube
