#include "runtime/kube/supervisor/container_output.h"

#include <unistd.h>

#include <cerrno>

namespace kube {

ContainerOutput::~ContainerOutput() {
  for (Stream* stream : {&output_, &errors_})
    if (stream->fd.is_open()) loop_.forget(stream->fd.get());
}

void ContainerOutput::watch(Fd output, Fd errors) {
  output_.fd = std::move(output);
  errors_.fd = std::move(errors);
  watch(output_);
  watch(errors_);
}

void ContainerOutput::close() {
  close(output_);
  close(errors_);
}

void ContainerOutput::watch(Stream& stream) {
  if (stream.fd.is_open()) (void)loop_.watch(stream.fd.get(), [this, &stream] { read(stream); });
}

// One piece a call, so that a container that writes without end does not keep the loop from its other work.
void ContainerOutput::read(Stream& stream) {
  char bytes[16 << 10];
  const ssize_t got = ::read(stream.fd.get(), bytes, sizeof bytes);
  if (got > 0) return log_.write(stream.lines, {bytes, static_cast<size_t>(got)});
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  // The end of a pipe; a terminal without a process gives EIO.
  loop_.forget(stream.fd.get());
  stream.fd.reset();
  log_.finish(stream.lines);
}

// A stream may be held open by a process that was given it over a socket, so its end is not waited for.
void ContainerOutput::close(Stream& stream) {
  constexpr int kMostPieces = 64;  // more than a pipe holds
  for (int i = 0; i < kMostPieces && stream.fd.is_open(); i++) {
    char bytes[16 << 10];
    const ssize_t got = ::read(stream.fd.get(), bytes, sizeof bytes);
    if (got <= 0) break;
    log_.write(stream.lines, {bytes, static_cast<size_t>(got)});
  }
  if (!stream.fd.is_open()) return;
  log_.finish(stream.lines);
  loop_.forget(stream.fd.get());
  stream.fd.reset();
}

}  // namespace kube
