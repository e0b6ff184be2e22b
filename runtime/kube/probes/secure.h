// TLS over a socket that is connected, by the program nacelle-tls.
#pragma once

#include <string>

#include "base/pidfd.h"

namespace kube {

struct SecureSocket {
  Pidfd program;  // to be ended by the caller (end_child)
  Fd socket;      // non-blocking; what to expect of it first is in tls/protocol.h
};

// Hands the socket over. Errors: the program cannot be found or run.
Result<SecureSocket> secure(Fd connected, const std::string& host);

}  // namespace kube
