#include "tests/unit/shim-stdio/stage.h"

#include <dirent.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"

Reader::Reader(Loop& on, const std::string& path)
    : loop(on), fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
  REQUIRE(fd.is_open());
  resume();
}

void Reader::resume() {
  REQUIRE(loop.watch(fd.get(), [this] {
    std::string part(most, '\0');
    const ssize_t n = read(fd.get(), part.data(), part.size());
    if (n > 0) bytes.append(part, 0, static_cast<size_t>(n));
    has_ended = n == 0;
    if (has_ended) pause();
  }));
}

void Reader::pause() {
  loop.forget(fd.get());
}

void Reader::close() {
  if (!fd.is_open()) return;
  pause();
  fd.reset();
}

Stage::Stage() : loop(*Loop::create()) {
  signal(SIGPIPE, SIG_IGN);  // as the shim does
  char name[] = "/tmp/nacelle-stdio-XXXXXX";
  REQUIRE(mkdtemp(name) != nullptr);
  dir = name;
}

Stage::~Stage() {
  (void)remove_tree(dir);
}

std::string Stage::fifo(const std::string& name) const {
  REQUIRE(mkfifo(path(name).c_str(), 0600) == 0);
  return path(name);
}

std::string Stage::script(const std::string& name, const std::string& text) const {
  REQUIRE(publish_file(path(name), "#!/bin/sh\n" + text, 0755));
  return path(name);
}

std::unique_ptr<shim::ProcessIo> Stage::open(const shim::StdioRequest& request, shim::StdioContext context) {
  auto io = shim::ProcessIo::open(loop, request, context);
  INFO(std::string(io ? "" : io.error().text()));
  REQUIRE(io);
  return std::move(*io);
}

std::string Stage::refusal(const shim::StdioRequest& request) {
  auto io = shim::ProcessIo::open(loop, request, {});
  return io ? "(none)" : io.error().text();
}

pid_t Stage::call(const std::array<int, 3>& stdio, const std::function<int()>& work) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child > 0) return child;
  for (int number = 0; number < 3; number++)
    if (const int end = stdio[static_cast<size_t>(number)]; end >= 0) dup2(end, number);
  for (const int fd : open_descriptors())
    if (fd > 2) close(fd);
  signal(SIGPIPE, SIG_DFL);
  _exit(work());
}

pid_t Stage::execute(const shim::ProcessIo& io, std::vector<std::string> arguments) {
  std::vector<char*> words;
  for (auto& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  return call(io.child_stdio(), [&] {
    execvp(words[0], words.data());
    return 127;
  });
}

void Stage::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    statuses[pid] = status;
    for (auto* io : watched) io->has_ended(pid, status);
  }
}

bool Stage::until(const std::function<bool()>& condition, int64_t milliseconds) {
  const int64_t end = monotonic_ms() + milliseconds;
  for (reap(); !condition(); reap()) {
    if (monotonic_ms() >= end) return false;
    const auto tick = loop.after(10, [] {});
    REQUIRE(loop.turn());
    loop.cancel(tick);
  }
  return true;
}

int Stage::idle_turns(int64_t milliseconds) {
  bool is_over = false;
  int turns = 0;
  loop.after(milliseconds, [&] { is_over = true; });
  for (; !is_over; turns++) REQUIRE(loop.turn());
  return turns;
}

int Stage::exit_code(pid_t pid) {
  if (!until([&] { return has_exited(pid); })) return -1;
  return WIFEXITED(statuses[pid]) ? WEXITSTATUS(statuses[pid]) : -1;
}

int64_t Stage::finish(shim::ProcessIo& io, int64_t milliseconds) {
  int calls = 0;
  const int64_t began = monotonic_ms();
  io.finish(milliseconds, [&] { calls++; });
  CHECK(calls == 0);
  until([&] { return calls > 0; });
  const int64_t took = monotonic_ms() - began;
  idle_turns(5);
  return calls == 1 ? took : -1;
}

std::string noise(size_t size) {
  std::string out(size, '\0');
  uint64_t state = 0x9e3779b97f4a7c15;
  for (auto& byte : out) {
    state = state * 6364136223846793005 + 1442695040888963407;
    byte = static_cast<char>(state >> 56);
  }
  return out;
}

int write_in_pieces(int fd, const std::string& bytes, size_t most) {
  uint64_t state = 1;
  for (size_t at = 0; at < bytes.size();) {
    state = state * 6364136223846793005 + 1442695040888963407;
    const size_t piece = std::min<size_t>(1 + (state >> 33) % most, bytes.size() - at);
    const ssize_t n = write(fd, bytes.data() + at, piece);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return 1;
    at += n > 0 ? static_cast<size_t>(n) : 0;
  }
  return 0;
}

Fd open_writer(const std::string& path) {
  Fd fd(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  REQUIRE(fd.is_open());
  return fd;
}

std::vector<int> open_descriptors() {
  std::vector<int> out;
  DIR* list = opendir("/proc/self/fd");
  while (const dirent* entry = readdir(list))
    if (auto fd = parse_number<int>(entry->d_name); fd && *fd != dirfd(list)) out.push_back(*fd);
  closedir(list);
  return out;
}
