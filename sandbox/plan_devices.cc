#include "sandbox/plan_devices.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/text.h"

namespace sandbox {
namespace {

struct Link {
  const char *path, *target;
};

constexpr Link kLinks[] = {
    {"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"}, {"core", "/proc/kcore"},      {"ptmx", "pts/ptmx"},
};

Result<mode_t> node_type(char type) {
  switch (type) {
    case 'c':
    case 'u': return S_IFCHR;
    case 'b': return S_IFBLK;
    case 'p': return S_IFIFO;
    default: return fail(cat("type: unknown device type ", quoted(std::string_view(&type, 1))));
  }
}

// Gives the index of the operation.
Result<size_t> plan_node(Plan& plan, int16_t root, const Device& device) {
  mode_t type = TRY(node_type(device.type));
  uint32_t owner = 0;
  if (device.uid != 0 || device.gid != 0) {
    uint32_t ids[2] = {device.uid, device.gid};
    owner = plan.data(ids);
  }
  dev_t number =
      type == S_IFIFO ? 0 : makedev(static_cast<unsigned>(device.major), static_cast<unsigned>(device.minor));
  return plan.add(
      OpCode::mknod,
      {.in = root, .a = plan.text(device.path), .b = owner, .x = type | (device.mode & 07777), .y = number});
}

void plan_bound_node(Plan& plan, int16_t root, const Device& device) {
  int16_t tree = plan.slot(), place = plan.slot();
  uint32_t path = plan.text(device.path);
  plan.add(OpCode::open_tree, {.out = tree, .a = path, .x = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC});
  plan.add(OpCode::target, {.in = root,
                            .out = place,
                            .a = path,
                            .b = kTargetFile | kTargetNoSymlinks,
                            .x = 0644,
                            .y = static_cast<uint64_t>(tree)});
  plan.add(OpCode::move_mount, {.in = tree, .out = place});
}

// Who may not make nodes (root of a user namespace) gets the host's, which is the same device.
Result<> plan_node_or_bound(Plan& plan, int16_t root, const Device& device) {
  size_t made = TRY(plan_node(plan, root, device));
  if (device.type == 'p') return {};
  size_t done = plan.add(OpCode::skip, {});
  plan.on_errno_skip_here(made, kOnDenied);
  plan_bound_node(plan, root, device);
  plan.skip_here(done);
  return {};
}

int16_t plan_pty(Plan& plan, int16_t root, int16_t socket, const Process& process) {
  plan.begin("terminal");
  uint32_t size = 0;
  if (process.console_height != 0 || process.console_width != 0) {
    winsize window{process.console_height, process.console_width, 0, 0};
    size = plan.data(window);
  }
  int16_t master = plan.slot(), slave = plan.slot();
  plan.add(OpCode::pty, {.in = root, .out = master, .a = size, .y = static_cast<uint64_t>(slave)});
  plan.add(OpCode::send_fd, {.in = socket, .out = master, .a = plan.text("/dev/ptmx")});
  plan.add(OpCode::close, {.in = master});
  plan.add(OpCode::close, {.in = socket});
  return slave;
}

}  // namespace

const std::vector<Device>& default_devices() {
  static const std::vector<Device> devices = {
      {"/dev/null", 'c', 1, 3},   {"/dev/zero", 'c', 1, 5},    {"/dev/full", 'c', 1, 7},
      {"/dev/random", 'c', 1, 8}, {"/dev/urandom", 'c', 1, 9}, {"/dev/tty", 'c', 5, 0},
  };
  return devices;
}

Result<> plan_devices(Plan& plan, int16_t root, const std::vector<Device>& devices, bool user_namespace) {
  std::vector<Device> all = default_devices();
  for (const auto& device : devices) {
    if (device.path == "/dev/ptmx")
      continue;  // engines list the host's; ours is always the link to the container's devpts
    std::erase_if(all, [&](const Device& other) { return other.path == device.path; });  // the config's word counts
    all.push_back(device);
  }
  for (const auto& device : all) {
    auto origin = cat("linux.devices ", quoted(device.path));
    plan.begin(origin);
    if (device.path.empty() || device.path.back() == '/') return fail(cat(origin, ": not the path of a device"));
    if (user_namespace && device.type != 'p')
      plan_bound_node(plan, root, device);
    else
      TRY_IN(origin, plan_node_or_bound(plan, root, device));
  }
  for (const auto& link : kLinks) {
    plan.begin(cat("link '/dev/", link.path, "'"));
    plan.add(OpCode::symlink, {.in = root, .a = plan.text(cat("dev/", link.path)), .b = plan.text(link.target)});
  }
  return {};
}

int16_t plan_terminal(Plan& plan, int16_t root, int16_t socket, const Process& process) {
  int16_t slave = plan_pty(plan, root, socket, process);
  plan.begin("terminal: /dev/console");
  plan.add(OpCode::console, {.in = root, .out = slave});
  return slave;
}

int16_t plan_exec_terminal(Plan& plan, int16_t root, int16_t socket, const Process& process) {
  return plan_pty(plan, root, socket, process);
}

void plan_stdio(Plan& plan, int16_t slave) {
  plan.begin("terminal");
  plan.add(OpCode::stdio, {.in = slave});
}

}  // namespace sandbox
