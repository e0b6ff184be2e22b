#include "runtime/lifecycle/criu.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/lifecycle/criu_message.h"

namespace lifecycle::criu {
namespace {

constexpr const char* kNotes = "nacelle.json";
constexpr size_t kAnswerLimit = 64 << 10;

// What the child does before it is criu. The caller has one thread, so that all of libc may be used.
int prepare(const Stdio& stdio, const std::string& rootfs, std::initializer_list<int> kept) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int i = 0; i < 3; i++)
    if (stdio[static_cast<size_t>(i)] >= 0 && dup2(stdio[static_cast<size_t>(i)], i) < 0) return errno;
  for (const int fd : kept)
    if (fd >= 0 && fcntl(fd, F_SETFD, 0) < 0) return errno;
  if (rootfs.empty()) return 0;
  // criu takes a root only where something is mounted; nobody but itself has to see that.
  if (unshare(CLONE_NEWNS) < 0 || mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) < 0 ||
      mount(rootfs.c_str(), rootfs.c_str(), nullptr, MS_BIND | MS_REC, nullptr) < 0)
    return errno;
  return 0;
}

[[noreturn]] void become(const std::string& program, int socket, int report, int err) {
  const std::string number = cat(socket);
  if (err == 0) execl(program.c_str(), program.c_str(), "swrk", number.c_str(), nullptr);
  if (err == 0) err = errno;
  (void)!write(report, &err, sizeof err);
  _exit(1);
}

// "(00.123456) Error (criu/files.c:12): what is wrong" of the last error in the log.
std::string last_error(const std::string& log) {
  auto text = read_file(log);
  if (!text) return "";
  std::string found;
  for (const std::string& line : split(*text, '\n')) {
    const size_t at = line.find("Error (");
    if (at != std::string::npos && !line.ends_with("FAILED.")) found = line.substr(at);
  }
  return visible(found);
}

// criu_resp of rpc.proto.
struct Answer {
  bool is_notice = false, success = false;
  pid_t pid = 0;  // of a restored init
  Notice notice;
};

void read_notice(Notice& notice, const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    if (field.number == 1) notice.script = field.bytes;
    if (field.number == 2) notice.pid = static_cast<pid_t>(field.value);
  }
}

Result<Answer> read_answer(std::string_view bytes) {
  constexpr uint32_t kType = 1, kSuccess = 2, kRestored = 4, kNotify = 5, kNotifyType = 6;
  Answer answer;
  for (const Field& field : TRY(read_fields(bytes))) {
    if (field.number == kType) answer.is_notice = field.value == kNotifyType;
    if (field.number == kSuccess) answer.success = field.value != 0;
    if (field.number == kNotify) read_notice(answer.notice, TRY(read_fields(field.bytes)));
    if (field.number != kRestored) continue;
    for (const Field& inner : TRY(read_fields(field.bytes)))
      if (inner.number == 1) answer.pid = static_cast<pid_t>(inner.value);
  }
  return answer;
}

Result<> say(int socket, const std::string& message) {
  if (send(socket, message.data(), message.size(), MSG_NOSIGNAL) < 0) return fail_errno(errno, "tell criu");
  return {};
}

// criu_req of rpc.proto: the answer to a notice. A refusal has criu undo what it did.
Result<> answer_notice(int socket, bool success) {
  constexpr uint32_t kType = 1, kNotifySuccess = 3, kNotifyType = 6;
  return say(socket, Message().add(kType, kNotifyType).add(kNotifySuccess, success).bytes());
}

}  // namespace

Result<Criu> Criu::begin(const Stdio& stdio, const std::string& rootfs, int kept) {
  const std::string program = find_program("criu");
  if (program.empty()) return fail("criu is not in PATH", "install the package criu");
  FdPair sockets = TRY(socket_pair(SOCK_SEQPACKET)), report = TRY(pipe_pair());
  const pid_t pid = fork();
  if (pid < 0) return fail_errno(errno, "fork");
  if (pid == 0) {
    const int err = prepare(stdio, rootfs, {sockets.theirs.get(), kept});
    become(program, sockets.theirs.get(), report.theirs.get(), err);
  }
  Criu criu(TRY(open_child(pid)), std::move(sockets.ours));
  report.theirs.reset();
  int err = 0;
  if (read(report.ours.get(), &err, sizeof err) == sizeof err) return fail_errno(err, "start criu");
  return criu;
}

Criu::~Criu() {
  end_child(process_);
}

Result<pid_t> Criu::perform(const std::string& request, const std::string& log, const Noticed& noticed) {
  TRY(say(socket_.get(), request));
  Result<> heeded;
  Answer answer;
  for (;;) {
    auto received = TRY_IN("criu", receive_descriptor(socket_.get(), kAnswerLimit));
    if (received.bytes.empty()) break;  // it ended without an answer
    answer = TRY_IN("criu", read_answer(received.bytes));
    if (!answer.is_notice) break;
    answer.notice.descriptor = std::move(received.fd);
    if (heeded) heeded = noticed(std::move(answer.notice));
    TRY(answer_notice(socket_.get(), heeded.has_value()));
  }
  const int code = TRY(wait_exit(process_));
  process_.fd.reset();
  if (!heeded) return std::unexpected(std::move(heeded).error());
  if (answer.success && !answer.is_notice && code == 0) return answer.pid;
  const std::string said = last_error(log);
  return fail(cat("criu: ", said.empty() ? cat("exit code ", code) : said), cat("its log is ", quoted(log)));
}

Result<> write_notes(const std::string& images, const oci::State& state) {
  oci::State notes = state;
  for (int fd = 0; fd < 3; fd++) {
    char target[4096];
    const ssize_t n = readlink(cat("/proc/", state.pid, "/fd/", fd).c_str(), target, sizeof target);
    if (n > 0) notes.extra[cat("descriptor", fd)] = std::string(target, static_cast<size_t>(n));
  }
  return oci::write_state(notes, join_path(images, kNotes));
}

Result<oci::State> read_notes(const std::string& images) {
  auto notes = oci::read_state(join_path(images, kNotes));
  if (!notes && notes.error().err == ENOENT) return oci::State{};
  return notes;
}

}  // namespace lifecycle::criu
