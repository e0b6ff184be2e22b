// The socket of a shim, which several starters may want to make at once.
#pragma once

#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace shim {

// Makes the socket (0600) and listens, in a directory that only we can write to (made 0700 when it is missing). Gives
// no open descriptor when somebody listens there already. One that nobody listens on is what a shim left that was
// killed: it is replaced. Of several callers at once exactly one gets the descriptor.
Result<Fd> listen_unless_served(const std::string& path);

// Removes the socket unless somebody listens on it. Nothing there is no error.
Result<> remove_unserved(const std::string& path);

}  // namespace shim
