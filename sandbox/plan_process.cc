#include "sandbox/plan_process.h"

#include <linux/capability.h>
#include <sys/prctl.h>

#include "base/text.h"

namespace sandbox {
namespace {

constexpr uint64_t kSysAdmin = uint64_t{1} << CAP_SYS_ADMIN;
constexpr std::string_view kDefaultPath = "/bin:/usr/bin";  // of execvp(3) where the environment has none

// Value of a variable in an environment list; null when it is not there.
const std::string* find_variable(const std::vector<std::string>& env, std::string_view name) {
  for (const auto& entry : env)
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') return &entry;
  return nullptr;
}

void plan_limits(Plan& plan, const Process& process) {
  static constexpr const char* kNames[] = {"CPU",      "FSIZE",  "DATA",    "STACK", "CORE",  "RSS",
                                           "NPROC",    "NOFILE", "MEMLOCK", "AS",    "LOCKS", "SIGPENDING",
                                           "MSGQUEUE", "NICE",   "RTPRIO",  "RTTIME"};
  for (const auto& limit : process.rlimits) {
    bool known = limit.resource >= 0 && limit.resource < static_cast<int>(std::size(kNames));
    plan.begin(cat("process.rlimits RLIMIT_", known ? kNames[limit.resource] : "?"));
    uint64_t values[2] = {limit.soft, limit.hard};
    plan.add(OpCode::rlimit, {.a = plan.data(values), .x = static_cast<uint64_t>(limit.resource)});
  }
}

void plan_execution_domain(Plan& plan, const ProcessContext& context) {
  if (context.personality) {
    plan.begin("linux.personality");
    plan.add(OpCode::personality, {.x = *context.personality});
  }
  if (!context.memory_policy) return;
  plan.begin("linux.memoryPolicy");
  auto nodes = context.memory_policy->nodes;
  nodes.resize((nodes.size() + 7) & ~size_t{7});  // the kernel reads whole words
  plan.add(OpCode::memory_policy, {.a = nodes.empty() ? 0 : plan.bytes(nodes.data(), nodes.size()),
                                   .x = static_cast<uint64_t>(context.memory_policy->mode),
                                   .y = nodes.size() * 8});
}

// A variable that the child fills in once it can read the container's /etc/passwd.
uint32_t plan_environment(Plan& plan, const Process& process) {
  std::vector<std::string> env = process.env;
  bool needs_home = find_variable(env, "HOME") == nullptr;
  if (needs_home) env.emplace_back("HOME=/");
  uint32_t list = plan.strings(env);
  if (needs_home) plan.add(OpCode::home, {.b = list, .x = env.size() - 1, .y = process.user.uid, .on_errno = kOnAny});
  return list;
}

void plan_capset(Plan& plan, uint64_t effective, uint64_t permitted, uint64_t inheritable) {
  uint64_t masks[3] = {effective, permitted, inheritable};
  plan.add(OpCode::capset, {.a = plan.data(masks)});
}

// Everything that needs privilege comes before the capabilities go, and those of the bounding set go first of all.
// `keep` stays permitted and effective for one operation more: seccomp, without no_new_privs, needs CAP_SYS_ADMIN.
void plan_credentials(Plan& plan, const Process& process, const security::Capabilities& caps, uint64_t keep) {
  const auto& user = process.user;
  plan.begin("process.capabilities");
  plan.add(OpCode::bounding, {.x = caps.bounding});
  plan.add(OpCode::prctl, {.x = PR_SET_KEEPCAPS, .y = 1});
  plan.begin("process.user.additionalGids");
  uint32_t groups = user.additional_gids.empty()
                        ? 0
                        : plan.bytes(user.additional_gids.data(), user.additional_gids.size() * sizeof(uint32_t));
  // In a user namespace that was made without setgroups (rootless) an empty list cannot be set, and there is none to
  // drop.
  plan.add(OpCode::setgroups, {.a = groups,
                               .x = user.additional_gids.size(),
                               .on_errno = user.additional_gids.empty() ? kOnDenied : uint16_t{0}});
  plan.begin("process.user.gid");
  plan.add(OpCode::setgid, {.x = user.gid});
  plan.begin("process.user.uid");
  plan.add(OpCode::setuid, {.x = user.uid});
  plan.begin("process.capabilities");
  plan_capset(plan, caps.effective | keep, caps.permitted | keep, caps.inheritable);
  plan.add(OpCode::ambient, {.x = caps.ambient});
}

// The places where execvp(3) would look, in its order.
std::vector<std::string> candidates(const Process& process) {
  const std::string& name = process.args[0];
  if (name.find('/') != std::string::npos) return {name};
  const std::string* path = find_variable(process.env, "PATH");
  std::vector<std::string> found;
  for (const auto& directory : split(path == nullptr ? kDefaultPath : std::string_view(*path).substr(5), ':'))
    found.push_back(cat(directory.empty() ? "." : directory, "/", name));
  return found;
}

void plan_start(Plan& plan, const ProcessContext& context) {
  if (context.start_socket >= 0) {
    // It may wait for long; what it no longer needs of the host's is not kept open meanwhile (CVE-2024-21626).
    plan.begin("wait for start");
    int16_t kept[] = {context.start_socket, context.seccomp, context.hook_state, context.hook_output};
    plan.add(OpCode::keep_only, {.a = plan.data(kept), .x = std::size(kept)});
    // A barrier: until the runtime has published the socket, nobody but it knows of us, and we end with it.
    plan.add(OpCode::barrier, {.x = static_cast<uint64_t>(Barrier::ready)});
    plan.add(OpCode::start_wait, {.in = context.start_socket});
  } else {
    plan.begin("wait for the runtime");
    if (context.settle_at_barrier)
      plan.add(OpCode::barrier, {.x = static_cast<uint64_t>(Barrier::settled)});
    else
      plan.add(OpCode::await, {});
  }
  plan_hooks(plan, "hooks.startContainer", context.hooks, context.hook_state, context.hook_output);
}

}  // namespace

int16_t plan_proc(Plan& plan) {
  plan.begin("procfs");
  int16_t slot = plan.slot();
  plan.add(OpCode::open_proc, {.out = slot});
  return slot;
}

void plan_sysctls(Plan& plan, int16_t proc, const std::vector<Sysctl>& sysctls) {
  for (const auto& sysctl : sysctls) {
    plan.begin(cat("linux.sysctl ", quoted(sysctl.key)));
    // Dots separate, as in sysctl(8), unless the key has slashes: then its dots belong to names (an interface
    // "eth0.1").
    std::string path = sysctl.key;
    if (path.find('/') == std::string::npos)
      for (char& c : path) c = c == '.' ? '/' : c;
    plan.add(OpCode::write, {.in = proc, .a = plan.text(cat("sys/", path)), .b = plan.text(sysctl.value)});
  }
}

void plan_hooks(Plan& plan, std::string_view name, const std::vector<Hook>& hooks, int16_t state, int16_t output) {
  for (size_t i = 0; i < hooks.size(); i++) {
    const Hook& hook = hooks[i];
    plan.begin(cat(name, "[", i, "] ", quoted(hook.path)));
    HookData data{};
    data.path = plan.text(hook.path);
    data.args = plan.strings(hook.args.empty() ? std::vector{hook.path} : hook.args);
    data.env = plan.strings(hook.env);
    data.timeout = hook.timeout;
    data.state = state;
    data.output = output;
    plan.add(OpCode::hook, {.a = plan.data(data)});
  }
}

void plan_process(Plan& plan, const Process& process, const ProcessContext& context) {
  const auto& caps = context.capabilities;
  bool filtered = context.seccomp >= 0;
  uint64_t keep = filtered && !process.no_new_privileges ? kSysAdmin : 0;

  plan_limits(plan, process);
  plan_execution_domain(plan, context);
  for (const auto& write : context.attributes) {
    plan.begin(cat("`/proc/self/", write.file, "`"));  // backquotes: podman looks for them
    plan.add(OpCode::write,
             {.in = context.proc, .a = plan.text(cat("self/", write.file)), .b = plan.text(write.value)});
  }
  plan.begin("process.user");
  plan.add(OpCode::stdio_owner, {.x = process.user.uid});
  uint32_t cwd = plan.text(process.cwd);
  plan.begin(cat("process.cwd ", quoted(process.cwd)));
  plan.add(OpCode::chdir, {.a = cwd});
  plan.begin("process.env");
  uint32_t env = plan_environment(plan, process);
  if (process.no_new_privileges) {
    plan.begin("process.noNewPrivileges");
    plan.add(OpCode::prctl, {.x = PR_SET_NO_NEW_PRIVS, .y = 1});
  }
  plan_credentials(plan, process, caps, keep);
  plan.begin(cat("process.cwd ", quoted(process.cwd)));
  plan.add(OpCode::chdir, {.a = cwd, .x = 1});
  plan.begin("process.user.umask");
  plan.add(OpCode::umask, {.x = process.user.umask.value_or(0022)});
  plan.begin(cat("executable file ", quoted(process.args[0])));
  plan.add(OpCode::find_executable, {.a = plan.strings(candidates(process))});
  plan_start(plan, context);
  plan.begin(cat("exec ", quoted(process.args[0])));
  plan.add(OpCode::report, {.x = static_cast<uint64_t>(Barrier::exec)});
  if (filtered) {
    // As late as can be: what comes behind it must be allowed by the container's own filter.
    plan.begin("linux.seccomp");
    plan.add(OpCode::seccomp, {.in = context.seccomp, .x = context.notifies ? 1U : 0U});
    if (keep != 0) plan_capset(plan, caps.effective, caps.permitted, caps.inheritable);
  }
  plan.begin(cat("exec ", quoted(process.args[0])));
  plan.add(OpCode::exec, {.a = plan.strings(process.args), .b = env});
}

}  // namespace sandbox
