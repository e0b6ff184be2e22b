// The verbs of nacelle-kube, each with its table of options.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "runtime/kube/state/place.h"

namespace kube {

struct Call {
  const Place& place;
  std::string ns;  // asked for with -n, else "default"
  const Arguments& arguments;

  // "-n" as given: empty when it was not.
  std::string asked_ns() const { return arguments.value("namespace"); }
  // The namespace to list: empty for all of them (-A).
  std::string listed_ns() const { return arguments.has("all-namespaces") ? "" : ns; }
};

struct Verb {
  std::string_view name;
  std::string_view operands;
  std::string_view summary;
  std::span<const Option> options;  // besides those that all have
  size_t least = 0, most = 0;
  Result<int> (*run)(const Call& call) = nullptr;  // gives the exit code
};

// All of them, in the order in which they are shown.
std::span<const Verb> verbs();
const Verb* find_verb(std::string_view name);

// What every verb takes, before or behind its name: -n, --root and its kin.
extern const std::span<const Option> kCommonOptions;

// What --help shows of the program and of a verb.
std::string explain_program();
std::string explain_verb(const Verb& verb);

// The words of a verb, sorted and counted.
Result<Arguments> parse_verb(const Verb& verb, std::span<const std::string> words);

// The verbs' own work.
Result<int> run_apply(const Call& call);
Result<int> run_create(const Call& call);
Result<int> run_patch(const Call& call);
Result<int> run_label(const Call& call);
Result<int> run_annotate(const Call& call);
Result<int> run_replace(const Call& call);
Result<int> run_get(const Call& call);
Result<int> run_describe(const Call& call);
Result<int> run_logs(const Call& call);
Result<int> run_exec(const Call& call);
Result<int> run_delete(const Call& call);
Result<int> run_events(const Call& call);
Result<int> run_wait(const Call& call);
Result<int> run_top(const Call& call);
Result<int> run_image(const Call& call);
Result<int> run_version(const Call& call);
Result<int> run_watch(const Call& call);
Result<int> run_port_forward(const Call& call);
Result<int> run_cp(const Call& call);
Result<int> run_attach(const Call& call);

// Their options.
extern const std::span<const Option> kApplyOptions, kGetOptions, kLogsOptions, kExecOptions, kDeleteOptions,
    kEventsOptions, kWaitOptions, kTopOptions, kPortForwardOptions, kCreateOptions, kDescribeOptions, kPatchOptions,
    kLabelOptions, kReplaceOptions, kCpOptions, kAttachOptions;

// What several verbs take alike.
constexpr Option kFilenameOption = {"filename", 'f', "FILE",
                                    "a manifest, a folder of them, or - for stdin; may be given many times"};
constexpr Option kSelectorOption = {"selector", 'l', "LABELS",
                                    "only what has these labels: app=web,tier!=db,env in (a,b)"};
constexpr Option kEverywhereOption = {"all-namespaces", 'A', "", "of every namespace"};

// Results go to stdout, remarks to stderr.
Result<> say(std::string_view text);
void remark(std::string_view line);

}  // namespace kube
