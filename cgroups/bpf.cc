#include "cgroups/bpf.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace cgroups {
namespace {

constexpr char kName[] = "nacelle_device";  // at most 15 characters: BPF_OBJ_NAME_LEN
constexpr char kLicense[] = "Apache-2.0";
constexpr uint32_t kMostPrograms = 64;  // the kernel's BPF_CGROUP_MAX_PROGS
constexpr const char* kHint =
    "device rules need CAP_BPF or CAP_SYS_ADMIN in the initial user namespace, and "
    "CONFIG_CGROUP_BPF";

int bpf(bpf_cmd command, bpf_attr& attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

uint64_t address(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

bpf_attr load_attributes(const std::vector<bpf_insn>& program) {
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = address(program.data());
  attributes.insn_cnt = static_cast<uint32_t>(program.size());
  attributes.license = address(kLicense);
  memcpy(attributes.prog_name, kName, sizeof kName);
  return attributes;
}

// The verifier explains itself only when it is asked to, which costs: so only after a failure.
std::string verifier_reason(const std::vector<bpf_insn>& program) {
  std::string log(1 << 16, '\0');
  bpf_attr attributes = load_attributes(program);
  attributes.log_buf = address(log.data());
  attributes.log_size = static_cast<uint32_t>(log.size());
  attributes.log_level = 1;
  Fd again(bpf(BPF_PROG_LOAD, attributes));
  log.resize(strlen(log.c_str()));
  std::string_view text = trimmed(log);
  return std::string(text.substr(text.rfind('\n') + 1));
}

bool is_ours(int program) {
  bpf_prog_info info{};
  bpf_attr attributes{};
  attributes.info.bpf_fd = static_cast<uint32_t>(program);
  attributes.info.info = address(&info);
  attributes.info.info_len = sizeof info;
  return bpf(BPF_OBJ_GET_INFO_BY_FD, attributes) == 0 && strcmp(info.name, kName) == 0;
}

Result<std::vector<Fd>> attached_programs(int cgroup) {
  uint32_t ids[kMostPrograms];
  bpf_attr query{};
  query.query.target_fd = static_cast<uint32_t>(cgroup);
  query.query.attach_type = BPF_CGROUP_DEVICE;
  query.query.prog_ids = address(ids);
  query.query.prog_cnt = kMostPrograms;
  if (bpf(BPF_PROG_QUERY, query) < 0) return fail_errno(errno, "ask for the attached device programs", kHint);
  std::vector<Fd> ours;
  for (uint32_t i = 0; i < query.query.prog_cnt; ++i) {
    bpf_attr by_id{};
    by_id.prog_id = ids[i];
    Fd program(bpf(BPF_PROG_GET_FD_BY_ID, by_id));
    if (program.is_open() && is_ours(program.get())) ours.push_back(std::move(program));
  }
  return ours;
}

Result<> attach(int cgroup, int program) {
  bpf_attr attributes{};
  attributes.target_fd = static_cast<uint32_t>(cgroup);
  attributes.attach_bpf_fd = static_cast<uint32_t>(program);
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = BPF_F_ALLOW_MULTI;  // next to a program of systemd's: both have to allow
  if (bpf(BPF_PROG_ATTACH, attributes) < 0) return fail_errno(errno, "attach the device program", kHint);
  return {};
}

Result<> detach(int cgroup, int program) {
  bpf_attr attributes{};
  attributes.target_fd = static_cast<uint32_t>(cgroup);
  attributes.attach_bpf_fd = static_cast<uint32_t>(program);
  attributes.attach_type = BPF_CGROUP_DEVICE;
  if (bpf(BPF_PROG_DETACH, attributes) < 0) return fail_errno(errno, "detach the old device program", kHint);
  return {};
}

}  // namespace

Result<Fd> load_device_program(const std::vector<bpf_insn>& program) {
  bpf_attr attributes = load_attributes(program);
  Fd loaded(bpf(BPF_PROG_LOAD, attributes));
  if (loaded.is_open()) return loaded;
  int err = errno;
  if (err == EPERM || err == ENOSYS) return fail_errno(err, "load the device program", kHint);
  return fail_errno(err, cat("load the device program: ", verifier_reason(program)));
}

Result<> attach_device_program(int cgroup, const std::vector<bpf_insn>& program, bool fresh) {
  std::vector<Fd> old;
  if (!fresh) old = TRY(attached_programs(cgroup));
  if (!program.empty()) {
    Fd loaded = TRY(load_device_program(program));
    TRY(attach(cgroup, loaded.get()));
  }
  for (const Fd& one : old) TRY(detach(cgroup, one.get()));
  return {};
}

}  // namespace cgroups
