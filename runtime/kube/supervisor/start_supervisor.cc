// The caller's side: a detached process.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/text.h"
#include "runtime/kube/supervisor/supervise.h"

namespace kube {
namespace {

// Everything is opened here and not inherited: neither the caller's terminal nor its pipes must be held open for as
// long as the pod lives.
[[noreturn]] void become_supervisor(char* const* arguments, int ready) {
  constexpr int kReady = 3;
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; fd++) dup2(null, fd);
  if (ready == kReady)
    fcntl(ready, F_SETFD, 0);
  else
    dup2(ready, kReady);
  close_range(kReady + 1, ~0U, 0);
  char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  char* const environment[] = {path, nullptr};
  umask(022);
  (void)!chdir("/");
  execve("/proc/self/exe", arguments, environment);
  const std::string error = cat("run /proc/self/exe: errno ", errno);
  (void)!write(kReady, error.data(), error.size());
  _exit(1);
}

// The second fork makes it a child of init and no session leader, so that it can never get a terminal.
Result<> fork_twice(std::vector<char*> arguments, int ready) {
  const pid_t child = fork();
  if (child < 0) return fail_errno(errno, "fork");
  if (child == 0) {
    setsid();
    const pid_t grandchild = fork();
    if (grandchild != 0) _exit(grandchild < 0 ? 1 : 0);
    become_supervisor(arguments.data(), ready);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) return fail("fork the pod's supervisor");
  return {};
}

}  // namespace

Result<> start_supervisor(const Place& place, const std::string& ns, const std::string& name) {
  std::vector<std::string> words = {
      "nacelle-kube", "--root",     place.root,      "--data-root", place.data,     "--log-root", place.logs,
      "--image-root", place.images, "--object-root", place.objects, kSuperviseVerb, ns,           name};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  FdPair ready = TRY(pipe_pair());
  TRY(fork_twice(arguments, ready.theirs.get()));
  ready.theirs.reset();
  const std::string answer = TRY(read_all(ready.ours.get(), 64 << 10));
  if (answer == "ready") return {};
  return fail(answer.empty() ? "the pod's supervisor ended at once" : answer);
}

}  // namespace kube
