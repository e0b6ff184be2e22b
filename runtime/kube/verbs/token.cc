#include "runtime/kube/verbs/token.h"

#include "base/text.h"
#include "runtime/kube/sandbox/node_info.h"
#include "runtime/kube/state/objects.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/tokens/issuer.h"
#include "runtime/kube/tokens/service_account.h"
#include "runtime/kube/verbs/duration.h"

namespace kube {
namespace {

Result<std::string> find_uid(const Call& call, const std::string& kind, const std::string& name) {
  if (kind == "Pod") return TRY(find_pod(call.place, call.ns, name)).metadata.uid;
  if (kind == "Secret") return TRY(read_object<Secret>(call.place, call.ns, name)).metadata.uid;
  if (name != read_node_name()) return fail(cat("nodes \"", name, "\" not found"));
  return node_uid();
}

Result<BoundObject> read_bound(const Call& call) {
  const std::string kind = call.arguments.value("bound-object-kind"), name = call.arguments.value("bound-object-name");
  if (kind != "Pod" && kind != "Secret" && kind != "Node")
    return fail(cat("--bound-object-kind: ", quoted(kind), " is not Pod, Secret or Node"));
  if (name.empty()) return fail("--bound-object-name is required if --bound-object-kind is provided");
  const std::string uid = TRY(find_uid(call, kind, name)), asked = call.arguments.value("bound-object-uid", uid);
  if (asked != uid) return fail(cat("the UID in the bound object reference (", asked, ") does not match (", uid, ")"));
  return BoundObject{kind == "Pod" ? "pod" : kind == "Node" ? "node" : "secret", name, uid};
}

}  // namespace

Result<int> create_token(const Call& call) {
  const auto& operands = call.arguments.operands;
  if (operands.size() != 2) return fail(cat("exactly one NAME is required, got ", operands.size() - 1));
  const ServiceAccount account = TRY(read_service_account(call.place, call.ns, operands[1]));
  TokenRequest request{.ns = call.ns, .account = account.metadata.name, .account_uid = account.metadata.uid};
  request.audiences = call.arguments.values("audience");
  if (call.arguments.has("duration"))
    request.life = TRY_IN("--duration", parse_duration(call.arguments.value("duration"))) / 1000;
  if (request.life < kLeastTokenLife) return fail("--duration: may not specify a duration less than 10 minutes");
  if (request.life > kMostTokenLife) return fail("--duration: may not specify a duration larger than 2^32 seconds");
  if (call.arguments.has("bound-object-kind")) request.bound = {TRY(read_bound(call))};
  const Issuer issuer = TRY(Issuer::open(call.place));
  TRY(say(cat(TRY(issuer.issue(request, now())).text, "\n")));
  return 0;
}

Result<int> get_raw(const Call& call) {
  const std::string path = call.arguments.value("raw");
  if (path == "/.well-known/openid-configuration") {
    TRY(say(cat(Issuer::discovery(), "\n")));
  } else if (path == "/openid/v1/jwks") {
    TRY(say(cat(TRY(TRY(Issuer::open(call.place)).jwks()), "\n")));
  } else {
    return fail(cat("--raw ", quoted(path), ": not served here"),
                "/.well-known/openid-configuration or /openid/v1/jwks");
  }
  return 0;
}

}  // namespace kube
