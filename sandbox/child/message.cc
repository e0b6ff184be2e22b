// What the child says to the parent, and the descriptors it hands over.
#include "sandbox/child/child.h"
#include "sandbox/child/kernel.h"

namespace child {
namespace {

// The kernel's layouts of struct msghdr and a control message that holds one descriptor.
struct Vector {
  const void* base;
  size_t size;
};
struct MessageHeader {
  void* name;
  uint32_t name_length;
  Vector* vectors;
  size_t vector_count;
  void* control;
  size_t control_length;
  uint32_t flags;
};
struct alignas(8) OneDescriptor {
  size_t length;
  int32_t level, type;
  int32_t fd;
};

constexpr long kNoSignal = 0x4000;        // MSG_NOSIGNAL
constexpr long kCloexecFds = 0x40000000;  // MSG_CMSG_CLOEXEC
constexpr char kGoOn = 'g', kDone = 'd';  // what the parent says

// The parent's next word, 0 when there will be none; and the descriptor that comes with it.
char receive(State& state, int32_t& fd) {
  char said = 0;
  Vector data{&said, 1};
  OneDescriptor control{};
  MessageHeader header{};
  header.vectors = &data;
  header.vector_count = 1;
  header.control = &control;
  header.control_length = sizeof control;
  long n = kEintr;
  while (n == kEintr) n = call(__NR_recvmsg, state.report_fd, word(&header), kCloexecFds);
  if (n == 1 && header.control_length >= 16 + sizeof fd) fd = control.fd;
  return n == 1 ? said : '\0';
}

}  // namespace

long tell(State& state, const Message& message) {
  return call(__NR_sendto, state.report_fd, word(&message), sizeof message, kNoSignal);
}

long reach(State& state, uint64_t barrier, int32_t number) {
  Message message{};
  message.kind = Message::reached;
  message.value = static_cast<uint32_t>(barrier);
  message.err = number;
  return tell(state, message);
}

// False when the parent is gone or wants us to end: its end of the socket is closed.
bool wait_for_parent(State& state) {
  int32_t fd = -1;
  if (state.told > 0) return state.told-- > 0;
  return receive(state, fd) == kGoOn;
}

long wait_for_answer(State& state) {
  int32_t fd = -1;
  char word = receive(state, fd);
  for (; word == kGoOn; word = receive(state, fd)) state.told++;
  if (word != kDone) return kEio;
  return fd < 0 ? 0 : fd;
}

long send_fd(State& state, int socket, int fd, const char* name) {
  return send_with_fd(state, socket, name, length(name), fd);
}

long send_with_fd(State& state, int socket, const void* bytes, size_t size, int fd) {
  Vector data{bytes, size};
  OneDescriptor control{16 + sizeof(int32_t), 1 /* SOL_SOCKET */, 1 /* SCM_RIGHTS */, fd};
  MessageHeader header{};
  header.vectors = &data;
  header.vector_count = 1;
  header.control = &control;
  header.control_length = sizeof control;
  return state.run(__NR_sendmsg, socket, word(&header), kNoSignal);
}

size_t length(const char* text) {
  size_t n = 0;
  while (text[n] != 0) n++;
  return n;
}

bool equal(const char* text, const char* other, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (text[i] != other[i]) return false;
  return true;
}

}  // namespace child
