#include "runtime/shim/ttrpc/server.h"

#include <doctest/doctest.h>
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/socket.h"
#include "runtime/shim/ttrpc/connection.h"
#include "tests/unit/shim-ttrpc/peer.h"

using namespace shim;
using wire::Code;

namespace {

Code code_of(const wire::Response& answer) {
  return answer.status ? answer.status->code : Code::ok;
}

// Bytes that are allocated; 0 with the address sanitizer.
size_t allocated() {
  return mallinfo2().uordblks;
}

}  // namespace

TEST_CASE("server: answers leave in any order") {
  Scene scene;
  Peer peer(scene.loop, scene.path);
  peer.request(1, "wait");
  peer.request(3, "wait");
  peer.request(5, "echo", "now");
  CHECK(peer.answer(5).payload == "now");
  scene.waiting[1].answer("second");
  CHECK(peer.answer(3).payload == "second");
  scene.waiting[0].answer("first");
  scene.waiting[0].answer("first, again");  // of no effect
  const auto first = peer.answer(1);
  CHECK(first.payload == "first");
  CHECK(first.status.has_value());  // as Go's server
  peer.request(7, "refuse", "no such thing");
  CHECK(peer.answer(7).status->message == "no such thing");
  peer.read();
  CHECK(peer.answers.empty());
}

TEST_CASE("server: a call that nobody answers is unavailable") {
  Scene scene;
  Peer peer(scene.loop, scene.path);
  peer.request(1, "forget");
  CHECK(code_of(peer.answer(1)) == Code::unavailable);
  peer.request(3, "wait");
  peer.request(5, "wait");
  REQUIRE(until(scene.loop, [&] { return scene.waiting.size() == 2; }));
  scene.waiting[0] = std::move(scene.waiting[1]);
  CHECK(code_of(peer.answer(3)) == Code::unavailable);
  scene.waiting[0].answer("moved");
  CHECK(peer.answer(5).payload == "moved");
}

TEST_CASE("server: a frame that comes byte by byte") {
  Scene scene;
  Peer peer(scene.loop, scene.path);
  for (const char c : request_frame(1, "echo", "slow")) peer.send({&c, 1});
  CHECK(peer.answer(1).payload == "slow");
}

TEST_CASE("server: a message of 4 MiB is served; a larger one is refused, and the client goes on") {
  Scene scene;
  Peer peer(scene.loop, scene.path);
  // Within: field headers of 13 bytes, and the answer's are shorter.
  const std::string most(ttrpc::kMaxPayload - 14, 'x');
  CHECK(request_frame(1, "echo", most).size() == ttrpc::kHeaderSize + ttrpc::kMaxPayload);
  peer.request(1, "echo", most);
  CHECK(peer.answer(1).payload == most);
  peer.request(3, "echo", most + "x");
  peer.request(5, "echo", "small");
  const auto refused = peer.answer(3);
  CHECK(code_of(refused) == Code::resource_exhausted);
  CHECK(refused.status->message == "message length 4194305 exceed maximum message size of 4194304");
  CHECK(peer.answer(5).payload == "small");
}

TEST_CASE("server: an answer of more than 4 MiB is an error, which clients would not read") {
  Scene scene;
  Peer peer(scene.loop, scene.path);
  peer.request(1, "wait");
  REQUIRE(until(scene.loop, [&] { return scene.waiting.size() == 1; }));
  scene.waiting[0].answer(std::string(ttrpc::kMaxPayload, 'x'));
  CHECK(code_of(peer.answer(1)) == Code::resource_exhausted);
}

TEST_CASE("server: garbage is cut off, others are served") {
  Scene scene;
  Peer good(scene.loop, scene.path), bad(scene.loop, scene.path);
  bad.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(bad.is_cut());
  good.request(1, "echo", "well");
  CHECK(good.answer(1).payload == "well");
}

TEST_CASE("server: what containerd's own server refuses") {
  Scene scene;
  Peer peer(scene.loop, scene.path);
  peer.request(5, "echo");
  CHECK(code_of(peer.answer(5)) == Code::ok);
  peer.request(6, "echo");
  CHECK(peer.answer(6).status->message == "StreamID must be odd for client initiated streams");
  peer.request(5, "echo");
  CHECK(peer.answer(5).status->message == "StreamID cannot be re-used and must increment");
  peer.request(3, "echo");
  CHECK(code_of(peer.answer(3)) == Code::invalid_argument);
  peer.send(print_frame(ttrpc::FrameType::data, 7, "x"));
  CHECK(peer.answer(7).status->message == "StreamID is no longer active");
  peer.send(print_frame(ttrpc::FrameType::request, 9, "\xff"));
  CHECK(peer.answer(9).status->message.starts_with("unmarshal request error: malformed message: "));
  for (const uint8_t flags : {ttrpc::kRemoteClosed, ttrpc::kRemoteOpen}) {
    const uint32_t stream = 11 + 2 * flags;
    std::string frame = request_frame(stream, "echo");
    frame[9] = static_cast<char>(flags);
    peer.send(frame);
    CHECK(code_of(peer.answer(stream)) == Code::unimplemented);
  }
  CHECK(scene.calls == 1);
}

