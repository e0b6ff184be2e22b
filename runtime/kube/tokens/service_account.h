// The accounts that pods run as, and what the node gives them.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/kube/api/objects.h"
#include "runtime/kube/state/place.h"

namespace kube {

// The account "default" is in every namespace, which comes into being with it. Error: serviceaccount "x" not found.
Result<ServiceAccount> read_service_account(const Place& place, const std::string& ns, const std::string& name);

// Makes the ConfigMap kube-root-ca.crt of the namespace where it is missing: the certificate of the issuer's key.
Result<> make_root_ca(const Place& place, const std::string& ns);

// The certificate in it.
Result<std::string> read_root_ca(const Place& place, const std::string& ns);

// What an API server does with a new pod (its ServiceAccount admission): the account must exist; a pod whose
// automountServiceAccountToken is true, or says nothing and its account's is true, gets a volume kube-api-access-xxxxx
// with token, ca.crt and namespace in every container, at /var/run/secrets/kubernetes.io/serviceaccount, but where
// something else is mounted there. Without a word from either there is none: no API server is here to talk to.
Result<> admit_service_account(const Place& place, Pod& pod);

// The pod as it was before.
Pod without_api_access(Pod pod);

// A name for this machine that stays: made from machine-id(5), which itself is not to be shown around.
std::string node_uid();

}  // namespace kube
