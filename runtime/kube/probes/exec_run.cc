// exec: healthy is where a command ends with 0.
//
// To enter a container takes as long as the container lets it: its cgroup may be throttled or out of memory. So a fork
// of ours does it and waits for the command, while we watch the fork by its pidfd.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "runtime/kube/probes/runs.h"
#include "runtime/lifecycle/lifecycle.h"

namespace kube {
namespace {

constexpr std::string_view kStarted = "started", kFailed = "failed ";
constexpr size_t kMostWords = 4096;

// What the fork is given.
struct ExecJob {
  std::string root, id;
  std::vector<std::string> command;
};

Result<Pidfd> enter(const ExecJob& job, int output) {
  const Fd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  lifecycle::ExecOptions options;
  options.root = job.root;
  options.id = job.id;
  options.config = TRY(lifecycle::read_container_config(job.root, job.id));
  options.process = *options.config->process;
  options.process.args = job.command;
  options.process.terminal = false;
  options.stdio = {null.get(), output, output};
  return lifecycle::exec(std::move(options));
}

// The fork's whole life: enters, says so, and ends as the command does.
[[noreturn]] void work(const ExecJob& job, pid_t parent, const Fd& answers, Fd output) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  Result<Pidfd> process = enter(job, output.get());
  output.reset();
  if (!process) {
    const std::string words = cat(kFailed, process.error().text()).substr(0, kMostWords);
    (void)::send(answers.get(), words.data(), words.size(), MSG_NOSIGNAL);
    _exit(1);
  }
  (void)send_descriptor(answers.get(), kStarted, process->fd.get());
  _exit(wait_exit(*process).value_or(1));
}

class ExecRun : public Attempt {
 public:
  ExecRun(Loop& loop, const HandlerTarget& target, ExecAction action, int64_t timeout, HandlerDone done)
      : Attempt(loop, timeout, std::move(done)), job_{target.oci_root, target.id, std::move(action.command)} {}
  ~ExecRun() override { ExecRun::give_up(); }

  void begin() {
    if (const Result<> begun = start(); !begun) finish(Outcome::unknown, begun.error().text());
  }

 private:
  Result<> start() {
    FdPair answers = TRY(socket_pair(SOCK_SEQPACKET)), output = TRY(pipe_pair());
    for (const Fd* fd : {&answers.ours, &output.ours}) TRY(make_nonblocking(fd->get()));
    const pid_t parent = getpid(), pid = fork();
    if (pid < 0) return fail_errno(errno, "fork");
    if (pid == 0) work(job_, parent, answers.theirs, std::move(output.theirs));
    worker_ = TRY(open_child(pid));
    answers_ = std::move(answers.ours);
    output_ = std::move(output.ours);
    TRY(loop().watch(answers_.get(), [this] { hear(); }));
    TRY(loop().watch(output_.get(), [this] { read_output(); }));
    return loop().watch(worker_.fd.get(), [this] { on_worker_end(); });
  }

  // The fork has started the command, or says why it cannot.
  void hear() {
    Result<Received> received = receive_descriptor(answers_.get(), kMostWords);
    if (!received && received.error().err == EAGAIN) return;
    loop().forget(answers_.get());
    answers_.reset();
    if (!received || received->bytes.empty()) return;
    if (received->fd.is_open()) process_.fd = std::move(received->fd);
    if (received->bytes.starts_with(kFailed)) error_ = received->bytes.substr(kFailed.size());
  }

  // All is read, and what is too much thrown away, so that the command does not wait for room in the pipe.
  void read_output() {
    char bytes[4096];
    const ssize_t got = read(output_.get(), bytes, sizeof bytes);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got > 0) {
      said_.append(bytes, std::min(static_cast<size_t>(got), kMostAnswer - said_.size()));
      return;
    }
    loop().forget(output_.get());
    output_.reset();
  }

  // Takes what the command has left in the pipe. Another process may hold it open: its end is not waited for.
  void drain_output() {
    constexpr int kMostPieces = 32;
    for (int i = 0; i < kMostPieces && output_.is_open(); i++) {
      const size_t before = said_.size();
      read_output();
      if (said_.size() == before) break;
    }
  }

  void on_worker_end() {
    if (answers_.is_open()) hear();
    drain_output();
    const Result<int> code = wait_exit(worker_);
    forget(worker_.fd);
    if (!code || !error_.empty() || !process_.fd.is_open())
      return finish(Outcome::unknown, error_.empty() ? "the command could not be started" : error_);
    finish({.outcome = *code == 0 ? Outcome::success : Outcome::failure,
            .message = said_,
            .was_killed = *code == 128 + SIGKILL});
  }

  void on_timeout() override {
    finish(Outcome::failure,
           cat("command timed out: \"", join(job_.command, " "), "\" timed out after ", print_timeout(timeout())));
  }

  // Kills what is still there. A fork that is still entering takes its half-made process with it (sandbox/launch.h);
  // where the program has just begun and was not told of yet, it goes with its container.
  void give_up() override {
    if (process_.fd.is_open()) (void)send_signal(process_, SIGKILL);
    process_.fd.reset();
    forget(answers_);
    forget(output_);
    if (worker_.fd.is_open()) loop().forget(worker_.fd.get());
    end_child(worker_);
  }

  void forget(Fd& fd) {
    if (fd.is_open()) loop().forget(fd.get());
    fd.reset();
  }

  ExecJob job_;
  Fd answers_, output_;
  Pidfd worker_, process_;
  std::string said_, error_;
};

}  // namespace

std::unique_ptr<HandlerRun> run_exec(Loop& loop, const HandlerTarget& target, ExecAction action, int64_t timeout,
                                     HandlerDone done) {
  auto run = std::make_unique<ExecRun>(loop, target, std::move(action), timeout, std::move(done));
  run->begin();
  return run;
}

}  // namespace kube
