#include "runtime/kube/supervisor/attachments.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace kube {
namespace {

// Enough for a client that is not run for some milliseconds; the kernel's own memory, not ours.
constexpr int kPipeSize = 256 << 10;

Result<FdPair> make_lane() {
  FdPair pipe = TRY(pipe_pair());
  (void)fcntl(pipe.theirs.get(), F_SETPIPE_SZ, kPipeSize);  // as large as it is, where that is not allowed
  TRY(make_nonblocking(pipe.theirs.get()));
  return pipe;
}

Result<> say_to(const Fd& connection, std::string_view word) {
  if (send(connection.get(), word.data(), word.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    return fail_errno(errno, "send to the client");
  return {};
}

}  // namespace

Attachments::~Attachments() {
  end();
}

void Attachments::set_input(Fd input, bool once) {
  takes_input_ = input.is_open();
  input_ = std::move(input);
  is_once_ = once;
}

// It has no end that could be closed, so stdinOnce means nothing to it.
void Attachments::set_terminal(int master, bool takes_input) {
  terminal_ = master;
  has_tty_ = true;
  takes_input_ = takes_input;
}

Result<> Attachments::check_input() const {
  if (!takes_input_)
    return fail("the container does not read stdin", "its manifest needs stdin: true; or use exec -it");
  if (has_tty_ && terminal_ < 0)
    return fail("the container's terminal is closed", "none of its processes has it open; use exec -it");
  if (!has_tty_ && !input_.is_open())
    return fail("the container's stdin is closed", "with stdinOnce it is open for the first client alone");
  return {};
}

Result<> Attachments::send_ends(const Fd& connection, Client& client) const {
  const std::string_view words[] = {attach_words::kOutput, attach_words::kErrors};
  for (size_t stream = 0; stream < 2; stream++) {
    FdPair lane = TRY(make_lane());
    TRY(send_descriptor(connection.get(), words[stream], lane.ours.get()));
    client.pipes[stream] = std::move(lane.theirs);
  }
  // The terminal is also for its size.
  if (terminal_ >= 0)
    TRY(send_descriptor(connection.get(), attach_words::kTerminal, terminal_));
  else if (client.has_input)
    TRY(send_descriptor(connection.get(), attach_words::kInput, input_.get()));
  return say_to(connection, attach_words::kAttached);
}

Result<> Attachments::add(Fd& connection, bool wants_input) {
  if (wants_input) TRY(check_input());
  const auto added = clients_.emplace(clients_.end());
  added->has_input = wants_input;
  Result<> done = loop_.watch(connection.get(), EPOLLIN | EPOLLRDHUP,
                              [this, added](uint32_t events) { on_connection(added, events); });
  if (done) done = send_ends(connection, *added);
  if (done) {
    added->connection = std::move(connection);
    return {};
  }
  loop_.forget(connection.get());
  clients_.erase(added);
  return done;
}

// With stdinOnce the container's stdin ends with his.
void Attachments::end_input_of(const Client& client) {
  if (client.has_input && is_once_) input_.reset();
}

// Nothing is said here any more: his end has come, or that of his stdin.
void Attachments::on_connection(Clients::iterator client, uint32_t events) {
  end_input_of(*client);
  if (events & (EPOLLHUP | EPOLLERR)) return drop(client, {});
  (void)loop_.change(client->connection.get(), 0);  // which still tells of a hang-up
}

// False when he does not listen any more.
bool Attachments::write_some(Client& client, size_t stream) {
  std::string& pending = client.pending[stream];
  while (!pending.empty()) {
    const ssize_t taken = write(client.pipes[stream].get(), pending.data(), pending.size());
    if (taken < 0) return errno == EAGAIN || errno == EINTR;
    pending.erase(0, static_cast<size_t>(taken));
  }
  return true;
}

void Attachments::pass(bool is_errors, std::string_view bytes) {
  const size_t stream = is_errors ? 1 : 0;
  for (auto next = clients_.begin(); next != clients_.end();) {
    const auto client = next++;
    client->pending[stream].append(bytes);
    if (!write_some(*client, stream))
      drop(client, {});
    else if (!client->pending[stream].empty())
      wait_for(client, stream);
  }
}

void Attachments::wait_for(Clients::iterator client, size_t stream) {
  loop_.forget(client->pipes[stream].get());  // it may be waited for already
  (void)loop_.watch(client->pipes[stream].get(), EPOLLOUT, [this, client, stream](uint32_t) { flush(client, stream); });
  if (client->patience == 0)
    client->patience = loop_.after(kPatience, [this, client] { drop(client, attach_words::kLost); });
}

void Attachments::flush(Clients::iterator client, size_t stream) {
  loop_.cancel(client->patience);
  client->patience = 0;
  loop_.forget(client->pipes[stream].get());
  if (!write_some(*client, stream)) return drop(client, {});
  for (size_t i = 0; i < 2; i++)
    if (!client->pending[i].empty()) wait_for(client, i);
  if (!is_full()) on_ready_();
}

bool Attachments::is_full() const {
  for (const Client& client : clients_)
    if (!client.pending[0].empty() || !client.pending[1].empty()) return true;
  return false;
}

// With a last word, unless he is not there to hear it.
void Attachments::drop(Clients::iterator client, std::string_view word) {
  end_input_of(*client);
  if (!word.empty()) (void)say_to(client->connection, word);
  if (client->patience != 0) loop_.cancel(client->patience);
  loop_.forget(client->connection.get());
  const bool was_full = is_full();
  for (const Fd& pipe : client->pipes) loop_.forget(pipe.get());
  clients_.erase(client);
  if (was_full && !is_full()) on_ready_();
}

void Attachments::end() {
  on_ready_ = [] {};
  input_.reset();
  while (!clients_.empty()) {
    const Client& first = clients_.front();
    const bool has_all = first.pending[0].empty() && first.pending[1].empty();
    drop(clients_.begin(), has_all ? attach_words::kEnded : attach_words::kLost);
  }
}

}  // namespace kube
