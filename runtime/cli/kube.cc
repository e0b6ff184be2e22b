// `nacelle kube …` is another program: who never runs pods does not load it.
#include <unistd.h>

#include <cerrno>

#include "base/spawn.h"
#include "base/text.h"
#include "runtime/cli/commands.h"

namespace cli {

Result<> become_kube(std::span<const std::string> words) {
  std::string name = "nacelle-kube";
  const std::string path = TRY(find_sibling(name, NACELLE_LIBEXEC));
  std::vector<char*> arguments = {name.data()};
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(path.c_str(), arguments.data());
  return fail_errno(errno, cat("run ", quoted(path)));
}

}  // namespace cli
