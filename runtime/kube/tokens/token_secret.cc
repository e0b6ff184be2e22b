#include "runtime/kube/tokens/token_secret.h"

#include "runtime/kube/state/objects.h"
#include "runtime/kube/tokens/issuer.h"
#include "runtime/kube/tokens/service_account.h"

namespace kube {
namespace {

constexpr const char* kType = "kubernetes.io/service-account-token";
constexpr const char* kName = "kubernetes.io/service-account.name";
constexpr const char* kUid = "kubernetes.io/service-account.uid";

std::string annotation_of(const Secret& secret, const char* name) {
  const auto found = secret.metadata.annotations.find(name);
  return found == secret.metadata.annotations.end() ? "" : found->second;
}

}  // namespace

bool is_token_secret(const Secret& secret) {
  return secret.type == kType;
}

Result<> fill_token_secret(const Place& place, Secret& secret) {
  if (!is_token_secret(secret)) return {};
  const std::string& ns = secret.metadata.ns;
  const ServiceAccount account = TRY(read_object<ServiceAccount>(place, ns, annotation_of(secret, kName)));
  const std::string& uid = account.metadata.uid;
  const bool is_of_another = annotation_of(secret, kUid) != uid;
  secret.metadata.annotations[kUid] = uid;
  if (is_of_another || secret.data["token"].empty()) {
    const Issuer issuer = TRY(Issuer::open(place));
    secret.data["token"] = TRY(issuer.issue_lasting({ns, account.metadata.name, uid}, secret.metadata.name));
  }
  if (secret.data["ca.crt"].empty()) secret.data["ca.crt"] = TRY(read_root_ca(place, ns));
  secret.data["namespace"] = ns;
  return {};
}

Result<> remove_token_secrets(const Place& place, const std::string& ns, const std::string& account) {
  for (const Secret& secret : TRY(list_objects<Secret>(place, ns)))
    if (is_token_secret(secret) && annotation_of(secret, kName) == account)
      TRY(remove_object<Secret>(place, ns, secret.metadata.name));
  return {};
}

}  // namespace kube
