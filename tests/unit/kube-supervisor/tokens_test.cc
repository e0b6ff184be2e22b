#include <doctest/doctest.h>

#include "runtime/kube/tokens/issuer.h"
#include "runtime/kube/tokens/pod_tokens.h"

TEST_CASE("tokens: the claims are those of an API server") {
  const kube::TokenRequest request{.ns = "kube-system",
                                   .account = "coredns",
                                   .account_uid = "a",
                                   .bound = {{"node", "127.0.0.1", "n"}, {"pod", "coredns-1", "p"}},
                                   .life = 31536000,
                                   .warn_after = 3607};
  CHECK(kube::token_claims(request, {1700077413}, "ea28") ==
        R"({"aud":["https://kubernetes.default.svc"],"exp":1731613413,"iat":1700077413,)"
        R"("iss":"https://kubernetes.default.svc","jti":"ea28","kubernetes.io":{"namespace":"kube-system",)"
        R"("node":{"name":"127.0.0.1","uid":"n"},"pod":{"name":"coredns-1","uid":"p"},)"
        R"("serviceaccount":{"name":"coredns","uid":"a"},"warnafter":1700081020},"nbf":1700077413,)"
        R"("sub":"system:serviceaccount:kube-system:coredns"})");
}

TEST_CASE("tokens: renewed at 80 % of their life, or after a day") {
  CHECK(kube::renewal_of({1000}, 600).seconds == 1480);
  CHECK(kube::renewal_of({1000}, 3607).seconds == 1000 + 2885);
  CHECK(kube::renewal_of({1000}, 1'000'000).seconds == 1000 + 86400);
}
