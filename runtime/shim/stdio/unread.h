// The end of an output fifo that nobody reads at the moment.
#pragma once

#include "base/loop.h"

namespace shim {

// What a fifo holds is gone with its last descriptor. When a process ends while containerd restarts, its last words
// would be lost; so they are held until somebody opens the fifo, who then reads them and the end of file.
class Unread {
 public:
  explicit Unread(Loop& loop) : loop_(loop) {}
  Unread(const Unread&) = delete;
  ~Unread() { let_go(); }

  // Takes over what open_output() gave. Closes it at once when it is no fifo, is empty or has another reader.
  void keep(Fd fifo);

 private:
  void look();
  void let_go();

  Loop& loop_;
  Fd writer_, opens_;  // `opens_`: tells of each open (inotify(7))
};

}  // namespace shim
