// Secrets that hold a token which does not expire: type kubernetes.io/service-account-token.
#pragma once

#include "base/result.h"
#include "runtime/kube/api/objects.h"
#include "runtime/kube/state/place.h"

namespace kube {

// Whether the Secret is one of these.
bool is_token_secret(const Secret& secret);

// What a cluster's token controller does: puts the keys token, ca.crt and namespace in, where they are missing, and the
// account's uid into the annotations. A token of an account that has been made anew since is replaced. Nothing is done
// to Secrets of other types. The caller has made sure of the certificate (make_root_ca()) and has the lock of the
// objects. Error: serviceaccount "x" not found.
Result<> fill_token_secret(const Place& place, Secret& secret);

// Removes the Secrets with tokens of an account that has gone. The caller has the lock of the objects.
Result<> remove_token_secrets(const Place& place, const std::string& ns, const std::string& account);

}  // namespace kube
