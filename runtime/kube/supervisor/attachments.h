// Those who are attached to a running container from outside: each has pipes of his own for what it writes from now on,
// and its stdin or terminal itself.
//
//   client                          supervisor
//   "attach web stdin"        ->
//                             <-    "output" + descriptor, "errors" + descriptor
//                             <-    "input" or "terminal" + descriptor
//                             <-    "attached"; or, instead of all, why not
//   (half closed)             ->    its stdin has ended
//                             <-    "ended", or "lost": it has taken too little; then the pipes' ends
#pragma once

#include <array>
#include <functional>
#include <list>
#include <string>
#include <string_view>

#include "base/loop.h"

namespace kube {

// The words of the protocol.
namespace attach_words {
constexpr std::string_view kOutput = "output", kErrors = "errors", kInput = "input", kTerminal = "terminal";
constexpr std::string_view kAttached = "attached", kEnded = "ended", kLost = "lost";
}  // namespace attach_words

class Attachments {
 public:
  // How long the container waits for a client that takes nothing of what it has written, in milliseconds. Then it is
  // told that it has lost something, and dropped.
  static constexpr int64_t kPatience = 1000;

  // `on_ready` is called when is_full() has become false.
  Attachments(Loop& loop, std::function<void()> on_ready) : loop_(loop), on_ready_(std::move(on_ready)) {}
  Attachments(const Attachments&) = delete;
  ~Attachments();

  // What clients may write to: the write end of the container's stdin, which is closed when the first one with it goes
  // if `once` (stdinOnce); or a terminal's master, which is the caller's.
  void set_input(Fd input, bool once);
  void set_terminal(int master, bool takes_input);
  // The master is closed: no process has the terminal any more.
  void forget_terminal() { terminal_ = -1; }

  // Takes one in. Error: why he cannot have what he asks for; he is the caller's still.
  Result<> add(Fd& connection, bool wants_input);

  // Gives all of them the bytes: of stdout, or of stderr. Never blocks.
  void pass(bool is_errors, std::string_view bytes);
  // Somebody has not taken all that was passed: read no more from the container until he has, or is dropped.
  bool is_full() const;

  // The container has ended.
  void end();

 private:
  struct Client {
    Fd connection;
    std::array<Fd, 2> pipes = {};             // write ends: stdout, stderr
    std::array<std::string, 2> pending = {};  // what does not fit in yet
    bool has_input = false;
    Loop::TimerId patience = 0;
  };
  using Clients = std::list<Client>;

  Result<> check_input() const;
  Result<> send_ends(const Fd& connection, Client& client) const;
  void on_connection(Clients::iterator client, uint32_t events);
  void flush(Clients::iterator client, size_t stream);
  bool write_some(Client& client, size_t stream);
  void wait_for(Clients::iterator client, size_t stream);
  void end_input_of(const Client& client);
  void drop(Clients::iterator client, std::string_view word);

  Loop& loop_;
  std::function<void()> on_ready_;
  Clients clients_;
  Fd input_;
  int terminal_ = -1;
  bool takes_input_ = false, is_once_ = false, has_tty_ = false;
};

}  // namespace kube
