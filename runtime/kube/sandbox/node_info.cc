#include "runtime/kube/sandbox/node_info.h"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"

namespace kube {
namespace {

constexpr const char* kScoreFile = "/proc/self/oom_score_adj";
// As containerd's shims have it: below every container, above the kubelet.
constexpr int kSupervisorScore = -998;

}  // namespace

std::string read_node_name() {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  return name;
}

Result<NodeInfo> read_node_info(const cgroups::Hierarchy& hierarchy) {
  NodeInfo node;
  node.name = read_node_name();
  struct sysinfo info{};
  if (sysinfo(&info) == 0) node.memory = static_cast<int64_t>(info.totalram) * info.mem_unit;
  node.milli_cpu = sysconf(_SC_NPROCESSORS_ONLN) * 1000;
  const std::vector<std::string> controllers = TRY(cgroups::read_controllers(hierarchy));
  node.has_cpu_controller = std::ranges::find(controllers, "cpu") != controllers.end();
  node.has_memory_controller = std::ranges::find(controllers, "memory") != controllers.end();
  return node;
}

int lower_oom_score_adj() {
  if (write_kernel_file_at(-1, kScoreFile, cat(kSupervisorScore))) return -1000;
  Result<std::string> text = read_file(kScoreFile, 16);
  return text ? parse_number<int>(trimmed(*text)).value_or(0) : 0;
}

}  // namespace kube
