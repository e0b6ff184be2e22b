#include "runtime/kube/supervisor/container_output.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace kube {

ContainerOutput::~ContainerOutput() {
  for (Stream* stream : {&output_, &errors_})
    if (stream->fd.is_open()) loop_.forget(stream->fd.get());
}

void ContainerOutput::watch(ContainerStreams streams, const Container& container) {
  output_.fd = std::move(streams.output);
  errors_.fd = std::move(streams.errors);
  if (container.tty)
    attachments_.set_terminal(output_.fd.get(), container.stdin);
  else
    attachments_.set_input(std::move(streams.input), container.stdin_once);
  watch(output_);
  watch(errors_);
}

void ContainerOutput::close() {
  close(output_);
  close(errors_);
  attachments_.end();
}

void ContainerOutput::take(Stream& stream, std::string_view bytes) {
  log_.write(stream.lines, bytes);
  attachments_.pass(stream.is_errors, bytes);
}

void ContainerOutput::watch(Stream& stream) {
  if (stream.fd.is_open()) (void)loop_.watch(stream.fd.get(), [this, &stream] { read(stream); });
}

// One piece a call, so that a container that writes without end does not keep the loop from its other work.
void ContainerOutput::read(Stream& stream) {
  char bytes[16 << 10];
  const ssize_t got = ::read(stream.fd.get(), bytes, sizeof bytes);
  if (got > 0) {
    take(stream, {bytes, static_cast<size_t>(got)});
    if (attachments_.is_full()) pause();
    return;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  // The end of a pipe; a terminal without a process gives EIO.
  finish(stream);
}

void ContainerOutput::finish(Stream& stream) {
  if (!stream.fd.is_open()) return;
  log_.finish(stream.lines);
  // Its number is soon another's.
  if (&stream == &output_) attachments_.forget_terminal();
  loop_.forget(stream.fd.get());
  stream.fd.reset();
}

// The container waits in its write, as it does for a terminal.
void ContainerOutput::pause() {
  is_paused_ = true;
  for (const Stream* stream : {&output_, &errors_})
    if (stream->fd.is_open()) loop_.forget(stream->fd.get());
}

void ContainerOutput::go_on() {
  if (!std::exchange(is_paused_, false)) return;
  watch(output_);
  watch(errors_);
}

// A stream may be held open by a process that was given it over a socket, so its end is not waited for.
void ContainerOutput::close(Stream& stream) {
  constexpr int kMostPieces = 64;  // more than a pipe holds
  for (int i = 0; i < kMostPieces && stream.fd.is_open(); i++) {
    char bytes[16 << 10];
    const ssize_t got = ::read(stream.fd.get(), bytes, sizeof bytes);
    if (got <= 0) break;
    take(stream, {bytes, static_cast<size_t>(got)});
  }
  finish(stream);
}

}  // namespace kube
