// nacelle-tls: the client's side of TLS for probes of the scheme HTTPS. A program of its own, as nacelle-sign is, so
// that who looks after a pod for months does not carry libssl; and because it parses what a container says, it is
// nobody, and has two sockets and nothing else.
//
//   nacelle-tls HOST    0: a socket to nacelle-kube, in the clear; 3: one that is connected to the server
//
// It says one byte, kSecured, when the handshake is done; then bytes go both ways. Or it says what went wrong, and
// ends.
#include <fcntl.h>
#include <grp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include "base/file.h"
#include "base/text.h"
#include "runtime/kube/tls/protocol.h"

namespace kube {
namespace {

constexpr int kClear = STDIN_FILENO, kServer = 3;
constexpr uid_t kNobody = 65534;

Result<> become_nobody() {
  if (setgroups(0, nullptr) < 0 || setresgid(kNobody, kNobody, kNobody) < 0 || setresuid(kNobody, kNobody, kNobody) < 0)
    return fail_errno(errno, "become nobody");
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return {};
}

// A server that says nothing would keep us for ever when nacelle-kube is gone. The kernel forgets the signal when a
// process becomes somebody else (prctl(2)), so this comes after that.
Result<> end_with_parent() {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) return fail_errno(errno, "prctl(PR_SET_PDEATHSIG)");
  pollfd asking = {kClear, 0, 0};
  if (poll(&asking, 1, 0) > 0) return fail("nacelle-kube has gone");
  return {};
}

// In the words of crypto/tls where it has some of its own.
std::string last_error() {
  const unsigned long code = ERR_get_error();
  if (code == 0) return errno != 0 ? strerror(errno) : "EOF";
  const int reason = ERR_GET_REASON(code);
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST))
    return "tls: first record does not look like a TLS handshake";
  if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) return "EOF";
  const char* words = ERR_reason_error_string(code);
  return cat("tls: ", words ? words : "unknown error");
}

// Whoever answers will do: the kubelet does not verify certificates either (InsecureSkipVerify), nor how strong their
// keys are.
Result<SSL*> shake_hands(const std::string& host) {
  // No configuration of the machine's: it could name programs and libraries.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* tls = context ? SSL_new(context) : nullptr;
  if (!tls) return fail(last_error());
  SSL_set_security_level(tls, 1);
  SSL_set_min_proto_version(tls, TLS1_2_VERSION);
  SSL_set_verify(tls, SSL_VERIFY_NONE, nullptr);
  // What is no data, as a ticket for the next session, must not make SSL_read wait for some while a request waits here.
  SSL_clear_mode(tls, SSL_MODE_AUTO_RETRY);
  if (!is_address(host)) SSL_set_tlsext_host_name(tls, host.c_str());
  errno = 0;
  if (SSL_set_fd(tls, kServer) != 1 || SSL_connect(tls) != 1) return fail(last_error());
  return tls;
}

// Until either side ends. The sockets block: who asked kills us when its time is over.
void pass_on(SSL* tls) {
  char bytes[16 << 10];
  while (true) {
    pollfd fds[] = {{kClear, POLLIN, 0}, {kServer, POLLIN, 0}};
    const bool has_more = SSL_pending(tls) > 0;
    if (poll(fds, 2, has_more ? 0 : -1) < 0 && errno != EINTR) return;
    if (fds[0].revents) {
      const ssize_t got = read(kClear, bytes, sizeof bytes);
      if (got <= 0 || SSL_write(tls, bytes, static_cast<int>(got)) <= 0) return;
    }
    if (!fds[1].revents && !has_more) continue;
    const int got = SSL_read(tls, bytes, sizeof bytes);
    if (got <= 0 && SSL_get_error(tls, got) == SSL_ERROR_WANT_READ) continue;
    if (got <= 0 || !write_all(kClear, {bytes, static_cast<size_t>(got)})) return;
  }
}

Result<> run(const std::string& host) {
  for (const int fd : {kClear, kServer}) {
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0) return fail_errno(errno, "sockets");
  }
  TRY(become_nobody());
  TRY(end_with_parent());
  SSL* tls = TRY(shake_hands(host));
  TRY(write_all(kClear, {&kSecured, 1}));
  pass_on(tls);
  return {};
}

}  // namespace
}  // namespace kube

int main(int argc, char** argv) {
  const Result<> done = argc == 2 ? kube::run(argv[1]) : fail("nacelle-tls is run by nacelle-kube");
  if (done) return 0;
  (void)write_all(STDIN_FILENO, done.error().text());
  return 1;
}
