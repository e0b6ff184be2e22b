// Bytes on their way from one descriptor to another, moved whenever both are ready.
#pragma once

#include <functional>
#include <string>

#include "base/loop.h"

namespace shim {

// Between two pipes the kernel passes the pages on (splice(2)); else a few are copied by way of the stack. Nothing is
// held here, except what a terminal or device would not take after all.
class Flow {
 public:
  // `ended` is called when no more will come: end of file, hang-up, or nobody takes it. `from` is closed by then, `to`
  // is the caller's to close.
  Flow(Loop& loop, std::function<void()> ended) : loop_(loop), ended_(std::move(ended)) {}
  Flow(const Flow&) = delete;
  ~Flow() { stop(); }

  // Both non-blocking. The loop is told of them by start().
  Fd from, to;

  Result<> start();
  // Moves what is there now and can be taken, at most what a pipe holds.
  void drain();
  // Moves nothing more, closes `from` and gives back `to`. `ended` is not called.
  Fd stop();
  bool is_open() const { return from.is_open(); }

 private:
  enum class Step { moved, source_is_empty, sink_is_full, ended };
  Step step();
  Step splice_pipes();
  Step copy();
  Step write_rest();
  void act(Step outcome);
  void forget();
  Result<> await(const Fd& fd, uint32_t event, bool& is_watched);

  Loop& loop_;
  std::function<void()> ended_;
  std::string rest_;  // read, but not taken yet
  bool is_spliced_ = false;
  bool is_file_ = false;  // or a device that is always ready: epoll knows none of these
  bool watches_from_ = false, watches_to_ = false;
};

}  // namespace shim
