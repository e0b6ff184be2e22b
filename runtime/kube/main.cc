// nacelle-kube: Kubernetes Pods on this machine, without a cluster. `nacelle kube …` runs it.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "base/descriptor.h"
#include "base/text.h"
#include "runtime/kube/supervisor/supervise.h"
#include "runtime/kube/verbs/verb.h"

namespace kube {
namespace {

// A folder of its own holds everything; single parts may still lie elsewhere.
Place read_place(const Arguments& before, const Arguments& behind) {
  const auto value = [&](std::string_view name) { return behind.value(name, before.value(name)); };
  Place place;
  const char* chosen = getenv("NACELLE_KUBE_ROOT");
  const std::string root = value("root").empty() && chosen ? chosen : value("root");
  if (!root.empty() && root != place.root) place = place_below(root);
  if (!value("data-root").empty()) place.data = value("data-root");
  if (!value("log-root").empty()) place.logs = value("log-root");
  if (!value("image-root").empty()) place.images = value("image-root");
  if (!value("object-root").empty()) place.objects = value("object-root");
  return place;
}

// "supervise NS NAME": our own doing, never a user's; see start_supervisor().
Result<int> run_supervisor(const Place& place, std::span<const std::string> words) {
  constexpr int kReady = 3;
  if (words.size() != 2 || fcntl(kReady, F_GETFD) < 0) return fail("supervise is not for users");
  TRY(supervise(place, words[0], words[1], kReady));
  return 0;
}

Result<int> run_verb(const Verb& verb, const Arguments& before, std::span<const std::string> words) {
  const Arguments arguments = TRY(parse_verb(verb, words));
  if (arguments.has("help")) {
    TRY(say(explain_verb(verb)));
    return 0;
  }
  const Place place = read_place(before, arguments);
  for (const std::string* path : {&place.root, &place.data, &place.logs, &place.images, &place.objects})
    if (!path->starts_with('/')) return fail(cat(quoted(*path), " is not an absolute path"));
  const std::string ns = arguments.value("namespace", before.value("namespace", "default"));
  // It becomes part of paths.
  if (ns.find('/') != ns.npos) return fail(cat("namespace ", quoted(ns), ": not a name"));
  return verb.run({place, ns.empty() ? "default" : ns, arguments});
}

Result<int> run(std::span<const std::string> words) {
  const Usage usage = {.program = "nacelle kube", .options = kCommonOptions, .ends_at_operand = true};
  const Arguments before = TRY(parse_arguments(usage, words));
  if (before.has("help") || before.operands.empty() || before.operands[0] == "help") {
    TRY(say(explain_program()));
    return before.operands.empty() && !before.has("help") ? 1 : 0;
  }
  const auto rest = std::span(before.operands).subspan(1);
  if (before.operands[0] == kSuperviseVerb) return run_supervisor(read_place(before, {}), rest);
  const Verb* verb = find_verb(before.operands[0]);
  if (!verb) return fail(cat("unknown verb ", quoted(before.operands[0])), "see nacelle kube --help");
  return run_verb(*verb, before, rest);
}

// A caller that closed 0, 1 or 2 must not get one of our own files there.
void fill_standard_descriptors() {
  Fd null;
  do null.reset(open("/dev/null", O_RDWR | O_CLOEXEC));
  while (null.is_open() && null.get() <= STDERR_FILENO && null.release() >= 0);
}

}  // namespace
}  // namespace kube

int main(int argc, char** argv) {
  kube::fill_standard_descriptors();
  const std::vector<std::string> words(argv + 1, argv + argc);
  const Result<int> code = kube::run(words);
  if (code) return *code;
  kube::remark("error: " + code.error().text());
  return 1;
}
