// attach: what a container writes from now on, and its stdin, as the pod's supervisor hands them out (attachments.h).
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "base/file.h"
#include "base/signals.h"
#include "base/terminal.h"
#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/supervisor/attachments.h"
#include "runtime/kube/supervisor/control.h"
#include "runtime/kube/verbs/choose.h"
#include "runtime/kube/verbs/resource.h"
#include "runtime/kube/verbs/running.h"
#include "runtime/kube/verbs/verb.h"

namespace kube {
namespace {

constexpr Option kAttach[] = {{"stdin", 'i', "", "give the container our stdin"},
                              {"tty", 't', "", "our terminal is the container's"},
                              {"container", 'c', "NAME", "to this container"},
                              {"quiet", 'q', "", "only what the container writes"}};

// What the supervisor has handed out.
struct Attachment {
  Fd connection;
  std::map<std::string, Fd, std::less<>> ends;
  bool takes_input = false;

  int end(std::string_view word) const {
    const auto found = ends.find(word);
    return found == ends.end() ? -1 : found->second.get();
  }
};

Result<Attachment> open_attachment(const std::string& pod_dir, const AttachRequest& request) {
  Attachment attachment{.connection = TRY(begin_request(pod_dir, request)), .takes_input = request.wants_input};
  while (true) {
    Received received = TRY(receive_descriptor(attachment.connection.get(), 4096));
    if (received.bytes == attach_words::kAttached) return attachment;
    if (received.bytes.empty()) return fail("the supervisor did not answer");
    if (!received.fd.is_open()) return fail(received.bytes);
    attachment.ends.insert_or_assign(received.bytes, std::move(received.fd));
  }
}

void resize(int master, unsigned short more) {
  auto size = window_size(STDIN_FILENO);
  if (!size || master < 0) return;
  size->ws_row = static_cast<unsigned short>(size->ws_row + more);
  size->ws_col = static_cast<unsigned short>(size->ws_col + more);
  (void)ioctl(master, TIOCSWINSZ, &*size);
}

// While we are attached. Output goes first to whoever reads ours; what we read is kept until the container takes it.
class Session {
 public:
  // `is_once`: the container's stdin ends with ours.
  Session(Attachment& attachment, bool is_raw, bool is_once, Fd signals)
      : attachment_(attachment), signals_(std::move(signals)), is_raw_(is_raw), is_once_(is_once) {
    const int terminal = attachment.end(attach_words::kTerminal);
    input_ = !attachment.takes_input ? -1 : terminal >= 0 ? terminal : attachment.end(attach_words::kInput);
  }

  // Gives the exit code: 0 when the container has ended, 128 + n after the signal n.
  Result<int> run() {
    while (true) {
      // A descriptor that nothing is wanted of is left out (-1): poll would report a hang-up of it without end.
      pollfd fds[] = {{input_ >= 0 && typed_.empty() ? STDIN_FILENO : -1, POLLIN, 0},
                      {typed_.empty() ? -1 : input_, POLLOUT, 0},
                      {attachment_.end(attach_words::kOutput), POLLIN, 0},
                      {attachment_.end(attach_words::kErrors), POLLIN, 0},
                      {attachment_.connection.get(), POLLIN, 0},
                      {signals_.get(), POLLIN, 0}};
      if (poll(fds, std::size(fds), -1) < 0 && errno != EINTR) return fail_errno(errno, "poll");
      if (fds[5].revents)
        if (const int signal = take_signal(); signal != 0) return 128 + signal;
      if (fds[1].revents) type();
      if (fds[2].revents) TRY(pass(attach_words::kOutput, STDOUT_FILENO));
      if (fds[3].revents) TRY(pass(attach_words::kErrors, STDERR_FILENO));
      if (fds[4].revents) return TRY(finish());
      if (fds[0].revents && !read_typed()) return 0;
    }
  }

 private:
  // 0: not one that ends us.
  int take_signal() {
    signalfd_siginfo info;
    if (read(signals_.get(), &info, sizeof info) != sizeof info) return 0;
    if (info.ssi_signo != SIGWINCH) return static_cast<int>(info.ssi_signo);
    if (is_raw_) resize(attachment_.end(attach_words::kTerminal), 0);
    return 0;
  }

  // False when our stdin has ended and the container's is not to end with it: we have said what we had to say. With
  // stdinOnce the supervisor closes it, and we stay for what the container makes of it.
  bool read_typed() {
    char bytes[4096];
    const ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (got > 0) {
      typed_.assign(bytes, static_cast<size_t>(got));
      return true;
    }
    input_ = -1;
    attachment_.ends.erase(std::string(attach_words::kInput));
    shutdown(attachment_.connection.get(), SHUT_WR);
    return is_once_;
  }

