#include "runtime/kube/tokens/pod_tokens.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/content_fields.h"
#include "runtime/kube/tokens/service_account.h"

namespace kube {
namespace {

// API servers let tokens of clients that do not read them again live for a year, and warn of those clients; the sign is
// the odd life that the default volume asks for.
constexpr int64_t kOddLife = 3607, kYear = 365LL * 24 * 3600;

Result<TokenRequest> request_of(const PodContext& context, const TokenProjection& token) {
  const ObjectMeta& pod = context.pod->metadata;
  const ServiceAccount account =
      TRY(read_service_account(*context.place, pod.ns, service_account_of(context.pod->spec)));
  TokenRequest request{.ns = pod.ns, .account = account.metadata.name, .account_uid = account.metadata.uid};
  if (!token.audience.empty()) request.audiences = {token.audience};
  request.bound = {{"node", context.node.name, node_uid()}, {"pod", pod.name, pod.uid}};
  request.life = token.expiration_seconds.value_or(kTokenLife);
  if (request.life == kOddLife && token.audience.empty()) {
    request.warn_after = kOddLife;
    request.life = kYear;
  }
  return request;
}

}  // namespace

Time renewal_of(Time issued, int64_t life) {
  constexpr int64_t kDay = 24LL * 3600;
  return {issued.seconds + std::min(life * 8 / 10, kDay)};
}

Result<std::string> PodTokens::read(const PodContext& context, const std::string& volume,
                                    const TokenProjection& token) {
  Held& held = held_[cat(volume, "/", token.path)];
  const Time at = now();
  if (!held.text.empty() && at < held.renewal) return held.text;
  const Issuer issuer = TRY(Issuer::open(*context.place));
  held.text = TRY(issuer.issue(TRY(request_of(context, token)), at)).text;
  held.renewal = renewal_of(at, token.expiration_seconds.value_or(kTokenLife));
  return held.text;
}

std::optional<Time> PodTokens::next_renewal() const {
  std::optional<Time> first;
  for (const auto& [key, held] : held_)
    if (!held.text.empty() && (!first || held.renewal < *first)) first = held.renewal;
  return first;
}

}  // namespace kube
