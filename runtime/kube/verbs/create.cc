// create: from manifests, and ConfigMaps, Secrets, service accounts and namespaces from words.
#include "runtime/kube/verbs/create.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/base64.h"
#include "runtime/kube/api/defaults.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/object_hash.h"
#include "runtime/kube/api/validate_objects.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/verbs/manifests.h"
#include "runtime/kube/verbs/object_write.h"
#include "runtime/kube/verbs/output.h"
#include "runtime/kube/verbs/sources.h"
#include "runtime/kube/verbs/token.h"

namespace kube {
namespace {

constexpr Option kCreate[] = {
    kFilenameOption,
    {"from-file", 0, "[KEY=]PATH", "a key with a file's content, or one for each file of a folder"},
    {"from-env-file", 0, "FILE", "a key for each line NAME=VALUE"},
    {"from-literal", 0, "KEY=VALUE", "a key with this value"},
    {"type", 0, "TYPE", "of a secret (default: Opaque)"},
    {"docker-server", 0, "SERVER", "a registry (default: https://index.docker.io/v1/)"},
    {"docker-username", 0, "NAME", "for the registry"},
    {"docker-password", 0, "PASSWORD", "for the registry"},
    {"docker-email", 0, "ADDRESS", "for the registry"},
    {"audience", 0, "NAME", "of a token; may be given many times"},
    {"duration", 0, "TIME", "that a token lives (default: 1h)"},
    {"bound-object-kind", 0, "KIND", "Pod, Secret or Node that a token is bound to"},
    {"bound-object-name", 0, "NAME", "of that object"},
    {"bound-object-uid", 0, "UID", "of that object"},
    {"append-hash", 0, "", "a hash of the content behind the name"},
    {"dry-run", 0, "MODE", "client: show what would be made, and do nothing"},
    {"output", 'o', "FORMAT", "yaml, json, name or jsonpath=TEMPLATE"},
};

DataSources sources_of(const Call& call) {
  return {.files = call.arguments.values("from-file"),
          .env_files = call.arguments.values("from-env-file"),
          .literals = call.arguments.values("from-literal")};
}

Result<Object> make_config_map(const Call& call, const std::string& name) {
  ConfigMap map;
  map.metadata.name = name;
  put_data(map, TRY(read_sources(sources_of(call), "ConfigMap", name)));
  if (call.arguments.has("append-hash")) map.metadata.name = cat(name, "-", hash_object(map));
  return map;
}

Result<Object> finish_secret(const Call& call, Secret secret) {
  if (call.arguments.has("append-hash")) secret.metadata.name = cat(secret.metadata.name, "-", hash_object(secret));
  return secret;
}

Result<Object> make_generic_secret(const Call& call, const std::string& name) {
  Secret secret;
  secret.metadata.name = name;
  secret.type = call.arguments.value("type");
  secret.data = TRY(read_sources(sources_of(call), "Secret", name));
  return finish_secret(call, std::move(secret));
}

// What `docker login` writes, in its order of keys.
std::string docker_config(const Call& call) {
  const std::string user = call.arguments.value("docker-username"), password = call.arguments.value("docker-password");
  const std::string email = call.arguments.value("docker-email");
  std::vector<std::pair<std::string, Node>> login = {{"username", text_node(user)}, {"password", text_node(password)}};
  if (!email.empty()) login.emplace_back("email", text_node(email));
  login.emplace_back("auth", text_node(write_base64(cat(user, ":", password))));
  const std::string server = call.arguments.value("docker-server", "https://index.docker.io/v1/");
  return emit_go_json(mapping_node({{"auths", mapping_node({{server, mapping_node(std::move(login))}})}}));
}

Result<Object> make_registry_secret(const Call& call, const std::string& name) {
  Secret secret;
  secret.metadata.name = name;
  secret.type = "kubernetes.io/dockerconfigjson";
  if (call.arguments.has("from-file")) {
    secret.data = TRY(read_sources({.files = call.arguments.values("from-file")}, "Secret", name));
  } else {
    if (call.arguments.value("docker-username").empty() || call.arguments.value("docker-password").empty())
      return fail("either --from-file or --docker-username and --docker-password are required");
    secret.data[".dockerconfigjson"] = docker_config(call);
  }
  return finish_secret(call, std::move(secret));
}

template <class T>
Result<Object> make_plain(const Call&, const std::string& name) {
  T object;
  object.metadata.name = name;
  return object;
}

// The options that each way of making something takes, besides -n, --dry-run and -o.
struct Maker {
  std::string_view kind, variant;
  std::string_view options;
  Result<Object> (*make)(const Call& call, const std::string& name);
};
constexpr Maker kMakers[] = {
    {"configmap", "", "from-file from-env-file from-literal append-hash", make_config_map},
    {"secret", "generic", "from-file from-env-file from-literal type append-hash", make_generic_secret},
    {"secret", "docker-registry", "from-file docker-server docker-username docker-password docker-email append-hash",
     make_registry_secret},
    {"serviceaccount", "", "", make_plain<ServiceAccount>},
    {"namespace", "", "", make_plain<Namespace>},
};

Result<> check_options(const Call& call, const Maker& maker) {
  const std::vector<std::string> taken = split(maker.options, ' ');
  for (const Option& option : kCreateOptions)
    if (call.arguments.has(option.name) && option.name != "dry-run" && option.name != "output" &&
        std::ranges::find(taken, option.name) == taken.end())
      return fail(
          cat("--", option.name, " does not go with ", maker.kind, maker.variant.empty() ? "" : " ", maker.variant));
  return {};
}

// The words are KIND NAME, or secret VARIANT NAME.
Result<const Maker*> find_maker(const std::vector<std::string>& words) {
  const KindNames* kind = find_resource(words[0]);
  bool is_known = false;
  for (const Maker& maker : kMakers) {
    if (!kind || kind->singular != maker.kind) continue;
    is_known = true;
    const size_t before_name = maker.variant.empty() ? 1 : 2;
    if (!maker.variant.empty() && (words.size() < 2 || words[1] != maker.variant)) continue;
    if (words.size() == before_name + 1) return &maker;
    return fail(cat("exactly one NAME is required, got ", words.size() - before_name),
                "see nacelle kube create --help");
  }
  return fail(is_known ? "secret generic NAME or secret docker-registry NAME"
                       : cat(quoted(words[0]), " is nothing that is made from words"),
              "configmap, secret generic, secret docker-registry, serviceaccount, namespace; all else with -f FILE");
}

Result<> check_valid(const Object& object) {
  return std::visit(
      []<class T>(const T& one) -> Result<> {
        if constexpr (std::is_same_v<T, Pod>)
          return {};
        else
          return refuse_invalid(KindOf<T>::names.kind, one.metadata.name, validate(one));
      },
      object);
}

Result<Object> make_object(const Call& call) {
  const Maker& maker = *TRY(find_maker(call.arguments.operands));
  TRY(check_options(call, maker));
  Object object = TRY(maker.make(call, call.arguments.operands.back()));
  if (kind_of(object).has_namespace) metadata_of(object).ns = call.asked_ns();
  return object;
}

void complete(Object& object) {
  std::visit([](auto& one) { set_defaults(one); }, object);
}

Result<> create_any(const Place& place, const Object& object) {
  const Pod* pod = std::get_if<Pod>(&object);
  if (!pod) return create_object(place, object);
  if (find_pod(place, pod->metadata.ns, pod->metadata.name))
    return fail(cat("pods \"", pod->metadata.name, "\" already exists"));
  return create_pod(place, *pod);
}

}  // namespace

const std::span<const Option> kCreateOptions = kCreate;

Result<bool> is_dry_run(const Call& call) {
  const std::string mode = call.arguments.value("dry-run", "none");
  if (mode == "none" || mode == "client") return mode == "client";
  return fail(cat("--dry-run: ", quoted(mode), " is not none or client"));
}

Result<> say_done(const Object& object, std::string_view done, bool is_dry) {
  return say(cat(kind_of(object).singular, "/", metadata_of(object).name, " ", done, is_dry ? " (dry run)\n" : "\n"));
}

Result<int> run_create(const Call& call) {
  const auto& words = call.arguments.operands;
  if (!words.empty() && words[0] == "token") return create_token(call);
  const bool has_file = call.arguments.has("filename");
  if (has_file != call.arguments.operands.empty())
    return fail(has_file ? "-f FILE stands alone" : "-f FILE or what to make is missing",
                "see nacelle kube create --help");
  const Output output = TRY(parse_output(call.arguments.value("output")));
  const bool is_dry = TRY(is_dry_run(call));
  std::vector<Object> objects;
  if (has_file)
    objects = TRY(read_manifests(call));
  else
    objects.push_back(TRY(make_object(call)));
  std::vector<Object> done;
  for (Object object : objects) {
    const Object shown = object;
    complete(object);
    if (!is_dry) TRY(check_valid(object));
    if (!is_dry) TRY(create_any(call.place, object));
    if (output.format == Output::Format::table) TRY(say_done(object, "created", is_dry));
    done.push_back(is_dry ? shown : object);
  }
  if (output.format != Output::Format::table) TRY(say(TRY(print_objects(done, output, objects.size() == 1))));
  return 0;
}

}  // namespace kube
