#include "base/inotify.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>

Result<Fd> open_inotify() {
  Fd inotify(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify.is_open()) return fail_errno(errno, "inotify_init1");
  return inotify;
}

void drain_inotify(int inotify) {
  alignas(inotify_event) char events[4096];
  while (read(inotify, events, sizeof events) > 0) continue;
}
