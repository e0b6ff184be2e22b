// What all kinds of handlers have: a time by which they must be done, and one end.
#pragma once

#include "runtime/kube/probes/handler.h"

namespace kube {

using HandlerDone = std::function<void(HandlerResult)>;

class Attempt : public HandlerRun {
 public:
  Attempt(Loop& loop, int64_t timeout, HandlerDone done);
  Attempt(const Attempt&) = delete;
  ~Attempt() override;

 protected:
  using Outcome = HandlerResult::Outcome;

  // The time is over. Ends with finish().
  virtual void on_timeout() = 0;
  // Lets go of descriptors and processes. Called once by whatever ends it; again must do no harm.
  virtual void give_up() = 0;

  // Sets the result; `done` is called from the loop's next turn. A second result is dropped.
  void finish(HandlerResult result);
  void finish(Outcome outcome, std::string message) { finish({.outcome = outcome, .message = std::move(message)}); }
  bool is_finished() const { return is_finished_; }
  Loop& loop() { return loop_; }
  int64_t timeout() const { return timeout_; }

 private:
  Loop& loop_;
  int64_t timeout_;
  HandlerDone done_;
  HandlerResult result_;
  bool is_finished_ = false;
  Loop::TimerId timer_ = 0;  // the end of the time, then the call of `done`
};

// "1s": as Go prints a duration of so many milliseconds, below a minute.
std::string print_timeout(int64_t milliseconds);

}  // namespace kube
