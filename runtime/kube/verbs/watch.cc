#include "runtime/kube/verbs/watch.h"

#include <poll.h>
#include <sys/inotify.h>

#include <cerrno>

#include "base/inotify.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/state/folder.h"

namespace kube {

Result<bool> wait_for_events(int inotify, int milliseconds) {
  pollfd entry{inotify, POLLIN, 0};
  const int ready = poll(&entry, 1, milliseconds);
  if (ready < 0 && errno != EINTR) return fail_errno(errno, "poll");
  if (ready <= 0) return false;
  drain_inotify(inotify);
  return true;
}

Result<PodWatch> PodWatch::create(const Place& place) {
  Fd fd = TRY(open_inotify());
  TRY(make_directories(pods_dir(place), 0700));
  PodWatch watch(std::move(fd), pods_dir(place));
  TRY(watch.add_pods());
  return watch;
}

// A folder that is watched already stays as it is (inotify_add_watch(2)).
Result<> PodWatch::add_pods() {
  if (inotify_add_watch(inotify_.get(), pods_.c_str(), IN_CREATE | IN_DELETE | IN_MOVED_TO) < 0)
    return fail_errno(errno, cat("watch ", quoted(pods_)));
  // Records are replaced: a new file moves to the name of the old one. A pod that has gone meanwhile is no error.
  for (const std::string& key : TRY(list_names(pods_)))
    (void)inotify_add_watch(inotify_.get(), cat(pods_, "/", key).c_str(), IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF);
  return {};
}

Result<bool> PodWatch::wait(int milliseconds) {
  if (!TRY(wait_for_events(inotify_.get(), milliseconds))) return false;
  TRY(add_pods());
  return true;
}

}  // namespace kube
