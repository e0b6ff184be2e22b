#include "runtime/shim/binary/birth.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/prctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/text.h"
#include "cgroups/hierarchy.h"
#include "runtime/shim/binary/log.h"

namespace shim {
namespace {

Result<> enter_cgroup(const std::string& path) {
  const cgroups::Hierarchy hierarchy = TRY(cgroups::read_hierarchy());
  const Fd mount(open(hierarchy.mount.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!mount.is_open()) return fail_errno(errno, cat("open ", quoted(hierarchy.mount)));
  const std::string below =
      cat("./", std::string_view(path).substr(std::min(path.find_first_not_of('/'), path.size())));
  const Fd cgroup = TRY(open_beneath(mount.get(), below, O_PATH | O_DIRECTORY));
  return write_kernel_file_at(cgroup.get(), "cgroup.procs", "0");  // 0: whoever writes
}

// containerd is to be the last to be killed for want of memory, then its shims. What is inherited is containerd's own.
void raise_oom_score() {
  const std::string file = "/proc/self/oom_score_adj";
  const auto text = read_file(file);
  const auto score = parse_number<int>(trimmed(text.value_or("")));
  if (!score) return;
  const auto raised = write_kernel_file_at(AT_FDCWD, file, cat(std::min(*score + 1, 1000)));
  if (!raised) log_debug(cat("shim: ", raised.error().text()));
}

void schedule_apart() {
  constexpr int kThisProcess = PR_SCHED_CORE_SCOPE_THREAD_GROUP;
  if (prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, 0, kThisProcess, 0) == 0) return;
  if (errno == ENODEV) return;  // one thread a core: there is nobody to be apart from
  log_warning(cat("shim: core scheduling was asked for, and the kernel has none: ", strerror(errno)));
}

// After this nothing is open but 0, 1, 2, the socket and `report`, which closes itself at the exec.
Result<int> arrange_descriptors(const Birth& birth, int report) {
  constexpr int kSpare = kListening + 1;
  const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.is_open()) return fail_errno(errno, "open /dev/null");
  // Copies above all of the targets first, so that none is closed by what takes its place.
  const int listening = fcntl(birth.listening, F_DUPFD_CLOEXEC, kSpare + 1);
  const int log = fcntl(birth.log, F_DUPFD_CLOEXEC, kSpare + 1);
  const int above = fcntl(report, F_DUPFD_CLOEXEC, kSpare + 1);
  if (listening < 0 || log < 0 || above < 0) return fail_errno(errno, "duplicate a descriptor");
  if (dup3(above, kSpare, O_CLOEXEC) < 0 || dup2(null.get(), STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 ||
      dup2(log, STDERR_FILENO) < 0 || dup2(listening, kListening) < 0)
    return fail_errno(errno, "arrange descriptors");
  if (close_range(kSpare + 1, ~0U, 0) < 0) return fail_errno(errno, "close descriptors");
  return kSpare;
}

// In the child. Returns only on failure.
Result<> become_shim(const Birth& birth) {
  setsid();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (chdir(birth.bundle.c_str()) < 0) return fail_errno(errno, cat("change to ", quoted(birth.bundle)));
  if (!birth.cgroup.empty()) TRY_IN(cat("ShimCgroup ", quoted(birth.cgroup)), enter_cgroup(birth.cgroup));
  raise_oom_score();
  if (birth.core_scheduling) schedule_apart();

  char name[4096];
  const ssize_t length = readlink("/proc/self/exe", name, sizeof name);
  if (length < 0) return fail_errno(errno, "read /proc/self/exe");
  std::vector<std::string> words = birth.words;
  words.insert(words.begin(), std::string(name, static_cast<size_t>(length)));
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execv("/proc/self/exe", arguments.data());
  return fail_errno(errno, "run /proc/self/exe");
}

[[noreturn]] void run_child(const Birth& birth, int report) {
  const auto arranged = arrange_descriptors(birth, report);
  move_log(STDERR_FILENO);
  const auto failed = arranged ? become_shim(birth) : Result<>(std::unexpected(arranged.error()));
  (void)write_all(arranged.value_or(report), failed.error().text());
  _exit(1);
}

}  // namespace

Result<pid_t> give_birth(const Birth& birth) {
  FdPair report = TRY(pipe_pair());
  const pid_t child = fork();
  if (child < 0) return fail_errno(errno, "shim: fork");
  if (child == 0) run_child(birth, report.theirs.get());
  report.theirs.reset();
  const std::string failure = TRY_IN("shim", read_all(report.ours.get(), 64 << 10));
  if (failure.empty()) return child;
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return fail(cat("shim: ", failure));
}

}  // namespace shim
