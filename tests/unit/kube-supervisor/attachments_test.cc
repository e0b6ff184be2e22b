// Clients that are attached to a container, and what is left of them when they go.
#include "runtime/kube/supervisor/attachments.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "runtime/kube/supervisor/container_output.h"
#include "tests/unit/few_descriptors.h"
#include "tests/unit/volumes/scratch.h"

using kube::Attachments;

namespace {

// What a client has been given, until "attached".
std::map<std::string, Fd> take_ends(const Fd& connection) {
  std::map<std::string, Fd> ends;
  while (true) {
    Received received = *receive_descriptor(connection.get(), 256);
    if (!received.fd.is_open()) return ends;
    ends[received.bytes] = std::move(received.fd);
  }
}

bool has_ended(const Fd& pipe) {
  pollfd reader{pipe.get(), POLLIN, 0};
  char byte;
  return poll(&reader, 1, 0) == 1 && read(pipe.get(), &byte, 1) == 0;
}

// A container's stdin, and one client with it and stdinOnce. Whoever writes to stdin is ours.
struct OnlyClient {
  Loop loop = *Loop::create();
  Attachments attachments{loop, [] {}};
  FdPair input = *pipe_pair(), sockets = *socket_pair(SOCK_SEQPACKET);
  std::map<std::string, Fd> ends;

  OnlyClient() {
    signal(SIGPIPE, SIG_IGN);  // as the supervisor does
    attachments.set_input(std::move(input.theirs), true);
    REQUIRE(attachments.add(sockets.theirs, true));
    ends = take_ends(sockets.ours);
    REQUIRE(ends.contains("output"));
    ends.erase("input");
    CHECK_FALSE(has_ended(input.ours));
  }
};

// A container's terminal that is none of its processes' any more, as ContainerOutput has seen.
struct LeftTerminal {
  Loop loop = *Loop::create();
  Scratch scratch;
  kube::ContainerOutput output{loop, *kube::LogWriter::open(scratch.at("log"))};
  FdPair sockets = *socket_pair(SOCK_SEQPACKET);

  explicit LeftTerminal(bool takes_input) {
    Fd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    REQUIRE(unlockpt(master.get()) == 0);
    Fd slave(open(ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    REQUIRE(slave.is_open());
    kube::Container container;
    container.tty = true;
    container.stdin = takes_input;
    output.watch({.output = std::move(master), .errors = {}, .input = {}}, container);
    slave.reset();
    REQUIRE(loop.turn());
  }
};

}  // namespace

TEST_CASE("attached: stdinOnce: the container's stdin ends with a client who takes nothing any more") {
  OnlyClient client;
  client.ends.clear();
  client.attachments.pass(false, "nobody reads this");
  CHECK(has_ended(client.input.ours));
}

TEST_CASE("attached: stdinOnce: the container's stdin ends with a client who has lost patience's worth of output") {
  OnlyClient client;
  client.attachments.pass(false, std::string(1 << 20, 'x'));
  CHECK(client.attachments.is_full());
  const int64_t begun = monotonic_ms();
  while (client.attachments.is_full() && monotonic_ms() < begun + 10 * Attachments::kPatience)
    REQUIRE(client.loop.turn());
  CHECK(receive_descriptor(client.sockets.ours.get(), 256)->bytes == "lost");
  CHECK(has_ended(client.input.ours));
}

TEST_CASE("attached: who cannot be let in is the caller's still, who can say why") {
  Loop loop = *Loop::create();
  Attachments attachments(loop, [] {});
  FdPair sockets = *socket_pair(SOCK_SEQPACKET);
  {
    const FewDescriptors few(1);  // a pipe has two
    const Result<> added = attachments.add(sockets.theirs, false);
    REQUIRE_FALSE(added);
    CHECK(added.error().err == EMFILE);
  }
  REQUIRE(sockets.theirs.is_open());
  attachments.pass(false, "not for him");
  CHECK(send(sockets.theirs.get(), "why", 3, MSG_NOSIGNAL) == 3);
  CHECK(receive_descriptor(sockets.ours.get(), 256)->bytes == "why");
}

TEST_CASE("attached: a terminal that no process has is not given out, nor whatever has its number now") {
  LeftTerminal left(false);
  const Result<> added = left.output.attach(left.sockets.theirs, false);
  REQUIRE_MESSAGE(added, added.error().text());
  const auto ends = take_ends(left.sockets.ours);
  CHECK(ends.contains("output"));
  CHECK_FALSE(ends.contains("terminal"));
}

TEST_CASE("attached: who wants to type into a terminal that no process has hears so") {
  LeftTerminal left(true);
  const Result<> added = left.output.attach(left.sockets.theirs, true);
  REQUIRE_FALSE(added);
  CHECK(added.error().message == "the container's terminal is closed");
}
