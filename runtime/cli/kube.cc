// `nacelle kube …` is another program: who never runs pods does not load it.
#include <unistd.h>

#include <cerrno>

#include "base/path.h"
#include "base/text.h"
#include "runtime/cli/commands.h"

namespace cli {

Result<> become_kube(std::span<const std::string> words) {
  const std::string own = TRY(real_path("/proc/self/exe"));
  const std::string beside = own.substr(0, own.rfind('/'));
  std::vector<char*> arguments;
  std::string name = "nacelle-kube";
  arguments.push_back(name.data());
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  for (const std::string& folder : {beside, std::string(NACELLE_LIBEXEC)}) {
    execv(join_path(folder, name).c_str(), arguments.data());
    if (errno != ENOENT) return fail_errno(errno, cat("run ", quoted(join_path(folder, name))));
  }
  execvp(name.c_str(), arguments.data());
  return fail_errno(errno, "run 'nacelle-kube'",
                    cat("it is looked for in ", beside, ", ", NACELLE_LIBEXEC, " and PATH"));
}

}  // namespace cli
