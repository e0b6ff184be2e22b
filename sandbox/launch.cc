#include "sandbox/launch.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include "base/file.h"
#include "base/text.h"
#include "sandbox/scheduling.h"

namespace sandbox {
namespace {

// The child's program in a file that nobody can change, not even through /proc/PID/exe (CVE-2019-5736). Made once.
Result<int> program_file() {
  static int file = -1;
  if (file >= 0) return file;
  Fd fd(memfd_create("nacelle-init", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.is_open()) return fail_errno(errno, "memfd_create for the container's init");
  TRY_IN("the container's init",
         write_all(fd.get(), {reinterpret_cast<const char*>(child_image.data()), child_image.size()}));
  if (fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
    return fail_errno(errno, "seal the container's init");
  return file = fd.release();
}

// Children are born into the pid namespace that was entered last; the runtime itself stays where it is, and goes back.
Result<> enter_pid_namespace(int fd) {
  if (fd >= 0 && setns(fd, CLONE_NEWPID) < 0) return fail_errno(errno, "join the pid namespace");
  return {};
}

// The source of a mount that the child is not let through to.
Result<Fd> open_tree(const char* path, uint64_t flags) {
  Fd tree(static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, path, flags)));
  if (tree.is_open()) return tree;
  // EPERM: we have no rights over mounts, and no more than the child could say.
  return fail_errno(errno == EPERM ? EACCES : errno, cat("open_tree ", quoted(path)),
                    "the container's root must be let through to the source of the mount");
}

// A word to the child, of one byte.
Result<> tell(int socket, const char* word) {
  // EPIPE: the child is dead already; what it said before it died is still to be heard.
  if (send(socket, word, 1, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
    return fail_errno(errno, "tell the child to go on");
  return {};
}

}  // namespace

Result<Child> launch(const Plan& plan, const LaunchOptions& options) {
  Fd image = TRY(memory_file("nacelle-plan", plan.image()));
  FdPair sockets = TRY(socket_pair(SOCK_SEQPACKET));
  auto birth = std::make_unique<Birth>();
  birth->program = TRY(program_file());
  birth->image = image.get();
  birth->socket = sockets.theirs.get();
  birth->parents_socket = sockets.ours.get();
  birth->await_maps = (options.namespaces & CLONE_NEWUSER) != 0;
  birth->keep_fds = plan.kept_fds();
  birth->stdio = options.stdio;
  birth->slots.assign(plan.slot_fds().begin(), plan.slot_fds().end());
  *std::to_chars(birth->image_number, std::end(birth->image_number) - 1, birth->image).ptr = 0;
  *std::to_chars(birth->socket_number, std::end(birth->socket_number) - 1, birth->socket).ptr = 0;

  auto affinity = TRY(BorrowedAffinity::begin(options.cpus));
  Fd own_pid_namespace;
  if (options.pid_namespace >= 0) {
    own_pid_namespace.reset(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
    if (!own_pid_namespace.is_open()) return fail_errno(errno, "open /proc/self/ns/pid");
    TRY(enter_pid_namespace(options.pid_namespace));
  }
  auto process = give_birth(*birth, options.namespaces, options.cgroup);
  auto back = enter_pid_namespace(own_pid_namespace.get());
  if (!process) return std::unexpected(std::move(process).error());
  Child child(std::move(*process), std::move(sockets.ours), std::move(birth));
  TRY(std::move(back));
  return child;
}

Child::~Child() {
  end_child(process_);
}

Pidfd Child::let_go() {
  socket_.reset();
  return std::move(process_);
}

Result<> Child::go_on() {
  return tell_to_go_on(socket_.get());
}

Result<> tell_to_go_on(int socket) {
  return tell(socket, "g");
}

Result<Heard> hear(int socket) {
  Heard heard;
  // ECONNRESET comes once when the child ended without reading our last word; what it said itself is behind it.
  auto received = receive_descriptor(socket, sizeof heard.message);
  while (!received && received.error().err == ECONNRESET) received = receive_descriptor(socket, sizeof heard.message);
  if (!received) return std::unexpected(within("hear from the child", std::move(received).error()));
  heard.closed = received->bytes.empty();
  if (heard.closed) return heard;
  if (received->bytes.size() != sizeof heard.message) return fail("hear from the child: not one of its messages");
  memcpy(&heard.message, received->bytes.data(), sizeof heard.message);
  heard.message.detail[sizeof heard.message.detail - 1] = 0;
  heard.descriptor = std::move(received->fd);
  return heard;
}

Result<> Child::died() {
  auto status = wait_exit(process_);
  process_.fd.reset();
  if (!status) return std::unexpected(status.error());
  if (*status == 128 + SIGKILL)
    return fail("the container's init was killed before it could start",
                "its memory limit may be too low for a start, or something killed it");
  return fail(cat("the container's init ended before it could start, with status ", *status));
}

Result<int> Child::user_namespace_for(const IdMaps& maps, size_t index) {
  if (id_map_namespaces_.size() <= index) id_map_namespaces_.resize(index + 1);
  Fd& made = id_map_namespaces_[index];
  if (made.is_open()) return made.get();
  if (!maps.is_empty()) {
    made = TRY(make_user_namespace(maps));
  } else {
    made.reset(open(cat("/proc/", process_.pid, "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
    if (!made.is_open()) return fail_errno(errno, "open the container's user namespace");
  }
  return made.get();
}

// The operation that the child asks for, in our place and with our rights. Gives the descriptor that goes back to it.
Result<Fd> Child::act_for(const Op& op, const Plan& plan, const Fd& mount) {
  if (op.code == OpCode::borrow_tree) return open_tree(plan.text_at(op.a), op.x);
  if (op.code != OpCode::idmap || !mount.is_open()) return fail("hear from the child: not an operation of ours");
  TRY(map_mount(mount.get(), TRY(user_namespace_for(plan.id_maps()[op.y], op.y)), op.x));
  return Fd();
}

Result<> Child::serve(const Plan& plan, const Heard& asked) {
  if (asked.message.step >= plan.ops().size()) return fail("hear from the child: not an operation of its plan");
  const Op& op = plan.ops()[asked.message.step];
  Fd made = TRY_IN(plan.origin(op), act_for(op, plan, asked.descriptor));
  // Another word than that to go on, which the child may have been told in advance.
  if (made.is_open()) return send_descriptor(socket_.get(), "d", made.get());
  return tell(socket_.get(), "d");
}

Result<> Child::follow(const Plan& plan, Barrier last, const AtBarrier& at_barrier) {
  bool executing = false;  // the exec is seen from outside as the socket being closed by it
  for (;;) {
    auto heard = TRY(hear(socket_.get()));
    if (heard.closed) return executing ? Result<>{} : died();
    const Message& message = heard.message;
    attached_ = message.attached;
    if (message.kind == Message::failed) return std::unexpected(plan.explain(message));
    auto barrier = static_cast<Barrier>(message.value);
    if (barrier == Barrier::forked) {
      // The first process made the one that goes on, and ends; reap it and take its place.
      auto next = TRY(open_pidfd(message.err));
      TRY(wait_exit(process_));
      process_ = std::move(next);
      continue;
    }
    executing = executing || barrier == Barrier::exec;
    if (barrier == Barrier::exec) continue;
    if (barrier == Barrier::request) {
      TRY(serve(plan, heard));
      continue;
    }
    if (at_barrier) TRY(at_barrier(barrier, std::move(heard.descriptor)));
    if (barrier == last) return {};
    TRY(go_on());
  }
}

}  // namespace sandbox
