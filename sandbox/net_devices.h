// Network devices of the host that become the container's (config-linux.md, "Network Devices").
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sandbox/netlink.h"

namespace sandbox {

struct NetDevice {
  std::string host_name;
  std::string name;  // in the container; "eth%d": the kernel finds a number
};

// Devices that were moved. They go back to where they came from, under their old names, with their addresses, when the
// object goes without commit(): an error must leave the host as it was.
class MovedDevices {
 public:
  // Moves each into the network namespace, renames it, gives it its permanent global addresses again, which the kernel
  // takes away with the move, and sets it up. Errors name linux.netDevices['eth0'].
  static Result<MovedDevices> move(const std::vector<NetDevice>& devices, Fd network_namespace);

  MovedDevices(MovedDevices&&) = default;
  MovedDevices& operator=(MovedDevices&&) = delete;
  ~MovedDevices();

  // They are the container's for good: they end with its network namespace, or, the real ones, return to the host.
  void commit() { moved_.clear(); }

 private:
  // An address as the kernel wants it when it is added.
  struct Address {
    std::string header;  // struct ifaddrmsg
    std::vector<std::pair<uint16_t, std::string>> attributes;
  };
  struct Link {
    std::string host_name;
    int host_index = 0, index = 0;  // on the host, and in the container
    bool was_up = false;
    std::vector<Address> addresses;
  };
  struct Side {  // one of the two network namespaces
    Fd space;
    netlink::Socket socket;
  };

  MovedDevices(Side host, Side container) : host_(std::move(host)), container_(std::move(container)) {}
  static Result<Side> open_side(Fd space);
  static Result<Link> find(netlink::Socket& socket, const std::string& name);
  static Result<std::vector<Address>> addresses_of(netlink::Socket& socket, int index);
  // Sends a device to the other side, under a name that nobody has, and gives its index there.
  static Result<int> cross(Side& from, int index, Side& to);
  // Makes it what it should be there.
  static Result<> settle(Side& side, int index, const std::string& name, const std::vector<Address>& addresses,
                         bool up);
  Result<> move_one(const NetDevice& device);

  Side host_, container_;
  std::vector<Link> moved_;
};

}  // namespace sandbox
