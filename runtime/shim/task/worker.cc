#include "runtime/shim/task/worker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/text.h"

namespace shim {
namespace {

constexpr std::string_view kLost = "the worker ";

// In front of what the work gave: so an answer that was cut off is told from a whole one.
struct Head {
  uint32_t is_error = 0, err = 0, message = 0, size = 0;  // `message`: how many of the bytes; the rest is the hint
};

// Descriptors that are in use by the shim: sockets, fifos, other workers' answers. An end of a fifo that a worker held
// would keep its reader waiting for an end that never comes.
void close_all_but(std::vector<int> kept) {
  std::ranges::sort(kept);
  unsigned first = 3;
  for (const int fd : kept) {
    if (fd < static_cast<int>(first)) continue;
    if (static_cast<unsigned>(fd) > first) close_range(first, static_cast<unsigned>(fd) - 1, 0);
    first = static_cast<unsigned>(fd) + 1;
  }
  close_range(first, ~0U, 0);
}

[[noreturn]] void work_and_end(pid_t shim, std::vector<int> kept, const Fd& answer, const Workers::Work& work) {
  // The signal is for the death of the parent from now on: it may have died before.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != shim) _exit(1);
  // So that what it leaves behind when it is killed is found: hooks, criu. A container's processes lead sessions.
  setpgid(0, 0);
  kept.push_back(answer.get());
  close_all_but(std::move(kept));
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  const bool is_told = write_all(answer.get(), pack_answer(work())).has_value();
  // Not exit(): what the shim has registered to be done at its end is not for us to do.
  _exit(is_told ? 0 : 1);
}

}  // namespace

std::string pack_answer(const Result<std::string>& answer) {
  Head head;
  std::string body;
  if (answer) {
    body = *answer;
  } else {
    const Error& error = answer.error();
    head.is_error = 1;
    head.err = static_cast<uint32_t>(error.err);
    head.message = static_cast<uint32_t>(error.message.size());
    body = error.message + error.hint;
  }
  head.size = static_cast<uint32_t>(body.size());
  return std::string(reinterpret_cast<const char*>(&head), sizeof head) + body;
}

Result<std::string> unpack_answer(std::string_view bytes, int status) {
  Head head;
  if (bytes.size() >= sizeof head) std::memcpy(&head, bytes.data(), sizeof head);
  const bool is_whole = bytes.size() >= sizeof head && bytes.size() - sizeof head == head.size;
  if (!is_whole || head.message > head.size) {
    if (WIFSIGNALED(status)) return fail(cat(kLost, "was killed by signal ", WTERMSIG(status)));
    return fail(cat(kLost, "ended with code ", WEXITSTATUS(status), " and no answer"));
  }
  std::string body(bytes.substr(sizeof head));
  if (head.is_error == 0) return body;
  return std::unexpected(Error{static_cast<int>(head.err), body.substr(0, head.message), body.substr(head.message)});
}

bool is_lost_worker(const Error& error) {
  return error.message.starts_with(kLost);
}

Workers::~Workers() {
  for (auto& [pid, running] : running_)
    if (!running.is_read) loop_.forget(running.answer.get());
}

Result<pid_t> Workers::run(const std::vector<int>& kept, const Work& work, Then then) {
  FdPair answer = TRY_IN("start a worker", pipe_pair());
  TRY_IN("start a worker", make_nonblocking(answer.ours.get()));
  const pid_t shim = getpid();
  const pid_t pid = fork();
  if (pid < 0) return fail_errno(errno, "start a worker");
  if (pid == 0) work_and_end(shim, kept, answer.theirs, work);
  Running& running = running_[pid];
  running.answer = std::move(answer.ours);
  running.then = std::move(then);
  const auto watched = loop_.watch(running.answer.get(), [this, pid] { read_answer(pid); });
  if (watched) return pid;
  // Nobody would hear what it did.
  ::kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  running_.erase(pid);
  return std::unexpected(watched.error());
}

void Workers::end_what_it_left(pid_t pid) const {
  if (running_.contains(pid)) ::kill(-pid, SIGKILL);
}

bool Workers::has_ended(pid_t pid, int status) {
  const auto found = running_.find(pid);
  if (found == running_.end()) return false;
  found->second.is_reaped = true;
  found->second.status = status;
  settle(pid);
  return true;
}

void Workers::read_answer(pid_t pid) {
  Running& running = running_.at(pid);
  char buffer[16384];
  const ssize_t n = read(running.answer.get(), buffer, sizeof buffer);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (n > 0) {
    running.bytes.append(buffer, static_cast<size_t>(n));
    return;
  }
  loop_.forget(running.answer.get());
  running.is_read = true;
  settle(pid);
}

void Workers::settle(pid_t pid) {
  const auto found = running_.find(pid);
  if (!found->second.is_read || !found->second.is_reaped) return;
  // It stays in the list until `then` has returned: what it made may have ended already, and is asked for there.
  const Running done = std::move(found->second);
  done.then(unpack_answer(done.bytes, done.status));
  running_.erase(pid);
}

}  // namespace shim