  // A pipe that can be written to has room for PIPE_BUF bytes, 4096 (pipe(7)); a terminal's master does not block.
  void type() {
    const ssize_t taken = write(input_, typed_.data(), typed_.size());
    if (taken >= 0) typed_.erase(0, static_cast<size_t>(taken));
    if (taken >= 0 || errno == EAGAIN || errno == EINTR) return;
    typed_.clear();  // nobody reads there any more
    input_ = -1;
  }

  Result<> pass(std::string_view word, int to) {
    char bytes[16 << 10];
    const ssize_t got = read(attachment_.end(word), bytes, sizeof bytes);
    if (got > 0) return write_all(to, {bytes, static_cast<size_t>(got)});
    if (got == 0 || (errno != EINTR && errno != EAGAIN)) attachment_.ends.erase(std::string(word));
    return {};
  }

  // What is in the pipes yet came before the supervisor's last word.
  Result<int> finish() {
    char word[64];
    const ssize_t size = recv(attachment_.connection.get(), word, sizeof word, 0);
    while (attachment_.end(attach_words::kOutput) >= 0) TRY(pass(attach_words::kOutput, STDOUT_FILENO));
    while (attachment_.end(attach_words::kErrors) >= 0) TRY(pass(attach_words::kErrors, STDERR_FILENO));
    const std::string_view last(word, size > 0 ? static_cast<size_t>(size) : 0);
    if (last == attach_words::kEnded) return 0;
    if (last == attach_words::kLost) return fail("we took what the container writes too slowly, and have lost it");
    return fail("the pod's supervisor has ended");
  }

  Attachment& attachment_;
  Fd signals_;
  bool is_raw_, is_once_;
  int input_;
  std::string typed_;
};

// The terminal must be set back whatever ends us.
Result<Fd> open_signals_of_ours() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH}) sigaddset(&set, signal);
  // That nobody reads what we write, be it the container or who reads ours, is an error to see, not a reason to die.
  signal(SIGPIPE, SIG_IGN);
  return ::open_signals(set);
}

// kubectl's words; what is left of -t.
bool takes_terminal(const Call& call, const Container& container) {
  if (!call.arguments.has("stdin")) return false;
  if (!container.tty) {
    if (call.arguments.has("tty") && !call.arguments.has("quiet"))
      remark(cat("error: Unable to use a TTY - container ", container.name, " did not allocate one"));
    return false;
  }
  if (isatty(STDIN_FILENO)) return true;
  if (call.arguments.has("tty")) remark("Unable to use a TTY - input is not a terminal or the right kind of file");
  return false;
}

Result<int> attend(Attachment& attachment, const Container& container, bool is_raw) {
  Session session(attachment, is_raw, container.stdin_once && !container.tty, TRY(open_signals_of_ours()));
  if (!is_raw) return session.run();
  const RawMode raw(STDIN_FILENO);
  // Another size than it had, so that whoever draws there draws anew.
  const int terminal = attachment.end(attach_words::kTerminal);
  resize(terminal, 1);
  resize(terminal, 0);
  return session.run();
}

}  // namespace

const std::span<const Option> kAttachOptions = kAttach;

Result<int> run_attach(const Call& call) {
  const auto& operands = call.arguments.operands;
  const Pod pod = TRY(find_pod(call.place, call.ns, TRY(parse_pod_name(operands[0]))));
  const std::string& phase = pod.status.phase;
  if (is_finished(phase)) return fail(cat("cannot attach a container in a completed pod; current phase is ", phase));
  const Container& container = *TRY(choose_container(pod, call.arguments.value("container")));
  TRY(running_id(pod, container.name));
  if (operands.size() > 1 && !call.arguments.has("quiet"))
    remark(cat("error: ", quoted(operands[1]), " is not run: attach joins what container ", container.name, " runs"));
  const bool is_raw = takes_terminal(call, container);
  Attachment attachment = TRY(open_attachment(pod_dir(call.place, pod.metadata.ns, pod.metadata.name),
                                              {container.name, call.arguments.has("stdin")}));
  if (!call.arguments.has("quiet")) remark("If you don't see a command prompt, try pressing enter.");
  const int code = TRY(attend(attachment, container, is_raw));
  if (is_raw && !call.arguments.has("quiet") && pod.spec.restart_policy == "Always")
    TRY(say(cat("Session ended, resume using 'nacelle kube attach ", pod.metadata.name, " -c ", container.name,
                " -i -t' command when the pod is running\n")));
  return code;
}

}  // namespace kube
