#include "runtime/lifecycle/rootless.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/text.h"
#include "base/user.h"

namespace lifecycle {
bool is_rootless(Rootless asked) {
  if (asked != Rootless::automatic) return asked == Rootless::yes;
  return geteuid() != 0 || in_user_namespace();
}

bool is_refusal(const Error& error) {
  return error.err == EACCES || error.err == EPERM || error.err == EROFS;
}

Error without_delegation(const std::string& field, Error error) {
  if (!error.message.starts_with("linux.resources.")) error = within(field, std::move(error));
  error.hint =
      "limits need a cgroup that belongs to you: --systemd-cgroup with a systemd of your own, or run this under "
      "'systemd-run --user --scope --property=Delegate=yes'";
  return error;
}

void plan_oom_score(sandbox::Plan& plan, const sandbox::Process& process, Rootless rootless) {
  if (!process.oom_score_adj || geteuid() == 0) return;
  plan.begin("process.oomScoreAdj");
  uint16_t may_fail = rootless == Rootless::no ? 0 : sandbox::kOnDenied;
  plan.add(
      sandbox::OpCode::write,
      {.a = plan.text("/proc/self/oom_score_adj"), .b = plan.text(cat(*process.oom_score_adj)), .on_errno = may_fail});
}

Result<> write_oom_score(pid_t pid, const sandbox::Process& process, Rootless rootless) {
  if (!process.oom_score_adj || geteuid() != 0) return {};
  std::string path = cat("/proc/", pid, "/oom_score_adj"), value = cat(*process.oom_score_adj);
  auto written = write_kernel_file_at(AT_FDCWD, path, value);
  if (written) return {};
  // Without the right to lower it, a value that is there already is as good.
  auto now = read_file(path);
  if (now && trimmed(*now) == value) return {};
  if (is_refusal(written.error()) && is_rootless(rootless)) return {};
  auto error = within("process.oomScoreAdj", std::move(written).error());
  error.hint = "lowering it needs CAP_SYS_RESOURCE";
  return std::unexpected(std::move(error));
}

}  // namespace lifecycle
