#include "runtime/lifecycle/criu.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"

namespace lifecycle::criu {
namespace {

constexpr const char* kNotes = "nacelle.notes";

// What the child does before it is criu. The caller has one thread, so that all of libc may be used.
int prepare(int gate, const Stdio& stdio, const std::string& rootfs, int kept) {
  char go = 0;
  if (read(gate, &go, 1) != 1) _exit(1);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int i = 0; i < 3; i++)
    if (stdio[static_cast<size_t>(i)] >= 0 && dup2(stdio[static_cast<size_t>(i)], i) < 0) return errno;
  if (kept >= 0 && fcntl(kept, F_SETFD, 0) < 0) return errno;
  if (rootfs.empty()) return 0;
  // criu takes a root only where something is mounted; nobody but itself has to see that.
  if (unshare(CLONE_NEWNS) < 0 || mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) < 0 ||
      mount(rootfs.c_str(), rootfs.c_str(), nullptr, MS_BIND | MS_REC, nullptr) < 0)
    return errno;
  return 0;
}

[[noreturn]] void become(const std::vector<std::string>& words, int report, int err) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  if (err == 0) execv(arguments[0], arguments.data());
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

}  // namespace

Result<Criu> Criu::begin(const std::vector<std::string>& words, const Stdio& stdio, const std::string& rootfs,
                         int kept) {
  std::vector<std::string> line = words;
  line.insert(line.begin(), find_program("criu"));
  if (line.front().empty()) return fail("criu is not in PATH", "install the package criu");
  FdPair gate = TRY(pipe_pair()), report = TRY(pipe_pair());
  const pid_t pid = fork();
  if (pid < 0) return fail_errno(errno, "fork");
  if (pid == 0) {
    gate.theirs.reset();  // else it would hold its own gate open when we are killed
    become(line, report.theirs.get(), prepare(gate.ours.get(), stdio, rootfs, kept));
  }
  return Criu(TRY(open_pidfd(pid)), std::move(gate.theirs), std::move(report.ours));
}

Criu::~Criu() {
  if (!process_.fd.is_open()) return;
  (void)send_signal(process_, SIGKILL);
  (void)wait_exit(process_);
}

Result<> Criu::finish(const std::string& log) {
  if (write(gate_.get(), "g", 1) < 0) return fail_errno(errno, "criu");
  int err = 0;
  if (read(report_.get(), &err, sizeof err) == sizeof err) return fail_errno(err, "start criu");
  const int code = TRY(wait_exit(process_));
  process_.fd.reset();
  if (code == 0) return {};
  const std::string said = last_error(log);
  return fail(cat("criu: ", said.empty() ? cat("exit code ", code) : said), cat("its log is ", quoted(log)));
}

Result<> write_notes(const std::string& images, pid_t pid, const std::string& cgroup) {
  std::string text = cgroup + "\n";
  for (int fd = 0; fd < 3; fd++) {
    char target[4096];
    const ssize_t n = readlink(cat("/proc/", pid, "/fd/", fd).c_str(), target, sizeof target);
    text += cat(std::string_view(target, n < 0 ? 0 : static_cast<size_t>(n)), "\n");
  }
  return replace_file(join_path(images, kNotes), text);
}

Result<Notes> read_notes(const std::string& images) {
  auto text = read_file(join_path(images, kNotes), 1 << 16);
  if (!text && text.error().err == ENOENT) return Notes{};
  std::vector<std::string> lines = split(TRY(std::move(text)), '\n');
  Notes notes;
  notes.cgroup = lines.front();
  notes.descriptors.assign(lines.begin() + 1, lines.end());
  return notes;
}

}  // namespace lifecycle::criu
