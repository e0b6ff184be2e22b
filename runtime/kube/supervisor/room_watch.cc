#include "runtime/kube/supervisor/room_watch.h"

#include "base/inotify.h"
#include "runtime/kube/state/room.h"

namespace kube {
namespace {

constexpr int64_t kPeriod = 5000;  // milliseconds

}  // namespace

bool RoomWatch::start() {
  if (timer_ != 0) return false;
  plan_look();
  if (Result<Fd> watched = watch_room(place_)) {
    inotify_ = *std::move(watched);
    (void)loop_.watch(inotify_.get(), [this] { on_event(); });
  }
  return true;
}

void RoomWatch::stop() {
  if (timer_ != 0) loop_.cancel(timer_);
  timer_ = 0;
  if (!inotify_.is_open()) return;
  loop_.forget(inotify_.get());
  inotify_.reset();
}

void RoomWatch::plan_look() {
  timer_ = loop_.after(kPeriod, [this] {
    plan_look();
    on_room_();
  });
}

void RoomWatch::on_event() {
  drain_inotify(inotify_.get());
  on_room_();
}

}  // namespace kube
