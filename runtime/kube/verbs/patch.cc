// patch, label, annotate and replace.
#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/names.h"
#include "runtime/kube/api/selector.h"
#include "runtime/kube/state/lookup.h"
#include "runtime/kube/verbs/change.h"
#include "runtime/kube/verbs/create.h"
#include "runtime/kube/verbs/manifests.h"
#include "runtime/kube/verbs/output.h"
#include "runtime/kube/verbs/resource.h"
#include "runtime/kube/verbs/verb.h"

namespace kube {
namespace {

constexpr Option kPatch[] = {
    {"patch", 'p', "PATCH", "the change, in JSON or YAML"},
    {"patch-file", 0, "FILE", "a file with the change"},
    {"type", 0, "TYPE", "strategic (the default), merge or json"},
    {"subresource", 0, "NAME", "resize: of a pod, only cpu and memory; status: of a node"},
    {"output", 'o', "FORMAT", "yaml, json, name or jsonpath=TEMPLATE"},
};
constexpr Option kLabel[] = {
    {"overwrite", 0, "", "also where there is a value already"},
    {"all", 0, "", "all of the kind in the namespace"},
    kSelectorOption,
    {"list", 0, "", "show them after the change"},
};
constexpr Option kReplace[] = {kFilenameOption};

Result<ObjectPatch> parse_change(const Call& call) {
  const bool has_text = call.arguments.has("patch"), has_file = call.arguments.has("patch-file");
  if (has_text == has_file)
    return fail(has_text ? "--patch and --patch-file do not go together" : "must specify --patch or --patch-file");
  ObjectPatch patch;
  const std::string type = call.arguments.value("type", "strategic");
  const auto known = patch_type_named(type);
  if (!known) return fail(cat("--type must be one of [strategic merge json], not ", quoted(type)));
  patch.type = *known;
  patch.subresource = call.arguments.value("subresource");
  patch.text = call.arguments.value("patch");
  if (has_file) patch.text = TRY_IN("patch", read_file(call.arguments.value("patch-file"), kTextLimit));
  return patch;
}

Result<> check_subresource(const KindNames& kind, const std::string& subresource) {
  if (subresource.empty() || (&kind == &KindOf<Pod>::names && subresource == "resize") ||
      (&kind == &KindOf<NodeObject>::names && subresource == "status"))
    return {};
  return fail(cat("--subresource: ", quoted(subresource), " is none of ", kind.plural));
}

Result<> say_change(const Object& object, std::string_view done) {
  return say(cat(kind_of(object).singular, "/", metadata_of(object).name, " ", done, "\n"));
}

// "app=web" sets, "app-" takes away.
struct Marks {
  StringMap set;
  std::vector<std::string> removed;
};

Result<Marks> parse_marks(std::span<const std::string> words) {
  Marks marks;
  for (const std::string& word : words) {
    const size_t sign = word.find('=');
    if (sign == word.npos && word.size() > 1 && word.ends_with('-'))
      marks.removed.push_back(word.substr(0, word.size() - 1));
    else if (sign == word.npos || sign == 0)
      return fail(cat("at least one KEY=VALUE or KEY- is wanted, not ", quoted(word)));
    else
      marks.set[word.substr(0, sign)] = word.substr(sign + 1);
  }
  for (const std::string& key : marks.removed)
    if (marks.set.contains(key)) return fail(cat("can not both modify and remove ", key, " in the same command"));
  return marks;
}

// What label and annotate differ in.
struct MarkVerb {
  std::string_view field;  // of the metadata
  std::string_view done, undone, none;
  StringMap ObjectMeta::* member;
};
constexpr MarkVerb kLabels = {"labels", "labeled", "unlabeled", "not labeled", &ObjectMeta::labels};
constexpr MarkVerb kAnnotations = {"annotations", "annotated", "annotated", "annotated", &ObjectMeta::annotations};

std::string marks_patch(const MarkVerb& verb, const Marks& marks) {
  Node changes{.kind = Node::Kind::mapping};
  for (const auto& [key, value] : marks.set) changes.entries.push_back({text_node(key), text_node(value)});
  for (const std::string& key : marks.removed) changes.entries.push_back({text_node(key), {}});
  return emit_compact_json(mapping_node({{"metadata", mapping_node({{std::string(verb.field), changes}})}}));
}

Result<> check_overwrite(const MarkVerb& verb, const StringMap& present, const Marks& marks) {
  std::vector<std::string> wrong;
  for (const auto& [key, value] : marks.set)
    if (const auto found = present.find(key); found != present.end() && found->second != value)
      wrong.push_back(cat("'", key, "' already has a value (", found->second, ")"));
  if (wrong.empty()) return {};
  if (&verb == &kLabels) return fail(cat(wrong[0], ", and --overwrite is false"));
  return fail(cat("--overwrite is false but found the following declared annotation(s): ", join(wrong, "; ")));
}

Result<> list_marks(const Call& call, const MarkVerb& verb, const Object& object) {
  const KindNames& kind = kind_of(object);
  const Object now = TRY(find_object(call.place, kind, metadata_of(object).ns, metadata_of(object).name));
  for (const auto& [key, value] : metadata_of(now).*verb.member) TRY(say(cat(key, "=", value, "\n")));
  return {};
}

Result<> mark_object(const Call& call, const MarkVerb& verb, const Object& object, const Marks& marks) {
  const ObjectMeta& metadata = metadata_of(object);
  const StringMap& present = metadata.*verb.member;
  if (!call.arguments.has("overwrite")) TRY(check_overwrite(verb, present, marks));
  for (const std::string& key : marks.removed)
    if (!present.contains(key) && &verb == &kLabels) TRY(say(cat("label \"", key, "\" not found.\n")));
  const bool is_changed = TRY(change_object(call.place, kind_of(object), metadata.ns, metadata.name,
                                            {PatchType::merge, marks_patch(verb, marks), ""}));
  TRY(say_change(object, !is_changed ? verb.none : marks.set.empty() ? verb.undone : verb.done));
  return call.arguments.has("list") ? list_marks(call, verb, object) : Result<>();
}

// KIND NAME... KEY=VALUE..., or KIND/NAME... KEY=VALUE...: the objects, and how many words name them.
Result<std::vector<Object>> find_marked(const Call& call, std::span<const std::string> names) {
  std::vector<Object> objects;
  const Selector selector = TRY(parse_selector(call.arguments.value("selector")));
  for (const Resources& resources : TRY(parse_resources(names))) {
    for (const std::string& name : resources.names)
      objects.push_back(TRY(find_object(call.place, *resources.kind, call.ns, name)));
    if (!resources.names.empty()) continue;
    if (!call.arguments.has("all") && selector.empty()) return fail("nothing was named", "a NAME, -l LABELS or --all");
    for (Object& object : TRY(find_objects(call.place, *resources.kind, call.ns)))
      if (is_selected(selector, metadata_of(object).labels)) objects.push_back(std::move(object));
  }
  return objects;
}

Result<int> mark(const Call& call, const MarkVerb& verb) {
  const std::span<const std::string> words = call.arguments.operands;
  const auto is_mark = [](const std::string& word) { return word.find('=') != word.npos || word.ends_with('-'); };
  const auto first = std::ranges::find_if(words.begin() + 1, words.end(), is_mark);
  const Marks marks = TRY(parse_marks({first, words.end()}));
  if (marks.set.empty() && marks.removed.empty()) return fail(cat("at least one KEY=VALUE or KEY- is wanted"));
  int code = 0;
  for (const Object& object : TRY(find_marked(call, {words.begin(), first}))) {
    const Result<> marked = mark_object(call, verb, object, marks);
    if (marked) continue;
    remark(cat("error: ", marked.error().text()));
    code = 1;
  }
  return code;
}

}  // namespace

const std::span<const Option> kPatchOptions = kPatch, kLabelOptions = kLabel, kReplaceOptions = kReplace;

Result<int> run_patch(const Call& call) {
  const ObjectPatch patch = TRY(parse_change(call));
  const Output output = TRY(parse_output(call.arguments.value("output")));
  const std::vector<Resources> groups = TRY(parse_resources(call.arguments.operands));
  if (groups.size() != 1 || groups[0].names.size() != 1) return fail("one object is wanted", "patch KIND NAME");
  const KindNames& kind = *groups[0].kind;
  TRY(check_is_object(kind));
  TRY(check_subresource(kind, patch.subresource));
  const std::string& name = groups[0].names[0];
  const bool is_changed = TRY(change_object(call.place, kind, call.ns, name, patch));
  const Object object = TRY(find_object(call.place, kind, call.ns, name));
  if (output.format == Output::Format::table)
    TRY(say_change(object, is_changed ? "patched" : "patched (no change)"));
  else
    TRY(say(TRY(print_objects({object}, output, true))));
  return 0;
}

Result<int> run_label(const Call& call) {
  return mark(call, kLabels);
}

Result<int> run_annotate(const Call& call) {
  return mark(call, kAnnotations);
}

Result<int> run_replace(const Call& call) {
  if (!call.arguments.has("filename")) return fail("-f FILE is missing", "see nacelle kube replace --help");
  int code = 0;
  for (const Object& object : TRY(read_manifests(call))) {
    const Result<bool> replaced = replace_any(call.place, object);
    if (replaced) {
      TRY(say_change(object, "replaced"));
      continue;
    }
    remark(cat("error: ", replaced.error().text()));
    code = 1;
  }
  return code;
}

}  // namespace kube
