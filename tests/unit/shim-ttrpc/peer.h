// A server on a socket in a folder of its own, and raw clients of it; all in one thread, on one loop.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/loop.h"
#include "runtime/shim/ttrpc/frame.h"
#include "runtime/shim/ttrpc/server.h"
#include "runtime/shim/wire/ttrpc.h"

struct Folder {
  Folder();
  ~Folder();
  std::string path;
};

// A listening socket at the path.
Fd listen_at(const std::string& path);

// Turns the loop until it is so, for half a minute at most: the sanitizers on a busy machine are slow. False when it
// never was.
bool until(Loop& loop, const std::function<bool()>& is_so);

struct Peer {
  Peer(Loop& on, const std::string& path);

  // Sends all of it, while the loop turns.
  void send(std::string_view bytes);
  void request(uint32_t stream, const std::string& method, const std::string& payload = {});
  // Reads what has come.
  void read();
  // The answer to a stream, for which the loop is turned. Code "aborted" when none comes.
  shim::wire::Response answer(uint32_t stream);
  bool is_cut();

  Loop& loop;
  Fd fd;
  bool is_closed = false;
  shim::ttrpc::FrameReader reader;
  std::map<uint32_t, shim::wire::Response> answers;
};

// A frame of a request.
std::string request_frame(uint32_t stream, const std::string& method, const std::string& payload = {});

// A server whose "echo" answers with the payload, and whose "wait" keeps the call.
struct Scene {
  Scene();
  Loop loop;
  Folder folder;
  std::string path;
  int calls = 0;
  std::vector<shim::ttrpc::Reply> waiting;
  std::unique_ptr<shim::ttrpc::Server> server;
};
