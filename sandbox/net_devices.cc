#include "sandbox/net_devices.h"

#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/text.h"

namespace sandbox {
namespace {

using netlink::Answer;
using netlink::Request;
using netlink::Socket;

// What of an address's flags its adder may choose; the others are the kernel's own.
constexpr uint32_t kChosenFlags =
    IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN;

ifinfomsg link_header(int index) {
  ifinfomsg header{};
  header.ifi_index = index;
  return header;
}

// A name that no device has: under it the device crosses, so that no other one of its name there is in the way, and it
// is found again behind whatever number it has then.
Result<std::string> passing_name() {
  uint64_t number = 0;
  if (getrandom(&number, sizeof number, 0) != sizeof number) return fail_errno(errno, "getrandom");
  char digits[16];
  auto end = std::to_chars(digits, digits + sizeof digits, number & 0xffffffffffff, 16).ptr;
  return cat("nc", std::string_view(digits, end));
}

Result<> rename(Socket& socket, int index, const std::string& name) {
  Request request(RTM_NEWLINK, 0, link_header(index));
  TRY(request.add_text(IFLA_IFNAME, name));
  TRY_IN(cat("rename to ", quoted(name)), socket.ask(request));
  return {};
}

Result<> set_up(Socket& socket, int index) {
  auto header = link_header(index);
  header.ifi_flags = header.ifi_change = IFF_UP;
  TRY_IN("set up", socket.ask(Request(RTM_NEWLINK, 0, header)));
  return {};
}

}  // namespace

// A socket belongs to the namespace that its maker is in. The thread goes there for that one call.
Result<MovedDevices::Side> MovedDevices::open_side(Fd space) {
  Fd own(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!own.is_open()) return fail_errno(errno, "open /proc/thread-self/ns/net");
  if (space.is_open() && setns(space.get(), CLONE_NEWNET) < 0)
    return fail_errno(errno, "enter the container's network namespace");
  auto opened = Socket::open();
  if (space.is_open() && setns(own.get(), CLONE_NEWNET) < 0)
    return fail_errno(errno, "go back to the host's network namespace");
  if (!opened) return std::unexpected(std::move(opened).error());
  return Side{space.is_open() ? std::move(space) : std::move(own), std::move(*opened)};
}

Result<MovedDevices::Link> MovedDevices::find(Socket& socket, const std::string& name) {
  Request request(RTM_GETLINK, 0, link_header(0));
  TRY(request.add_text(IFLA_IFNAME, name));
  for (const Answer& answer : TRY(socket.ask(request))) {
    ifinfomsg header;
    if (answer.type != RTM_NEWLINK || !answer.read(header)) continue;
    Link link;
    link.host_name = name;
    link.host_index = header.ifi_index;
    link.was_up = (header.ifi_flags & IFF_UP) != 0;
    return link;
  }
  return fail_errno(ENODEV, "netlink");
}

// Those that the specification wants kept: permanent, and of global scope.
Result<std::vector<MovedDevices::Address>> MovedDevices::addresses_of(Socket& socket, int index) {
  std::vector<Address> found;
  ifaddrmsg all{};
  for (const Answer& answer : TRY(socket.ask(Request(RTM_GETADDR, NLM_F_DUMP, all)))) {
    ifaddrmsg header;
    if (answer.type != RTM_NEWADDR || !answer.read(header) || header.ifa_index != static_cast<uint32_t>(index))
      continue;
    auto attributes = netlink::attributes_of(answer, sizeof header);
    uint32_t flags = attributes.contains(IFA_FLAGS) ? netlink::number_in(attributes, IFA_FLAGS) : header.ifa_flags;
    if ((flags & IFA_F_PERMANENT) == 0 || header.ifa_scope != RT_SCOPE_UNIVERSE) continue;
    header.ifa_flags = 0;
    Address address;
    address.header.assign(reinterpret_cast<const char*>(&header), sizeof header);
    for (uint16_t kept : {IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST})
      if (attributes.contains(kept)) address.attributes.emplace_back(kept, attributes.at(kept));
    flags &= kChosenFlags;
    address.attributes.emplace_back(IFA_FLAGS, std::string(reinterpret_cast<const char*>(&flags), sizeof flags));
    found.push_back(std::move(address));
  }
  return found;
}

Result<int> MovedDevices::cross(Side& from, int index, Side& to) {
  std::string name = TRY(passing_name());
  Request request(RTM_NEWLINK, 0, link_header(index));
  TRY(request.add(IFLA_NET_NS_FD, static_cast<uint32_t>(to.space.get())));
  TRY(request.add_text(IFLA_IFNAME, name));
  TRY_IN("move to another network namespace", from.socket.ask(request));
  return TRY(find(to.socket, name)).host_index;
}

Result<> MovedDevices::settle(Side& side, int index, const std::string& name, const std::vector<Address>& addresses,
                              bool up) {
  TRY(rename(side.socket, index, name));
  for (const Address& address : addresses) {
    ifaddrmsg header;
    memcpy(&header, address.header.data(), sizeof header);
    header.ifa_index = static_cast<uint32_t>(index);
    Request add(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, header);
    for (const auto& [attribute, bytes] : address.attributes) TRY(add.add(attribute, bytes));
    TRY_IN("add an address again", side.socket.ask(add));
  }
  if (up) TRY(set_up(side.socket, index));
  return {};
}

Result<> MovedDevices::move_one(const NetDevice& device) {
  Link link = TRY(find(host_.socket, device.host_name));
  link.addresses = TRY(addresses_of(host_.socket, link.host_index));
  link.index = TRY(cross(host_, link.host_index, container_));
  moved_.push_back(link);  // from here on it has to go back
  return settle(container_, link.index, device.name, link.addresses, true);
}

Result<MovedDevices> MovedDevices::move(const std::vector<NetDevice>& devices, Fd network_namespace) {
  MovedDevices moved(TRY_IN("linux.netDevices", open_side(Fd())),
                     TRY_IN("linux.netDevices", open_side(std::move(network_namespace))));
  for (const auto& device : devices)
    TRY_IN(cat("linux.netDevices[", quoted(device.host_name), "]"), moved.move_one(device));
  return moved;
}

MovedDevices::~MovedDevices() {
  for (auto link = moved_.rbegin(); link != moved_.rend(); ++link)
    if (auto index = cross(container_, link->index, host_))
      (void)settle(host_, *index, link->host_name, link->addresses, link->was_up);
}

}  // namespace sandbox
