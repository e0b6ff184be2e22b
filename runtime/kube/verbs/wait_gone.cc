#include "runtime/kube/verbs/wait_gone.h"

#include <sys/inotify.h>

#include <algorithm>
#include <cerrno>

#include "base/descriptor.h"
#include "base/inotify.h"
#include "base/loop.h"
#include "base/text.h"
#include "runtime/kube/state/lookup.h"
#include "runtime/kube/state/objects.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/verbs/watch.h"

namespace kube {
namespace {

// The folder is not there any more: nor is what was in it.
Result<Fd> watch_folder(const std::string& folder) {
  Fd inotify = TRY(open_inotify());
  if (inotify_add_watch(inotify.get(), folder.c_str(), IN_DELETE | IN_DELETE_SELF) < 0 && errno != ENOENT)
    return fail_errno(errno, cat("watch ", quoted(folder)));
  return inotify;
}

std::string folder_of(const Place& place, const KindNames& kind, const std::string& ns) {
  return &kind == &KindOf<PersistentVolume>::names ? objects_dir<PersistentVolume>(place, "")
                                                   : objects_dir<PersistentVolumeClaim>(place, ns);
}

}  // namespace

Result<bool> wait_until_gone(const Place& place, const KindNames& kind, const std::string& ns, const std::string& name,
                             int milliseconds) {
  const Fd inotify = TRY(watch_folder(folder_of(place, kind, ns)));
  const int64_t end = monotonic_ms() + milliseconds;
  while (true) {
    const Result<Object> object = find_object(place, kind, ns, name);
    if (!object && is_not_found(object.error())) return true;
    if (!object) return std::unexpected(object.error());
    const int64_t left = milliseconds < 0 ? -1 : std::max<int64_t>(end - monotonic_ms(), 0);
    if (left == 0) return false;
    TRY(wait_for_events(inotify.get(), static_cast<int>(left)));
  }
}

}  // namespace kube
