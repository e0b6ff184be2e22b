// What is asked of the program itself: a config.json to begin with, and what it can do.
#include "runtime/oci/spec.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/lifecycle/lifecycle.h"
#include "security/seccomp.h"

namespace cli {

Result<int> run_spec(const Call& call) {
  const std::string path = join_path(call.arguments.value("bundle", "."), "config.json");
  std::optional<oci::RootlessIds> rootless;
  if (call.arguments.has("rootless")) rootless = {geteuid(), getegid()};
  const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file.is_open()) return fail_errno(errno, cat("write ", quoted(path)));
  TRY(write_all(file.get(), oci::default_config(rootless)));
  return 0;
}

Result<int> run_features(const Call&) {
  const std::map<std::string, std::string> annotations = {
      {"io.github.seccomp.libseccomp.version", security::libseccomp_version()},
      {"io.nacelle.version", NACELLE_VERSION},
      {"io.nacelle.commit", NACELLE_COMMIT},
  };
  TRY(write_all(STDOUT_FILENO, lifecycle::features(annotations)));
  return 0;
}

}  // namespace cli
