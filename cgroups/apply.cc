#include "cgroups/apply.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/text.h"
#include "cgroups/bpf.h"
#include "cgroups/id_list.h"

namespace cgroups {
namespace {

// What a failure of such a write means in the terms of the caller.
std::string hint_for(const Write& write, int err) {
  if (err == ENOENT && write.file.starts_with("hugetlb.")) return "the kernel has no huge pages of that size";
  if (err == ENOENT) return "this kernel, or this level of the hierarchy, has no such file";
  if (write.file.starts_with("cpuset.") && (err == EINVAL || err == ERANGE || err == EACCES))
    return "the machine, or the parent cgroup, does not have them all";
  if (write.file == "cpu.max" && err == EINVAL) return "cpu.max.burst may be above the quota";
  if (write.file == "cpu.weight" && err == EINVAL) return "a cgroup with cpu.idle 1 takes no weight";
  if (write.file.starts_with("io.") && (err == ENODEV || err == ENXIO)) return "there is no such block device";
  if (write.file == "rdma.max" && err == ENODEV) return "there is no such RDMA device";
  return "";
}

// Only the period is asked for: the kernel wants the quota in front of it.
Result<std::string> with_quota_kept(int directory, const Write& write) {
  std::string now = TRY(read_file_at(directory, write.file));
  return cat(now.substr(0, now.find(' ')), " ", write.value);
}

// False when the file is missing and that is allowed.
Result<bool> write_one(int directory, const Write& write) {
  std::string value = write.value;
  if (write.rule == Write::Rule::keep_quota) value = TRY(with_quota_kept(directory, write));
  auto written = write_kernel_file_at(directory, write.file, value);
  if (written) return true;
  bool may_miss = write.rule == Write::Rule::if_present || write.rule == Write::Rule::or_next;
  if (may_miss && written.error().err == ENOENT) return false;
  Error error = std::move(written).error();
  error.hint = hint_for(write, error.err);
  return std::unexpected(std::move(error));
}

// A cpuset that shares nothing with its parent's is taken by the kernel, but the parent's is what then holds.
Result<> check_cpuset(int directory, const Write& write) {
  if (write.file != "cpuset.cpus" && write.file != "cpuset.mems") return {};
  auto text = read_file_at(directory, cat(write.file, ".effective"));
  auto asked = parse_id_list(write.value), got = parse_id_list(text ? trimmed(*text) : "");
  if (!asked || !got || is_within(*got, *asked)) return {};
  return fail(cat(quoted(write.value), ": the parent cgroup has none of them, only ", quoted(trimmed(*text))));
}

Result<> apply_writes(int directory, const std::vector<Write>& writes) {
  for (size_t i = 0; i < writes.size(); ++i) {
    bool done = TRY_IN(writes[i].field, write_one(directory, writes[i]));
    TRY_IN(writes[i].field, check_cpuset(directory, writes[i]));
    if (done && writes[i].rule == Write::Rule::or_next) ++i;
  }
  return {};
}

}  // namespace

Result<> apply_write(int directory, const Write& write) {
  TRY_IN(write.field, write_one(directory, write));
  TRY_IN(write.field, check_cpuset(directory, write));
  return {};
}

Result<> apply_plan(int directory, const Plan& plan, bool fresh) {
  TRY(apply_writes(directory, plan.writes));
  if (plan.device_program)
    TRY_IN("linux.resources.devices", attach_device_program(directory, *plan.device_program, fresh));
  return {};
}

}  // namespace cgroups
