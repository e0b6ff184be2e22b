// delete: asks the supervisor, or does its work when it is dead.
#include <algorithm>

#include "base/loop.h"
#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/selector.h"
#include "runtime/kube/state/lookup.h"
#include "runtime/kube/state/namespaces.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/storage/claims.h"
#include "runtime/kube/supervisor/end_pod.h"
#include "runtime/kube/verbs/duration.h"
#include "runtime/kube/verbs/kustomization.h"
#include "runtime/kube/verbs/manifests.h"
#include "runtime/kube/verbs/object_write.h"
#include "runtime/kube/verbs/resource.h"
#include "runtime/kube/verbs/wait_gone.h"

namespace kube {
namespace {

constexpr Option kDelete[] = {
    {"filename", 'f', "FILE", "what is in a manifest, a folder of them, or - for stdin"},
    {"kustomize", 'k', "DIR", "what a folder with a kustomization.yaml makes"},
    kSelectorOption,
    {"grace-period", 0, "SECONDS", "until the containers are killed (default: the pod's own)"},
    {"now", 0, "", "a grace period of one second"},
    {"force", 0, "", "kill at once"},
    {"all", 0, "", "all of the kind in the namespace"},
    {"ignore-not-found", 0, "", "what is not there is no error"},
    {"wait", 0, "", "--wait=false: do not wait until everything is gone"},
    {"timeout", 0, "TIME", "wait no longer than this, e.g. 30s"},
};

struct Deletion {
  std::string ns, name;
  const KindNames* kind = &KindOf<Pod>::names;
};

Result<int64_t> parse_grace(const Call& call, const Pod& pod) {
  if (call.arguments.has("force")) return 0;
  if (call.arguments.has("now")) return 1;
  if (!call.arguments.has("grace-period")) return grace_of(pod.spec);
  const std::string text = call.arguments.value("grace-period");
  const auto seconds = parse_number<int64_t>(text);
  if (!seconds || *seconds < -1 || *seconds > INT32_MAX)
    return fail(cat("--grace-period: ", quoted(text), " is no number of seconds"));
  return *seconds == -1 ? grace_of(pod.spec) : *seconds;
}

// What has been told to go. Everything is told before anything is waited for, so that pods end side by side.
struct Going {
  Deletion deletion;
  Pod pod = {};  // of pods alone, as what follows
  int64_t grace = 0;
  std::optional<Pidfd> supervisor = {};
};

// Until when all of it is waited for.
struct Patience {
  std::optional<int64_t> end;  // on the clock of monotonic_ms()

