#include "runtime/kube/supervisor/object_watch.h"

#include <sys/inotify.h>

#include <algorithm>
#include <cerrno>

#include "base/inotify.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/sandbox/content_volumes.h"
#include "runtime/kube/state/objects.h"

namespace kube {
namespace {

// Milliseconds in which several changes of one `apply` come together.
constexpr int64_t kGather = 20;

template <class T>
Result<> watch(int inotify, const Place& place, const std::string& ns) {
  const std::string dir = objects_dir<T>(place, ns);
  TRY(make_directories(dir, 0700));
  if (inotify_add_watch(inotify, dir.c_str(), IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE | IN_ONLYDIR) < 0)
    return fail_errno(errno, cat("watch ", quoted(dir)));
  return {};
}

}  // namespace

Result<> ObjectWatch::start(Loop& loop, const Place& place, const Pod& pod, std::function<void()> on_change) {
  if (inotify_.is_open() || std::ranges::none_of(pod.spec.volumes, is_content_volume)) return {};
  Fd inotify = TRY(open_inotify());
  TRY(watch<ConfigMap>(inotify.get(), place, pod.metadata.ns));
  TRY(watch<Secret>(inotify.get(), place, pod.metadata.ns));
  TRY(watch<ServiceAccount>(inotify.get(), place, pod.metadata.ns));
  TRY(loop.watch(inotify.get(), [this, &loop] { on_event(loop); }));
  inotify_ = std::move(inotify);
  on_change_ = std::move(on_change);
  return {};
}

// What has changed does not matter: volumes whose files are the same are not touched.
void ObjectWatch::on_event(Loop& loop) {
  drain_inotify(inotify_.get());
  if (is_due_) return;
  is_due_ = true;
  loop.after(kGather, [this] {
    is_due_ = false;
    on_change_();
  });
}

}  // namespace kube
