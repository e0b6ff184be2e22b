#include "runtime/kube/sandbox/node_info.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "runtime/kube/state/folder.h"

namespace kube {
namespace {

constexpr const char* kScoreFile = "/proc/self/oom_score_adj";
// As containerd's shims have it: below every container, above the kubelet.
constexpr int kSupervisorScore = -998;

std::string read_node_address() {
  std::string address = "127.0.0.1";
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) < 0) return address;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET || (one->ifa_flags & IFF_LOOPBACK) != 0) continue;
    char text[INET_ADDRSTRLEN];
    const auto* in = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
    if (inet_ntop(AF_INET, &in->sin_addr, text, sizeof text)) address = text;
    break;
  }
  freeifaddrs(all);
  return address;
}

// Folders "hugepages-2048kB" with a file that counts them.
std::vector<HugePages> read_huge_pages() {
  const std::string top = "/sys/kernel/mm/hugepages";
  constexpr std::string_view kBefore = "hugepages-", kBehind = "kB";
  std::vector<HugePages> all;
  for (const std::string& name : list_names(top).value_or(std::vector<std::string>())) {
    if (!name.starts_with(kBefore) || !name.ends_with(kBehind)) continue;
    const auto kib = parse_number<int64_t>(
        std::string_view(name).substr(kBefore.size(), name.size() - kBefore.size() - kBehind.size()));
    const auto count = parse_number<int64_t>(trimmed(read_file(cat(top, "/", name, "/nr_hugepages"), 32).value_or("")));
    if (kib) all.push_back({*kib << 10, count.value_or(0)});
  }
  return all;
}

}  // namespace

std::string read_node_name() {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  return name;
}

Result<NodeInfo> read_node_info(const cgroups::Hierarchy& hierarchy) {
  NodeInfo node;
  node.name = read_node_name();
  node.address = read_node_address();
  struct sysinfo info{};
  if (sysinfo(&info) == 0) node.memory = static_cast<int64_t>(info.totalram) * info.mem_unit;
  node.milli_cpu = sysconf(_SC_NPROCESSORS_ONLN) * 1000;
  const std::vector<std::string> controllers = TRY(cgroups::read_controllers(hierarchy));
  node.has_cpu_controller = std::ranges::find(controllers, "cpu") != controllers.end();
  node.has_hugetlb_controller = std::ranges::find(controllers, "hugetlb") != controllers.end();
  node.huge_pages = read_huge_pages();
  node.has_memory_controller = std::ranges::find(controllers, "memory") != controllers.end();
  return node;
}

int lower_oom_score_adj() {
  if (write_kernel_file_at(-1, kScoreFile, cat(kSupervisorScore))) return -1000;
  Result<std::string> text = read_file(kScoreFile, 16);
  return text ? parse_number<int>(trimmed(*text)).value_or(0) : 0;
}

}  // namespace kube
