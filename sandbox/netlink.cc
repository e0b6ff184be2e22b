#include "sandbox/netlink.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <span>

#include "base/text.h"

namespace sandbox::netlink {
namespace {

constexpr size_t kMostBytes = 1 << 20;  // of one datagram of an answer

size_t padded(size_t size) {
  return (size + 3) & ~size_t{3};
}

// What the kernel says beside its errno (NETLINK_EXT_ACK): "The interface netns is immutable".
std::string words_of(std::string_view body, uint16_t flags) {
  if ((flags & NLM_F_ACK_TLVS) == 0) return {};
  auto attributes = attributes_of({NLMSG_ERROR, std::string(body)}, sizeof(nlmsgerr));
  auto words = attributes.find(NLMSGERR_ATTR_MSG);
  if (words == attributes.end()) return {};
  return words->second.substr(0, words->second.find('\0'));
}

struct Progress {
  bool done = false;
  std::vector<Answer> answers;
};

// The messages of one datagram.
Result<> take(std::string_view datagram, uint32_t sequence, Progress& progress) {
  while (datagram.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    memcpy(&header, datagram.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size())
      return fail("netlink: a message is not as long as it says");
    std::string_view body = datagram.substr(sizeof header, header.nlmsg_len - sizeof header);
    datagram.remove_prefix(std::min(datagram.size(), padded(header.nlmsg_len)));
    if (header.nlmsg_seq != sequence) continue;  // of an earlier request
    if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
      int32_t err = 0;
      if (body.size() >= sizeof err) memcpy(&err, body.data(), sizeof err);
      progress.done = true;
      if (err == 0) return {};
      std::string words = header.nlmsg_type == NLMSG_ERROR ? words_of(body, header.nlmsg_flags) : "";
      return fail_errno(-err, words.empty() ? "netlink" : cat("netlink: ", words));
    }
    progress.answers.push_back({header.nlmsg_type, std::string(body)});
  }
  return {};
}

Result<std::string> receive(int socket) {
  std::string datagram;
  sockaddr_nl sender{};
  for (;;) {
    ssize_t size = recv(socket, nullptr, 0, MSG_PEEK | MSG_TRUNC);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno(errno, "netlink: receive");
    if (static_cast<size_t>(size) > kMostBytes) return fail_errno(EMSGSIZE, "netlink: receive");
    datagram.resize(static_cast<size_t>(size));
    socklen_t length = sizeof sender;
    size = recvfrom(socket, datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&sender), &length);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno(errno, "netlink: receive");
    if (sender.nl_pid != 0) continue;  // not the kernel
    datagram.resize(std::min(datagram.size(), static_cast<size_t>(size)));
    return datagram;
  }
}

}  // namespace

Result<> Request::add(uint16_t attribute, std::string_view bytes) {
  rtattr header;
  if (bytes.size() > UINT16_MAX - sizeof header) return fail_errno(EMSGSIZE, cat("netlink: attribute ", attribute));
  header.rta_len = static_cast<uint16_t>(sizeof header + bytes.size());
  header.rta_type = attribute;
  body_.append(reinterpret_cast<const char*>(&header), sizeof header);
  body_ += bytes;
  pad();
  return {};
}

Result<> Request::add(uint16_t attribute, uint32_t number) {
  return add(attribute, std::string_view(reinterpret_cast<const char*>(&number), sizeof number));
}

Result<> Request::add_text(uint16_t attribute, const std::string& text) {
  return add(attribute, std::string_view(text.c_str(), text.size() + 1));
}

std::string Request::bytes(uint32_t sequence) const {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<uint32_t>(sizeof header + body_.size());
  header.nlmsg_type = type_;
  header.nlmsg_flags = static_cast<uint16_t>(flags_ | NLM_F_REQUEST | (is_dump() ? 0 : NLM_F_ACK));
  header.nlmsg_seq = sequence;
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + body_;
}

bool Request::is_dump() const {
  return (flags_ & NLM_F_DUMP) == NLM_F_DUMP;
}

std::map<uint16_t, std::string> attributes_of(const Answer& answer, size_t header_size) {
  std::map<uint16_t, std::string> found;
  std::string_view rest = answer.body;
  rest.remove_prefix(std::min(rest.size(), padded(header_size)));
  while (rest.size() >= sizeof(rtattr)) {
    rtattr header;
    memcpy(&header, rest.data(), sizeof header);
    if (header.rta_len < sizeof header || header.rta_len > rest.size()) break;
    found[header.rta_type] = rest.substr(sizeof header, header.rta_len - sizeof header);
    rest.remove_prefix(std::min(rest.size(), padded(header.rta_len)));
  }
  return found;
}

uint32_t number_in(const std::map<uint16_t, std::string>& attributes, uint16_t attribute) {
  uint32_t number = 0;
  auto found = attributes.find(attribute);
  if (found != attributes.end() && found->second.size() == sizeof number)
    memcpy(&number, found->second.data(), sizeof number);
  return number;
}

Result<Socket> Socket::open() {
  Fd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd.is_open()) return fail_errno(errno, "netlink: make a socket");
  int on = 1;
  for (int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK})
    (void)setsockopt(fd.get(), SOL_NETLINK, option, &on, sizeof on);  // older kernels say less, and that is all
  return Socket(std::move(fd));
}

Result<std::vector<Answer>> Socket::ask(const Request& request) {
  std::string bytes = request.bytes(++sequence_);
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  ssize_t sent = -1;
  do sent = sendto(fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&kernel), sizeof kernel);
  while (sent < 0 && errno == EINTR);
  if (sent < 0) return fail_errno(errno, "netlink: send");
  Progress progress;
  while (!progress.done) TRY(take(TRY(receive(fd_.get())), sequence_, progress));
  return std::move(progress.answers);
}

}  // namespace sandbox::netlink
