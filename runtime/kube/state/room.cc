#include "runtime/kube/state/room.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/inotify.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/text.h"

namespace kube {
namespace {

std::string path_in(const Place& place) {
  return cat(place.root, "/room");
}

Result<Fd> open_room(const Place& place) {
  TRY(make_directories(place.root, 0755));
  Fd file(open(path_in(place).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.is_open()) return fail_errno(errno, cat("open ", quoted(path_in(place))));
  return file;
}

}  // namespace

Result<Fd> lock_room(const Place& place) {
  Fd file = TRY(open_room(place));
  TRY(lock_descriptor(file.get(), path_in(place)));
  return file;
}

void announce_room(const Place& place) {
  if (const Result<Fd> file = open_room(place)) futimens(file->get(), nullptr);
}

Result<Fd> watch_room(const Place& place) {
  TRY(open_room(place));
  Fd inotify = TRY(open_inotify());
  if (inotify_add_watch(inotify.get(), path_in(place).c_str(), IN_ATTRIB) < 0)
    return fail_errno(errno, cat("watch ", quoted(path_in(place))));
  return inotify;
}

}  // namespace kube
