// ps: the processes of a container, seen from outside. Nothing of the container's is run: its own ps could be anybody's
// (CVE-2022-1227).
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/text.h"
#include "runtime/cli/commands.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/oci/json_writer.h"

namespace cli {
namespace {

constexpr Option kPs[] = {
    {"format", 'f', "FORMAT", "table or json, which is an array of pids (default: table)"},
};

std::string as_json(const std::vector<pid_t>& pids) {
  oci::JsonWriter json;
  json.open_array();
  for (const pid_t pid : pids) json.value(pid);
  json.close_array();
  return json.text() + "\n";
}

// What the host's ps prints. A file takes its output, because it may be more than a pipe holds.
Result<std::string> run_ps(std::vector<std::string> words) {
  const Fd output = TRY(memory_file("nacelle-ps", ""));
  std::vector<char*> arguments;
  words.insert(words.begin(), "ps");
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output.get(), STDOUT_FILENO);
  pid_t pid = -1;
  const int err = posix_spawnp(&pid, "ps", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (err != 0) return fail_errno(err, "run 'ps'", "--format=json needs no program");
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return fail(cat(quoted(join(words, " ")), " failed"));
  if (lseek(output.get(), 0, SEEK_SET) < 0) return fail_errno(errno, "read the output of 'ps'");
  return read_all(output.get());
}

std::vector<std::string> columns(const std::string& line) {
  std::vector<std::string> words = split(line, ' ');
  std::erase(words, "");
  return words;
}

// The heading, and the lines whose PID is one of the container's.
Result<std::string> choose_lines(const std::string& table, const std::vector<pid_t>& pids) {
  const std::vector<std::string> lines = split(trimmed(table), '\n');
  const std::vector<std::string> heading = columns(lines[0]);
  const auto at = static_cast<size_t>(std::ranges::find(heading, "PID") - heading.begin());
  if (at == heading.size()) return fail("the output of 'ps' has no column 'PID'");
  std::string chosen = split(table, '\n')[0] + "\n";
  for (const std::string& line : lines) {
    const std::vector<std::string> words = columns(line);
    const auto pid = at < words.size() ? parse_number<pid_t>(words[at]) : std::nullopt;
    if (pid && std::ranges::binary_search(pids, *pid)) chosen += line + "\n";
  }
  return chosen;
}

}  // namespace

constinit const std::span<const Option> kPsOptions = kPs;

Result<int> run_ps(const Call& call) {
  const auto& operands = call.arguments.operands;
  const std::string format = call.arguments.value("format", "table");
  if (format != "table" && format != "json") return fail(cat("--format: ", quoted(format), " is not table or json"));
  const auto pids = TRY(lifecycle::read_processes(call.globals.root, operands[0]));
  std::vector<std::string> words(operands.begin() + 1, operands.end());
  if (words.empty()) words = {"-ef"};
  const std::string text = format == "json" ? as_json(pids) : TRY(choose_lines(TRY(run_ps(std::move(words))), pids));
  TRY(write_all(STDOUT_FILENO, text));
  return 0;
}

}  // namespace cli