  // In milliseconds, of which a time has a week's at most (base/duration.h); -1 is for ever.
  int left() const { return end ? static_cast<int>(std::max<int64_t>(*end - monotonic_ms(), 0)) : -1; }
};

Result<Patience> parse_patience(const Call& call) {
  if (!call.arguments.has("timeout")) return Patience{};
  const int64_t limit = TRY_IN("--timeout", parse_duration(call.arguments.value("timeout")));
  return limit == 0 ? Patience{} : Patience{monotonic_ms() + limit};
}

bool is_waited_for(const Call& call) {
  return call.arguments.value("wait") != "false";
}

Result<> end_going(const Call& call, Going& going) {
  going.supervisor =
      TRY_IN(cat("delete pod ", quoted(going.deletion.name)), end_pod(call.place, going.pod, going.grace));
  return {};
}

Result<Going> begin_pod(const Call& call, const Deletion& deletion) {
  Going going{.deletion = deletion, .pod = TRY(find_pod(call.place, deletion.ns, deletion.name))};
  going.grace = TRY(parse_grace(call, going.pod));
  TRY(end_going(call, going));
  TRY(say(cat("pod \"", deletion.name, call.arguments.has("force") ? "\" force deleted\n" : "\" deleted\n")));
  return going;
}

Result<> wait_for_pod(const Call& call, Going& going, const Patience& patience) {
  while (going.supervisor) {
    if (!wait_end(*going.supervisor, patience.left()))
      return fail(cat("timed out waiting for the end of pods/", going.deletion.name));
    // Where it was killed in the middle of it, the rest is ours, or another supervisor's that has taken over.
    TRY(end_going(call, going));
  }
  return {};
}

// A namespace goes with all that is in it, pods first.
Result<> delete_namespace(const Call& call, const std::string& name, const Patience& patience) {
  if (name == "default") return fail("namespaces \"default\" is forbidden: this namespace may not be deleted");
  const std::vector<std::string> known = TRY(list_namespaces(call.place));
  if (std::ranges::find(known, name) == known.end()) return fail(cat("namespaces \"", name, "\" not found"));
  std::vector<Going> pods;
  for (const Pod& pod : TRY(list_pods(call.place, name))) {
    Result<Going> begun = begin_pod(call, {name, pod.metadata.name});
    if (!begun && is_not_found(begun.error())) continue;  // it has just gone by itself
    pods.push_back(TRY(std::move(begun)));
  }
  for (Going& pod : pods)
    if (is_waited_for(call)) TRY(wait_for_pod(call, pod, patience));
  TRY(remove_namespace(call.place, name));
  TRY(sync_storage(call.place));
  return say(cat("namespace \"", name, "\" deleted\n"));
}

Result<Going> begin(const Call& call, const Deletion& deletion, const Patience& patience) {
  if (deletion.kind == &KindOf<Pod>::names) return begin_pod(call, deletion);
  if (deletion.kind == &KindOf<Namespace>::names)
    TRY(delete_namespace(call, deletion.name, patience));
  else {
    TRY(delete_object(call.place, *deletion.kind, deletion.ns, deletion.name));
    TRY(say(cat(deletion.kind->singular, " \"", deletion.name, "\" deleted\n")));
  }
  return Going{.deletion = deletion};
}

// A claim that a pod uses, and a volume that is bound, stay until they are not.
Result<> wait_for(const Call& call, Going& going, const Patience& patience) {
  const auto& [ns, name, kind] = going.deletion;
  if (kind == &KindOf<Pod>::names) return wait_for_pod(call, going, patience);
  if (!is_storage(*kind) || TRY(wait_until_gone(call.place, *kind, ns, name, patience.left()))) return {};
  return fail(cat("timed out waiting for the end of ", kind->plural, "/", name));
}

Result<int> delete_all(const Call& call, const std::vector<Deletion>& deletions) {
  const Patience patience = TRY(parse_patience(call));
  std::vector<Going> all;
  int code = 0;
  const auto report = [&](const Error& error) {
    remark(cat("error: ", error.text()));
    code = 1;
  };
  const auto wait_for_all = [&] {
    for (Going& going : all) {
      if (!is_waited_for(call)) break;
      if (const Result<> gone = wait_for(call, going, patience); !gone) report(gone.error());
    }
    all.clear();
  };
  for (const Deletion& deletion : deletions) {
    if (deletion.kind == &KindOf<Namespace>::names) wait_for_all();  // some of it may be in there
    Result<Going> begun = begin(call, deletion, patience);
    if (begun)
      all.push_back(*std::move(begun));
    else if (!is_not_found(begun.error()) || !call.arguments.has("ignore-not-found"))
      report(begun.error());
  }
  wait_for_all();
  return code;
}

// All of a kind, with -l or --all.
Result<> append_selected(const Call& call, const KindNames& kind, std::vector<Deletion>& deletions) {
  if (!call.arguments.has("all") && !call.arguments.has("selector"))
    return fail("nothing was named", "a NAME, -l LABELS, -f FILE or --all");
  const Selector selector = TRY(parse_selector(call.arguments.value("selector")));
  for (const Object& object : TRY(find_objects(call.place, kind, call.ns)))
    if (is_selected(selector, metadata_of(object).labels))
      deletions.push_back({metadata_of(object).ns, metadata_of(object).name, &kind});
  if (deletions.empty()) remark("No resources found");
  return {};
}

Result<std::vector<Deletion>> read_deletions(const Call& call) {
  std::vector<Deletion> deletions;
  std::vector<Object> objects;
  if (call.arguments.has("filename")) objects = TRY(read_manifests(call));
  if (call.arguments.has("kustomize")) objects = TRY(read_kustomization(call));
  for (const Object& object : objects)
    deletions.push_back({metadata_of(object).ns, metadata_of(object).name, &kind_of(object)});
  if (!objects.empty() && call.arguments.operands.empty()) return deletions;
  for (const Resources& resources : TRY(parse_resources(call.arguments.operands))) {
    TRY(check_is_object(*resources.kind));
    for (const std::string& name : resources.names) deletions.push_back({call.ns, name, resources.kind});
    if (resources.names.empty()) TRY(append_selected(call, *resources.kind, deletions));
  }
  return deletions;
}

}  // namespace

const std::span<const Option> kDeleteOptions = kDelete;

Result<int> run_delete(const Call& call) {
  std::vector<Deletion> deletions = TRY(read_deletions(call));
  // Last: what was named besides and is in it would be gone already.
  std::ranges::stable_partition(deletions, [](const Deletion& one) { return one.kind != &KindOf<Namespace>::names; });
  if (call.arguments.has("force"))
    remark("Warning: Immediate deletion does not wait for the containers to end by themselves.");
  return delete_all(call, deletions);
}

}  // namespace kube
