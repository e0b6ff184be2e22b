// The child: interprets a plan inside the new container. Freestanding: no libc, no allocation, no exceptions; what it
// needs from the outside is system calls alone, and a test holds its symbols to that.
#pragma once

#include "sandbox/child/syscall.h"
#include "sandbox/ops.h"

struct statx;

namespace child {

using namespace sandbox;

// The plan as mapped, and the little that changes while it runs.
struct State {
  Header* header;
  const Op* ops;
  int32_t* slots;
  char* arena;

  int report_fd;           // where messages go: the parent's socket, later the connection of `start`
  uint32_t step;           // what the operation is just doing, for the error line
  long words_fd;           // open file system context, whose messages explain a failure; -1 none
  uint32_t told;           // how often the parent has let us go on while we waited for something else
  uint32_t attached;       // mounts that were put in place
  bool target_made;        // the last target was missing and was made
  bool chdir_refused;      // an earlier chdir failed for lack of permission
  const char* executable;  // found by find_executable

  int fd(int16_t slot) const { return slot < 0 ? -1 : slots[slot]; }
  const char* text(uint32_t offset) const { return offset == 0 ? nullptr : arena + offset; }
  template <class T>
  T* at(uint32_t offset) const {
    return reinterpret_cast<T*>(arena + offset);
  }
  // A system call that is remembered as the step.
  long run(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
    step = static_cast<uint32_t>(number);
    return call(number, a, b, c, d, e, f);
  }
  long close_slot(int16_t slot) {
    long result = call(__NR_close, slots[slot]);
    slots[slot] = -1;
    return result;
  }
  // Keeps a descriptor, or passes the error on.
  long keep(int16_t slot, long fd_or_error) {
    if (fd_or_error >= 0) slots[slot] = static_cast<int32_t>(fd_or_error);
    return fd_or_error;
  }
};

// Operations, by file. Each gives 0 or more, or a negative errno.
long make_target(State&, const Op&);
// What the operations on files are made of. `resolve` are RESOLVE_… besides those that hold for every path in the root.
long status_of(State&, int fd, struct statx& info);
bool is_directory(const struct statx& info);
bool lies_on_proc(int fd);  // on a procfs
// Splits a path at its last '/': copies what stands before into `parent` (kPathMax bytes) and gives the rest.
const char* last_part(const char* path, char* parent);
// Puts a mount over the target, both by descriptor.
long attach(State&, long mount, long target);
// `links`: how many symlinks without a target led here.
long make_directories(State&, int root, const char* path, uint32_t mode, uint64_t resolve, int links = 0);
long open_in(State&, int root, const char* path, uint64_t flags, uint64_t mode, uint64_t resolve);
long fs_mount(State&, const Op&);
long ask_parent(State&, const Op&);
long parent_private(State&, const Op&);
long copy_up(State&, const Op&);
long mask(State&, const Op&);
long make_readonly(State&, const Op&);
long pivot(State&, const Op&);
long move_root(State&, const Op&);
long open_proc(State&, const Op&);
long write_file(State&, const Op&);
long make_node(State&, const Op&);
long make_symlink(State&, const Op&);
long set_mount_attributes(State&, const Op&);
long move_mount(State&, const Op&);
long unmount(State&, const Op&);

long open_pty(State&, const Op&);
long bind_console(State&, const Op&);
long become_stdio(State&, const Op&);
long send_fd(State&, int socket, int fd, const char* name);
long send_with_fd(State&, int socket, const void* bytes, size_t size, int fd);

long bring_loopback_up(State&);
long fork_sibling(State&, const Op&);
long keep_only(State&, const Op&);
long own_stdio(State&, const Op&);
long fill_home(State&, const Op&);
long drop_bounding(State&, const Op&);
long set_capabilities(State&, const Op&);
long set_ambient(State&, const Op&);
long change_directory(State&, const Op&);
long find_executable(State&, const Op&);
long load_seccomp(State&, const Op&);
long wait_for_start(State&, const Op&);
long run_hook(State&, const Op&);
long execute(State&, const Op&);

// Messages.
long tell(State&, const Message&);
long reach(State&, uint64_t barrier, int32_t number);
bool wait_for_parent(State&);
// For the answer to a request: a descriptor when one comes with it, else 0. What the parent says in advance is kept.
long wait_for_answer(State&);

// Text.
size_t length(const char* text);
bool equal(const char* text, const char* other, size_t n);

}  // namespace child
