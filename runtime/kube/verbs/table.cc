// The table of verbs, and what is made of it.
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "runtime/kube/verbs/verb.h"

namespace kube {
namespace {

constexpr Option kCommon[] = {
    {"namespace", 'n', "NAMESPACE", "of the objects (default: default)"},
    {"root", 0, "DIR", "where pods are recorded (default: /run/nacelle-kube); another one holds all else, too"},
    {"data-root", 0, "DIR", "roots and volumes of the pods (default: /var/lib/nacelle/pods)"},
    {"log-root", 0, "DIR", "logs (default: /var/log/pods)"},
    {"image-root", 0, "DIR", "the store of images (default: /var/lib/nacelle/images)"},
    {"object-root", 0, "DIR", "all objects but pods (default: /var/lib/nacelle/objects)"},
};
constexpr size_t kMany = 1000;

constexpr Usage kProgram = {.program = "nacelle kube",
                            .operands = "VERB [ARGUMENT]...",
                            .summary = "run Kubernetes Pods on this machine",
                            .options = kCommon};

std::vector<Option> options_of(const Verb& verb) {
  std::vector<Option> options(verb.options.begin(), verb.options.end());
  options.insert(options.end(), kCommonOptions.begin(), kCommonOptions.end());
  return options;
}

}  // namespace

const std::span<const Option> kCommonOptions = kCommon;

std::span<const Verb> verbs() {
  static const Verb table[] = {
      {"apply", "", "make what manifests say", kApplyOptions, 0, 0, run_apply},
      {"create", "[KIND NAME]", "make something new", kCreateOptions, 0, 3, run_create},
      {"patch", "KIND NAME", "change an object, or resize a pod", kPatchOptions, 1, 2, run_patch},
      {"label", "KIND NAME... KEY=VALUE|KEY-...", "set labels, or take them away", kLabelOptions, 2, kMany, run_label},
      {"annotate", "KIND NAME... KEY=VALUE|KEY-...", "set annotations, or take them away", kLabelOptions, 2, kMany,
       run_annotate},
      {"replace", "", "make an object that is there what a manifest says", kReplaceOptions, 0, 0, run_replace},
      {"get", "KIND[,KIND]... [NAME]...", "show pods and other objects", kGetOptions, 0, kMany, run_get},
      {"describe", "KIND [NAME]...", "show a pod with its history, or another object", kDescribeOptions, 1, kMany,
       run_describe},
      {"logs", "POD [CONTAINER]", "show what a container has written", kLogsOptions, 1, 2, run_logs},
      {"exec", "POD -- COMMAND [ARGUMENT]...", "run a command in a container", kExecOptions, 1, kMany, run_exec},
      {"attach", "POD", "see what a container writes from now on, and type into it", kAttachOptions, 1, 2, run_attach},
      {"cp", "[NAMESPACE/]POD:PATH PATH | PATH [NAMESPACE/]POD:PATH", "copy files out of a container, or into it",
       kCpOptions, 2, 2, run_cp},
      {"port-forward", "POD [LOCAL:]REMOTE...", "lead ports of this machine to a pod", kPortForwardOptions, 2, kMany,
       run_port_forward},
      {"delete", "KIND NAME...", "end pods and remove all that they have, or other objects", kDeleteOptions, 0, kMany,
       run_delete},
      {"events", "", "show what has happened to pods", kEventsOptions, 0, 0, run_events},
      {"wait", "POD...", "wait until pods are in a condition", kWaitOptions, 1, kMany, run_wait},
      {"top", "pod [NAME]... | node", "show what pods use, or the machine", kTopOptions, 1, kMany, run_top},
      {"image", "import FILE [NAME] | ls | rm IMAGE...", "import, list and remove images", {}, 1, kMany, run_image},
      {"watch", "DIR|URL", "keep the static pods whose manifests are there", {}, 1, 1, run_watch},
      {"version", "", "show the version", {}, 0, 0, run_version},
  };
  return table;
}

const Verb* find_verb(std::string_view name) {
  const auto table = verbs();
  const auto found = std::ranges::find(table, name, &Verb::name);
  return found == table.end() ? nullptr : &*found;
}

std::string explain_program() {
  std::string text = cat(kProgram.program, ": ", kProgram.summary, "\n\nUsage: ", kProgram.program, " [OPTION]... ",
                         kProgram.operands, "\n\nVerbs:\n");
  for (const Verb& verb : verbs()) {
    const std::string line = cat("  ", verb.name);
    text += cat(line, std::string(16 - line.size(), ' '), verb.summary, "\n");
  }
  return cat(text, "\nOptions, before or behind the verb:\n", explain(kCommonOptions),
             "\nOptions of a verb: nacelle kube VERB --help\n");
}

std::string explain_verb(const Verb& verb) {
  const std::string program = cat("nacelle kube ", verb.name);
  const std::vector<Option> options = options_of(verb);
  return explain(Usage{program, verb.operands, verb.summary, options, verb.least, verb.most});
}

Result<Arguments> parse_verb(const Verb& verb, std::span<const std::string> words) {
  const std::string program = cat("nacelle kube ", verb.name);
  const std::vector<Option> options = options_of(verb);
  const Usage usage{program, verb.operands, verb.summary, options, verb.least, verb.most};
  Arguments arguments = TRY(parse_arguments(usage, words));
  if (!arguments.has("help")) TRY(check_operands(usage, arguments));
  return arguments;
}

Result<> say(std::string_view text) {
  return write_all(STDOUT_FILENO, text);
}

void remark(std::string_view line) {
  (void)write_all(STDERR_FILENO, cat(line, "\n"));
}

}  // namespace kube
