#include "runtime/kube/tokens/signer.h"

#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/spawn.h"
#include "base/text.h"

namespace kube {
namespace {

constexpr const char* kProgram = "nacelle-sign";
constexpr int kKeyFile = 3;

Result<std::string> read_from_start(int file) {
  if (lseek(file, 0, SEEK_SET) < 0) return fail_errno(errno, "seek");
  return read_all(file);
}

}  // namespace

Result<std::string> ask_signer(int key, std::vector<std::string> words, std::string_view input) {
  const std::string path = TRY(find_sibling(kProgram, NACELLE_LIBEXEC));
  // Files in memory: unlike pipes they cannot fill up while nobody reads.
  const Fd in = TRY(memory_file("nacelle-sign-input", input));
  const Fd out = TRY(memory_file("nacelle-sign-output", "")), errors = TRY(memory_file("nacelle-sign-errors", ""));
  Spawn spawn;
  // The key comes last: one of the three may be what 3 is now.
  posix_spawn_file_actions_adddup2(&spawn.actions, in.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&spawn.actions, out.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&spawn.actions, errors.get(), STDERR_FILENO);
  if (key >= 0) posix_spawn_file_actions_adddup2(&spawn.actions, key, kKeyFile);
  words.insert(words.begin(), kProgram);
  const Pidfd child = TRY_IN(path, spawn.run(path, words, {}));
  const int code = TRY(wait_exit(child));
  if (code == 0) return read_from_start(out.get());
  const std::string said(trimmed(TRY(read_from_start(errors.get()))));
  return fail(said.empty() ? cat(path, " ended with ", code) : said);
}

}  // namespace kube
