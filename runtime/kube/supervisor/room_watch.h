// Waits for room on the node.
#pragma once

#include <functional>

#include "base/descriptor.h"
#include "base/loop.h"
#include "runtime/kube/state/place.h"

namespace kube {

class RoomWatch {
 public:
  // `on_room` is called, while we wait, when somebody has left room, and every few seconds in case that one was killed
  // before saying so.
  RoomWatch(Loop& loop, const Place& place, std::function<void()> on_room)
      : loop_(loop), place_(place), on_room_(std::move(on_room)) {}
  RoomWatch(const RoomWatch&) = delete;
  ~RoomWatch() { stop(); }

  // To be called when a look has found no room. True when the wait begins only now: what was left since that look has
  // told us nothing, so another look is due. To take the watch away costs milliseconds (the kernel waits for its
  // readers, fsnotify_destroy_group()): who finds room at once should not have one.
  bool start();
  void stop();

 private:
  void on_event();
  void plan_look();

  Loop& loop_;
  const Place& place_;
  std::function<void()> on_room_;
  Fd inotify_;
  Loop::TimerId timer_ = 0;
};

}  // namespace kube