TEST_CASE("server: frames of other types are passed over") {
  Scene scene;
  Peer peer(scene.loop, scene.path);
  for (const int type : {0, 2, 4, 255}) peer.send(print_frame(ttrpc::FrameType(type), 2, "later"));
  peer.request(1, "echo", "x");
  CHECK(peer.answer(1).payload == "x");
  CHECK(peer.answers.empty());
}

TEST_CASE("server: ten thousand calls wait in few bytes each, and hold up nobody") {
  Scene scene;
  Peer patient(scene.loop, scene.path), other(scene.loop, scene.path);
  patient.request(1, "echo");
  patient.answer(1);
  const size_t before = allocated();
  for (uint32_t i = 0; i < 10'000; i++) patient.request(3 + 2 * i, "wait", std::string(64, 'i'));
  REQUIRE(until(scene.loop, [&] { return scene.waiting.size() == 10'000; }));
  const size_t each = (allocated() - before) / 10'000;
  MESSAGE("bytes for each call that waits: ", each);
  CHECK(each < 64);  // 24, in a vector that may be twice as large
  other.request(1, "echo", "quick");
  CHECK(other.answer(1).payload == "quick");
  for (auto& reply : scene.waiting) reply.answer("done");
  CHECK(patient.answer(3 + 2 * 9999).payload == "done");
  CHECK(patient.answers.size() == 9999);
}

TEST_CASE("server: no more than a hundred thousand calls of a client wait") {
  Scene scene;
  Peer peer(scene.loop, scene.path);
  std::string frames;
  for (uint32_t i = 0; i < ttrpc::kMaxOpenCalls; i++) frames += request_frame(1 + 2 * i, "wait");
  peer.send(frames);
  const uint32_t next = 1 + 2 * ttrpc::kMaxOpenCalls;
  peer.request(next, "wait");
  CHECK(code_of(peer.answer(next)) == Code::resource_exhausted);
  scene.waiting.pop_back();
  peer.request(next + 2, "echo", "again");
  CHECK(peer.answer(next + 2).payload == "again");
}

TEST_CASE("server: an idle connection is a few hundred bytes, whatever went over it") {
  Scene scene;
  const size_t before = allocated();
  std::vector<std::unique_ptr<Peer>> peers;
  size_t clients = 0;
  for (int i = 0; i < 100; i++) {
    const size_t at = allocated();
    peers.push_back(std::make_unique<Peer>(scene.loop, scene.path));
    clients += allocated() - at;
    peers.back()->request(1, "echo", std::string(i == 0 ? 1 << 20 : 100, 'x'));
    CHECK(code_of(peers.back()->answer(1)) == Code::ok);
  }
  const size_t each = (allocated() - before - clients) / 100;
  MESSAGE("bytes for each idle connection: ", each);
  CHECK(each < 600);
}

TEST_CASE("server: a client that does not read is not read from, and cut off when answers pile up") {
  Scene scene;
  Peer deaf(scene.loop, scene.path), other(scene.loop, scene.path);
  for (uint32_t i = 0; i < 10; i++) deaf.request(1 + 2 * i, "wait");
  REQUIRE(until(scene.loop, [&] { return scene.waiting.size() == 10; }));
  const std::string megabyte(1 << 20, 'x');
  scene.waiting[0].answer(megabyte);
  deaf.send(request_frame(21, "echo"));
  other.request(1, "echo", "here");
  CHECK(other.answer(1).payload == "here");
  CHECK(scene.calls == 11);  // not the one of stream 21
  for (auto& reply : scene.waiting) reply.answer(megabyte);
  CHECK(deaf.is_cut());
  other.request(3, "echo", "still here");
  CHECK(other.answer(3).payload == "still here");
}

TEST_CASE("server: a client that reads late gets all of it") {
  Scene scene;
  Peer late(scene.loop, scene.path);
  late.request(1, "wait");
  late.request(3, "wait");
  REQUIRE(until(scene.loop, [&] { return scene.waiting.size() == 2; }));
  const std::string megabyte(1 << 20, 'x');
  for (auto& reply : scene.waiting) reply.answer(megabyte);
  late.send(request_frame(5, "echo", "after"));
  CHECK(late.answer(5).payload == "after");
  CHECK(late.answers[1].payload == megabyte);
  CHECK(late.answers[3].payload == megabyte);
}

TEST_CASE("server: one client that never pauses leaves the others their turns") {
  Scene scene;
  Peer greedy(scene.loop, scene.path), modest(scene.loop, scene.path);
  greedy.request(1, "echo");
  greedy.answer(1);
  std::string flood;
  for (uint32_t i = 1; i < 2000; i++) flood += request_frame(1 + 2 * i, "forget");
  REQUIRE(send(greedy.fd.get(), flood.data(), flood.size(), 0) > 40'000);
  modest.request(1, "echo", "me");
  scene.calls = 0;
  CHECK(modest.answer(1).payload == "me");
  CHECK(scene.calls < 1000);
}

TEST_CASE("server: an answer to a client that has gone is dropped") {
  Scene scene;
  {
    Peer peer(scene.loop, scene.path);
    peer.request(1, "wait");
    peer.request(3, "wait");
    REQUIRE(until(scene.loop, [&] { return scene.waiting.size() == 2; }));
  }
  scene.waiting[0].answer("EPIPE");  // the server does not know yet
  Peer other(scene.loop, scene.path);
  other.request(1, "echo", "x");
  CHECK(other.answer(1).payload == "x");
  scene.waiting[1].answer("nobody");
  scene.server.reset();
  scene.waiting.clear();
}

TEST_CASE("server: without a descriptor left for a client it waits, and turns no circles") {
  static int warnings;
  warnings = 0;
  Scene scene;
  Peer peer(scene.loop, scene.path);
  rlimit limit;
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlimit none{.rlim_cur = 3, .rlim_max = limit.rlim_max};
  set_log_sink([](std::string_view, std::string_view) { warnings++; });
  setrlimit(RLIMIT_NOFILE, &none);
  until(scene.loop, [end = monotonic_ms() + 100] { return monotonic_ms() > end; });
  setrlimit(RLIMIT_NOFILE, &limit);
  set_log_sink(nullptr);
  CHECK(warnings == 1);
  peer.request(1, "echo", "late");
  CHECK(peer.answer(1).payload == "late");
}

// @withstands CVE-2020-15257
TEST_CASE("server: another user is turned away") {
  if (geteuid() != 0) return;
  Scene scene;
  chmod(scene.folder.path.c_str(), 0755);
  chmod(scene.path.c_str(), 0666);
  const pid_t pid = fork();
  if (pid == 0) {
    if (setresuid(65534, 65534, 65534) < 0) _exit(2);
    auto fd = connect_local(scene.path);
    if (!fd) _exit(3);
    const std::string frame = request_frame(1, "echo");
    (void)::send(fd->get(), frame.data(), frame.size(), MSG_NOSIGNAL);
    char byte;
    _exit(recv(fd->get(), &byte, 1, 0) > 0 ? 4 : 0);
  }
  int status = -1;
  CHECK(until(scene.loop, [&] { return waitpid(pid, &status, WNOHANG) == pid; }));
  CHECK(status == 0);
  CHECK(scene.calls == 0);
}

TEST_CASE("server: it closes when the last answer is sent, or after a second") {
  Scene scene;
  Peer reader(scene.loop, scene.path), deaf(scene.loop, scene.path), idle(scene.loop, scene.path);
  reader.request(1, "wait");
  deaf.request(1, "wait");
  idle.request(1, "echo");
  REQUIRE(until(scene.loop, [&] { return scene.waiting.size() == 2; }));
  const std::string megabytes(3 << 20, 'x');
  for (auto& reply : scene.waiting) reply.answer(megabytes);
  bool is_closed = false;
  const int64_t begin = monotonic_ms();
  scene.server->close_when_flushed([&] { is_closed = true; });
  CHECK(!is_closed);
  CHECK(!connect_local(scene.path));
  CHECK(idle.is_cut());
  CHECK(reader.answer(1).payload == megabytes);
  CHECK(reader.is_cut());
  CHECK(!is_closed);
  SUBCASE("a client never reads") {
    CHECK(until(scene.loop, [&] { return is_closed; }));
    CHECK(monotonic_ms() - begin >= 1000);
  }
  SUBCASE("the last one reads") {
    CHECK(deaf.answer(1).payload == megabytes);
    CHECK(until(scene.loop, [&] { return is_closed; }));
    CHECK(monotonic_ms() - begin < 1000);
  }
}
