#include "runtime/lifecycle/state_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/text.h"

namespace lifecycle {
namespace {

constexpr std::string_view kUnknown = "container does not exist: ";
// The init of a container in a user namespace passes through to the empty directory. Sticky: what sweeps old files out
// of $XDG_RUNTIME_DIR leaves it alone (XDG Base Directory Specification).
constexpr mode_t kRootMode = 01711;
constexpr const char* kState = "state.json";
constexpr const char* kConfig = "config.json";
constexpr const char* kNotify = "notify";
constexpr const char* kStart = "start";             // the container waits for start
constexpr const char* kNotYet = "start.not-ready";  // it is still being made

// The state's path may be longer than sun_path; through the directory's descriptor it is always short enough.
sockaddr_un socket_address(int dir, const char* name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string path = cat("/proc/self/fd/", dir, "/", name);
  memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

Result<Fd> new_socket() {
  Fd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail_errno(errno, "socket");
  return fd;
}

}  // namespace

Result<> check_id(const std::string& id) {
  constexpr std::string_view kOthers = "_+-.";
  bool good = !id.empty() && id.size() <= 255 && id != "." && id != "..";
  for (char c : id)
    good = good && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || kOthers.contains(c));
  if (!good) return fail(cat("invalid container id ", quoted(id)), "letters, digits and _+-. make an id");
  return {};
}

Error unknown_container(const std::string& id) {
  return fail(cat(kUnknown, quoted(id))).error();
}

bool is_unknown_container(const Error& error) {
  return error.err == 0 && error.message.starts_with(kUnknown);
}

Result<StateDir> StateDir::create(const std::string& root, const std::string& id) {
  TRY(check_id(id));
  TRY(make_directories(root, kRootMode));
  std::string path = cat(root, "/", id);
  if (mkdir(path.c_str(), 0700) < 0) {
    if (errno == EEXIST) return fail(cat("container ", quoted(id), " already exists"));
    return fail_errno(errno, cat("make directory ", quoted(path)));
  }
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  int err = errno;
  StateDir dir(root, id, std::move(fd), true);
  if (!dir.fd_.is_open()) return fail_errno(err, cat("open ", quoted(path)));
  TRY(dir.lock());
  return dir;
}

Result<StateDir> StateDir::open(const std::string& root, const std::string& id) {
  TRY(check_id(id));
  std::string path = cat(root, "/", id);
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.is_open() && (errno == ENOENT || errno == ENOTDIR)) return std::unexpected(unknown_container(id));
  if (!fd.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  return StateDir(root, id, std::move(fd), false);
}

StateDir::~StateDir() {
  if (fd_.is_open() && owned_) (void)remove();
}

Result<> StateDir::lock() {
  TRY(lock_descriptor(fd_.get(), path_));
  // Whoever held the lock may have been deleting it.
  struct stat info{};
  if (fstat(fd_.get(), &info) == 0 && info.st_nlink == 0) return std::unexpected(unknown_container(id_));
  return {};
}

void StateDir::unlock() const {
  (void)flock(fd_.get(), LOCK_UN);
}

Result<oci::State> StateDir::read() const {
  auto state = oci::read_state(file(kState));
  if (!state && state.error().err == ENOENT) return std::unexpected(unknown_container(id_));
  return state;
}

Result<> StateDir::write(const oci::State& state) const {
  return oci::write_state(state, file(kState));
}

Result<std::string> StateDir::read_config() const {
  return read_file(file(kConfig));
}

Result<> StateDir::write_config(const std::string& text) const {
  return replace_file(file(kConfig), text);
}

Result<Fd> StateDir::listen() const {
  Fd fd = TRY(new_socket());
  auto address = socket_address(fd_.get(), kNotYet);
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 || ::listen(fd.get(), 1) < 0)
    return fail_errno(errno, cat("listen on ", quoted(file(kNotYet))));
  return fd;
}

Result<> StateDir::publish() const {
  if (renameat(fd_.get(), kNotYet, fd_.get(), kStart) < 0)
    return fail_errno(errno, cat("rename ", quoted(file(kNotYet))));
  return {};
}

Result<Fd> StateDir::connect() const {
  Fd fd = TRY(new_socket());
  auto address = socket_address(fd_.get(), kStart);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0)
    return fail_errno(errno, cat("connect to ", quoted(file(kStart))));
  return fd;
}

Result<> StateDir::withdraw() const {
  if (unlinkat(fd_.get(), kStart, 0) < 0 && errno != ENOENT)
    return fail_errno(errno, cat("remove ", quoted(file(kStart))));
  return {};
}

bool StateDir::is_published() const {
  return faccessat(fd_.get(), kStart, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<> StateDir::make_notify_directory() const {
  // 0711: the init of a container in a user namespace has to pass through to what it mounts.
  if (mkdirat(fd_.get(), kNotify, 0755) < 0 || fchmodat(fd_.get(), kNotify, 0755, 0) < 0 || fchmod(fd_.get(), 0711) < 0)
    return fail_errno(errno, cat("make directory ", quoted(notify_directory())));
  return {};
}

bool StateDir::has_notify_directory() const {
  return faccessat(fd_.get(), kNotify, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<Fd> StateDir::listen_for_readiness() const {
  constexpr const char* kSocket = "notify/notify.sock";
  Fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail_errno(errno, "socket");
  auto address = socket_address(fd_.get(), kSocket);
  (void)unlinkat(fd_.get(), kSocket, 0);  // of a start that was killed
  // 0777: the program may run as any user; the directory is its container's alone.
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 ||
      fchmodat(fd_.get(), kSocket, 0777, 0) < 0)
    return fail_errno(errno, cat("listen on ", quoted(file(kSocket))));
  return fd;
}

Result<> StateDir::remove() {
  owned_ = false;
  return remove_tree(path_);
}

Result<std::string> empty_directory(const std::string& root) {
  std::string path = cat(root, "/.empty");
  if (mkdir(path.c_str(), 0555) < 0 && errno != EEXIST) return fail_errno(errno, cat("make directory ", quoted(path)));
  return path;
}

}  // namespace lifecycle
