#include "runtime/lifecycle/container_plan.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/lifecycle/notify.h"
#include "runtime/lifecycle/rootless.h"
#include "runtime/lifecycle/state_dir.h"
#include "sandbox/plan_devices.h"
#include "sandbox/plan_mounts.h"
#include "sandbox/plan_namespaces.h"
#include "sandbox/plan_process.h"
#include "sandbox/plan_rootfs.h"
#include "security/capabilities.h"
#include "security/credentials.h"

namespace lifecycle {
namespace {

using sandbox::OpCode;

// The bundle's root file system: there, and a directory.
Result<> check_root(const sandbox::Root& root) {
  Fd fd(open(root.path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) return fail_errno(errno, cat("root.path ", quoted(root.path)));
  return {};
}

Result<> check_terminal(const CreateOptions& options, const sandbox::Process& process) {
  bool socket = !options.console_socket.empty() || options.console >= 0;
  if (process.terminal && !socket) return fail("process.terminal: a terminal needs a console socket to be sent to");
  if (!process.terminal && socket) return fail("a console socket was given, but process.terminal is not set");
  return {};
}

Result<> check_supported(const oci::Spec& spec) {
  if (!sandbox::has_namespace(spec.namespaces, CLONE_NEWNS))
    return fail("linux.namespaces: a mount namespace is missing",
                "without one the container's mounts would be the host's");
  return {};
}

// config-linux.md, "Devices": a container uses no device but those of linux.devices and the default ones. Where it has
// no list of rules, this is the list.
std::vector<cgroups::DeviceRule> rules_without_list(const std::vector<sandbox::Device>& devices) {
  std::vector<cgroups::DeviceRule> rules{{.allow = false}};
  for (const auto& device : devices) {
    char type = device.type == 'b' ? 'b' : 'c';
    if (device.type != 'p') rules.push_back({true, type, device.major, device.minor});
  }
  return rules;
}

Result<> plan_cgroup(ContainerPlan& plan, const CreateOptions& options, const oci::Spec& spec) {
  bool disabled = options.driver == cgroups::Driver::disabled;
  if (!disabled) plan.hierarchy = TRY(cgroups::read_hierarchy());
  plan.cgroup = TRY(cgroups::locate(options.driver, spec.cgroups_path, options.id));
  cgroups::Resources resources = spec.resources;
  if (resources.devices.empty()) resources.devices = rules_without_list(spec.devices);
  for (const auto& rule : cgroups::default_device_rules()) resources.devices.push_back(rule);
  plan.limits = TRY(disabled ? cgroups::plan(resources) : cgroups::plan(plan.hierarchy, resources));
  plan.devices.device_program = std::exchange(plan.limits.device_program, std::nullopt);
  return {};
}

// The host path that a cgroup mount shows without a cgroup namespace: the container's cgroup; where it has none of its
// own, ours, in which it stays.
std::string cgroup_directory(const ContainerPlan& plan, const oci::Spec& spec) {
  if (!plan.cgroup.path.empty()) return plan.hierarchy.mount + plan.cgroup.path;
  auto shows_cgroup = [](const sandbox::Mount& mount) { return mount.type.starts_with("cgroup"); };
  if (std::ranges::none_of(spec.mounts, shows_cgroup)) return "";
  auto hierarchy = cgroups::read_hierarchy();
  auto own = cgroups::read_path_of(0);
  return hierarchy && own ? hierarchy->mount + *own : "";
}

Result<cgroups::RdtPlan> plan_rdt(const cgroups::Rdt& rdt, const std::string& id) {
  std::string mounts = TRY(read_file("/proc/self/mountinfo"));
  return cgroups::plan_rdt(cgroups::find_resctrl_mount(mounts).value_or(""), rdt, id);
}

void plan_parent_hooks(ContainerPlan& plan, const oci::Hooks& hooks) {
  if (!hooks.create_container.empty() || !hooks.start_container.empty()) {
    plan.hook_state = plan.child.slot();
    plan.hook_output = plan.child.slot();
  }
  if (hooks.prestart.empty() && hooks.create_runtime.empty() && hooks.create_container.empty()) return;
  plan.child.begin("hooks");
  plan.child.add(OpCode::barrier, {.x = static_cast<uint64_t>(sandbox::Barrier::rootfs)});
}

bool has_barrier(const sandbox::Plan& plan) {
  return std::ranges::any_of(plan.ops(), [](const sandbox::Op& op) { return op.code == OpCode::barrier; });
}

// SELinux labels the session keyring by an attribute that holds while it is made.
Result<> plan_keyring_label(sandbox::Plan& plan, const sandbox::Process& process, int16_t proc, bool before) {
  if (process.selinux_label.empty()) return {};
  auto labels = TRY(security::plan_selinux(process.selinux_label));
  const auto& write = before ? labels.keyring : labels.keyring_reset;
  if (write.file.empty()) return {};
  plan.begin(cat("`/proc/self/", write.file, "`"));
  plan.add(OpCode::write, {.in = proc, .a = plan.text(cat("self/", write.file)), .b = plan.text(write.value)});
  return {};
}

// The process with LISTEN_FDS and LISTEN_PID in its environment, where descriptors are passed.
sandbox::Process with_listen_fds(sandbox::Process process, int listen_fds) {
  if (listen_fds <= 0) return process;
  std::erase_if(process.env, [](const std::string& entry) {
    return entry.starts_with("LISTEN_FDS=") || entry.starts_with("LISTEN_PID=");
  });
  process.env.push_back(cat("LISTEN_FDS=", listen_fds));
  process.env.emplace_back("LISTEN_PID=1");
  return process;
}

}  // namespace

sandbox::MountContext mount_context(const oci::Spec& spec, const std::string& bundle) {
  sandbox::MountContext context;
  context.bundle = bundle;
  context.mount_label = spec.mount_label;
  context.cgroup_namespace = sandbox::has_namespace(spec.namespaces, CLONE_NEWCGROUP);
  context.user_namespace = sandbox::has_namespace(spec.namespaces, CLONE_NEWUSER);
  context.id_maps = {spec.uid_mappings, spec.gid_mappings};
  context.pid_namespace = sandbox::has_namespace(spec.namespaces, CLONE_NEWPID);
  return context;
}

Result<std::vector<security::AttributeWrite>> plan_labels(const sandbox::Process& process) {
  std::vector<security::AttributeWrite> writes;
  if (!process.apparmor_profile.empty()) writes.push_back(TRY(security::plan_apparmor(process.apparmor_profile)));
  if (!process.selinux_label.empty()) writes.push_back(TRY(security::plan_selinux(process.selinux_label)).exec);
  std::erase_if(writes, [](const auto& write) { return write.file.empty(); });  // "unconfined" asks for nothing
  return writes;
}

Result<security::Capabilities> plan_capabilities(const sandbox::Process& process, bool user_namespace) {
  if (!process.capabilities) return security::Capabilities{};
  auto held = user_namespace ? security::held_in_new_user_namespace() : TRY(security::held_capabilities());
  auto planned = security::plan(*process.capabilities, held);
  for (const auto& name : planned.ungrantable) {
    auto message = cat("process.capabilities: ", name, " cannot be granted here and is left out");
    // Ambient without inheritable, as runc's own `spec` wrote it for years: the process still has the capability.
    auto bit = security::parse_capability(name);
    bool held_anyway = bit && (planned.apply.permitted >> *bit & 1) != 0;
    held_anyway ? log_debug(message) : log_warning(message);
  }
  return planned.apply;
}

bool is_scheduled(const sandbox::Process& process) {
  return process.scheduler || process.io_priority || !process.exec_cpu_affinity.final.empty() || process.oom_score_adj;
}

namespace {

// A container on its way into the plan.
struct Planning {
  const CreateOptions& options;
  const oci::Spec& spec;
  sandbox::Process process;
  std::vector<sandbox::Mount> mounts;
  bool user_namespace;
  ContainerPlan plan{};
  sandbox::ProcessContext context{};
};

Result<> plan_who_it_is(Planning& planning) {
  auto& [options, spec, process, mounts, user_namespace, plan, context] = planning;
  auto& child = plan.child;
  if (options.driver == cgroups::Driver::systemd) {
    child.begin("cgroup");
    child.add(OpCode::barrier, {.x = static_cast<uint64_t>(sandbox::Barrier::placed)});
  }
  bool set_clocks = spec.time_offsets.monotonic || spec.time_offsets.boottime;
  TRY(sandbox::plan_namespaces(child, spec.namespaces, plan.launch, set_clocks));
  plan_oom_score(child, process, options.rootless);
  context.attributes = TRY(plan_labels(process));
  context.capabilities = TRY(plan_capabilities(process, user_namespace));
  bool keyring = !options.no_new_keyring;
  if (!context.attributes.empty() || !spec.sysctl.empty()) context.proc = sandbox::plan_proc(child);
  if (keyring) TRY(plan_keyring_label(child, process, context.proc, true));
  sandbox::plan_identity(child, spec.namespaces, keyring ? cat("_ses.", options.id) : "", spec.hostname,
                         spec.domainname);
  if (keyring) TRY(plan_keyring_label(child, process, context.proc, false));
  if (!spec.net_devices.empty()) {
    child.begin("linux.netDevices");
    child.add(OpCode::barrier, {.x = static_cast<uint64_t>(sandbox::Barrier::network)});
  }
  return {};
}

Result<> plan_what_it_sees(Planning& planning) {
  auto& [options, spec, process, mounts, user_namespace, plan, context] = planning;
  auto& child = plan.child;
  int16_t root = TRY(sandbox::plan_rootfs(child, spec.root, spec.rootfs_propagation, user_namespace));
  auto around = mount_context(spec, options.bundle);
  if (!around.cgroup_namespace) around.cgroup = cgroup_directory(plan, spec);
  TRY(sandbox::plan_mounts(child, root, mounts, around));
  if (!sandbox::binds_dev(mounts)) TRY(sandbox::plan_devices(child, root, spec.devices, user_namespace));
  int16_t terminal = -1;
  if (process.terminal) {
    plan.console = child.slot();
    terminal = sandbox::plan_terminal(child, root, plan.console, process);
  }
  sandbox::plan_working_directory(child, root, process.cwd);
  plan_parent_hooks(plan, spec.hooks);
  sandbox::plan_hooks(child, "hooks.createContainer", spec.hooks.create_container, plan.hook_state, plan.hook_output);
  sandbox::plan_sysctls(child, context.proc, spec.sysctl);
  std::string empty = cat(options.root, "/.empty");
  sandbox::plan_hidden_paths(child, root, spec.masked_paths, spec.readonly_paths, empty);
  sandbox::plan_switch_root(child, root, spec.root, spec.rootfs_propagation, !options.no_pivot);
  if (terminal >= 0) sandbox::plan_stdio(child, terminal);
  return {};
}

void plan_what_it_becomes(Planning& planning) {
  auto& [options, spec, process, mounts, user_namespace, plan, context] = planning;
  auto& child = plan.child;
  if (plan.profile) {
    context.seccomp = plan.seccomp = child.slot();
    context.notifies = plan.profile->notifies;
  }
  if (!options.start_at_once) context.start_socket = plan.start_socket = child.slot();
  context.personality = spec.personality;
  context.memory_policy = spec.memory_policy;
  context.hooks = spec.hooks.start_container;
  context.settle_at_barrier = !context.hooks.empty() || is_scheduled(process) || has_barrier(child);
  plan.settled_in_advance = options.start_at_once && !context.settle_at_barrier;
  context.hook_state = plan.hook_state;
  context.hook_output = plan.hook_output;
  sandbox::plan_process(child, process, context);
}

}  // namespace

Result<ContainerPlan> plan_container(const CreateOptions& options, const oci::Spec& spec) {
  if (!spec.process) return fail("process: missing");
  Planning planning{options, spec, with_listen_fds(*spec.process, options.listen_fds), spec.mounts,
                    sandbox::has_namespace(spec.namespaces, CLONE_NEWUSER)};
  if (!options.notify_socket.empty()) {
    add_notify_socket(planning.process);
    planning.mounts.push_back(notify_mount(cat(options.root, "/", options.id, "/notify")));
  }
  TRY(check_supported(spec));
  TRY(security::check_mount_label(spec.mount_label));
  TRY(check_root(spec.root));
  TRY(check_terminal(options, planning.process));

  ContainerPlan& plan = planning.plan;
  if (spec.seccomp) plan.profile = TRY(security::check_profile(*spec.seccomp));
  TRY(plan_cgroup(plan, options, spec));
  if (spec.rdt) plan.rdt = TRY(plan_rdt(*spec.rdt, options.id));
  plan.child.keep_fds(3 + options.listen_fds + options.preserve_fds);
  plan.launch.stdio = options.stdio;
  TRY(plan_who_it_is(planning));
  TRY(plan_what_it_sees(planning));
  plan_what_it_becomes(planning);
  return std::move(plan);
}

Result<std::string> print_plan(const CreateOptions& options, const std::string& config) {
  TRY(check_id(options.id));
  auto spec = TRY(oci::read_spec_file(config, options.bundle));
  auto plan = TRY(plan_container(options, spec));
  return plan.child.print();
}

}  // namespace lifecycle
