// What a running container writes, on its way to the log.
#pragma once

#include "base/loop.h"
#include "runtime/kube/supervisor/log_writer.h"

namespace kube {

class ContainerOutput {
 public:
  ContainerOutput(Loop& loop, LogWriter log) : loop_(loop), log_(std::move(log)) {}
  ContainerOutput(const ContainerOutput&) = delete;
  ~ContainerOutput();

  // Reads the descriptors, which are non-blocking; a closed one is passed over.
  void watch(Fd output, Fd errors);
  // Takes what is left in the streams of a container that has ended, and closes them.
  void close();

 private:
  struct Stream {
    LineSplitter lines;
    Fd fd = {};
  };
  void watch(Stream& stream);
  void read(Stream& stream);
  void close(Stream& stream);

  Loop& loop_;
  LogWriter log_;
  Stream output_{LineSplitter("stdout")}, errors_{LineSplitter("stderr")};
};

}  // namespace kube
