// What a running container writes, on its way to the log, and to those who are attached to it.
#pragma once

#include "base/loop.h"
#include "runtime/kube/api/pod.h"
#include "runtime/kube/supervisor/attachments.h"
#include "runtime/kube/supervisor/log_writer.h"
#include "runtime/kube/supervisor/starter.h"

namespace kube {

class ContainerOutput {
 public:
  ContainerOutput(Loop& loop, LogWriter log)
      : loop_(loop), log_(std::move(log)), attachments_(loop, [this] { go_on(); }) {}
  ContainerOutput(const ContainerOutput&) = delete;
  ~ContainerOutput();

  // Reads the streams from now on; one that is not open is passed over.
  void watch(ContainerStreams streams, const Container& container);
  // Takes what is left in the streams of a container that has ended, and closes them.
  void close();

  // See Attachments::add().
  Result<> attach(Fd& connection, bool wants_input) { return attachments_.add(connection, wants_input); }

 private:
  struct Stream {
    LineSplitter lines;
    bool is_errors = false;
    Fd fd = {};
  };
  void watch(Stream& stream);
  void read(Stream& stream);
  void take(Stream& stream, std::string_view bytes);
  void pause();
  void go_on();
  void close(Stream& stream);
  void finish(Stream& stream);

  Loop& loop_;
  LogWriter log_;
  Attachments attachments_;
  Stream output_{LineSplitter("stdout")}, errors_{LineSplitter("stderr"), true};
  bool is_paused_ = false;
};

}  // namespace kube
