// Waiting for pods to change, without asking again and again.
#pragma once

#include <string>

#include "base/descriptor.h"
#include "base/result.h"
#include "runtime/kube/state/place.h"

namespace kube {

// Waits until something is to be read of an inotify(7) descriptor, and reads it all away; at most so many milliseconds
// (-1: for ever). False on time-out.
Result<bool> wait_for_events(int inotify, int milliseconds);

class PodWatch {
 public:
  // To be made before the pods are read for the first time, so that no change falls in between.
  static Result<PodWatch> create(const Place& place);

  // Waits until the record or the history of any pod has changed, or a pod has come or gone; at most so many
  // milliseconds
  // (-1: for ever). False on time-out. May also wake for nothing.
  Result<bool> wait(int milliseconds);

  // Readable when wait() would not wait.
  int fd() const { return inotify_.get(); }

 private:
  PodWatch(Fd fd, std::string pods) : inotify_(std::move(fd)), pods_(std::move(pods)) {}
  Result<> add_pods();

  Fd inotify_;
  std::string pods_;  // the folder of all
};

}  // namespace kube
