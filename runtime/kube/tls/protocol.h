// What nacelle-tls says before it passes bytes on.
#pragma once

namespace kube {

// The handshake is done. Whatever else comes first is why it is not.
constexpr char kSecured = '\1';

}  // namespace kube
