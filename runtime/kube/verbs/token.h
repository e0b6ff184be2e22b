// Tokens of service accounts, and what tells others how to check them.
#pragma once

#include "base/result.h"
#include "runtime/kube/verbs/verb.h"

namespace kube {

// `create token ACCOUNT`: prints one.
Result<int> create_token(const Call& call);

// `get --raw PATH`: the issuer's documents, as an API server serves them.
Result<int> get_raw(const Call& call);

}  // namespace kube
