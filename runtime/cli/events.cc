// events: what a container uses, now and then or once, and when the kernel kills in it for want of memory.
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "base/duration.h"
#include "base/file.h"
#include "base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/oci/events_view.h"

namespace cli {
namespace {

constexpr Option kEvents[] = {
    {"interval", 0, "TIME", "how often what it uses is shown, such as 500ms or 1m30s (default: 5s)"},
    {"stats", 0, "", "show once what it uses, and exit"},
};

int64_t now_milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

Result<> print_stats(const Call& call, const std::string& id) {
  const auto metrics = TRY(lifecycle::read_metrics(call.globals.root, id));
  return write_all(STDOUT_FILENO, oci::stats_event(id, metrics));
}

// Until the container's last process has gone.
Result<> stream(const Call& call, const std::string& id, int64_t interval) {
  auto watch = TRY(lifecycle::watch(call.globals.root, id));
  int64_t next = now_milliseconds() + interval;
  for (;;) {
    const int64_t left = std::max<int64_t>(next - now_milliseconds(), 0);
    const auto news = TRY(watch.wait(static_cast<int>(left)));
    if (news.oom_kills > 0) TRY(write_all(STDOUT_FILENO, oci::oom_event(id)));
    if (news.is_empty) return {};
    if (now_milliseconds() < next) continue;
    // It may have ended in this very moment, which the watch tells next.
    if (const auto metrics = lifecycle::read_metrics(call.globals.root, id))
      TRY(write_all(STDOUT_FILENO, oci::stats_event(id, *metrics)));
    next += interval;
  }
}

}  // namespace

constinit const std::span<const Option> kEventsOptions = kEvents;

Result<int> run_events(const Call& call) {
  const std::string& id = call.arguments.operands[0];
  const int64_t interval = TRY_IN("--interval", parse_duration(call.arguments.value("interval", "5s")));
  if (interval <= 0) return fail("--interval: must be more than 0");
  if (call.arguments.has("stats"))
    TRY(print_stats(call, id));
  else
    TRY(stream(call, id, interval));
  return 0;
}

}  // namespace cli
