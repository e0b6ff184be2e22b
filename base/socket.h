// Local sockets.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "base/descriptor.h"

// An address to bind or to connect to: a path, or "@name" for an abstract socket (unix(7)).
struct LocalAddress {
  sockaddr_un address{};
  socklen_t size = 0;
};
// ENAMETOOLONG when the path does not fit (107 bytes).
Result<LocalAddress> local_address(const std::string& path);

// A socket of the type (SOCK_STREAM, SOCK_DGRAM …) that is connected to that address; close-on-exec. Errors begin
// "connect to 'path'".
Result<Fd> connect_local(const std::string& path, int type = SOCK_STREAM);
