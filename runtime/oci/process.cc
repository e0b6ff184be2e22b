// The process object of config.json, and of `exec --process` (config.md, Process).
#include <sys/resource.h>

#include <algorithm>

#include "base/log.h"
#include "runtime/oci/parts.h"
#include "security/capabilities.h"

namespace oci {
namespace {

struct NamedRlimit {
  std::string_view name;
  int resource;
};
constexpr NamedRlimit kRlimits[] = {
    {"RLIMIT_AS", RLIMIT_AS},           {"RLIMIT_CORE", RLIMIT_CORE},         {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},       {"RLIMIT_FSIZE", RLIMIT_FSIZE},       {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK}, {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE}, {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},   {"RLIMIT_NPROC", RLIMIT_NPROC},       {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},   {"RLIMIT_RTTIME", RLIMIT_RTTIME},     {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
};

Result<> read_rlimit_type(Reader in, int& out) {
  const std::string name = TRY(in.string());
  const auto* known = std::ranges::find(kRlimits, name, &NamedRlimit::name);
  if (known == std::end(kRlimits)) return in.fail(cat("unknown rlimit ", quoted(name)));
  out = known->resource;
  return {};
}

Result<> read_rlimits(Reader in, std::vector<sandbox::Rlimit>& out) {
  TRY(read(in, out));
  return refuse_repeats(in, "type", out, &sandbox::Rlimit::resource);
}

// A name that no kernel interface stands for must be warned about and must not fail (config.md, capabilities).
Result<> read_capability_set(Reader in, security::CapabilityMask& out) {
  TRY(in.expect_array());
  for (const Reader item : in.items()) {
    const std::string name = TRY(item.string());
    if (auto bit = security::parse_capability(name))
      out |= security::CapabilityMask{1} << *bit;
    else
      log_warning(cat(item.path(), ": unknown capability ", quoted(name), " is left out"));
  }
  return {};
}

Result<> read_id(Reader in, uint32_t& out) {
  return read_between<0, kLargestId>(in, out);
}

Result<> read_ids(Reader in, std::vector<uint32_t>& out) {
  TRY(in.expect_array());
  out.clear();
  for (const Reader item : in.items()) TRY(read_id(item, out.emplace_back()));
  return {};
}

Result<> read_args(Reader in, std::vector<std::string>& out) {
  TRY(read(in, out));
  if (out.empty()) return in.fail("empty: there is no program to run");
  return {};
}

Result<> read_env(Reader in, std::vector<std::string>& out) {
  TRY(read(in, out));
  for (size_t i = 0; i < out.size(); i++)
    if (const size_t sign = out[i].find('='); sign == std::string::npos || sign == 0)
      return in.items()[i].fail(cat(quoted(out[i]), " is not NAME=VALUE"));
  return {};
}

Result<> read_console_size(Reader in, sandbox::Process& out) {
  return read_object(in, {field("height", out.console_height), field("width", out.console_width)});
}

Result<> read_umask(Reader in, std::optional<uint32_t>& out) {
  return read_between<0, 0777>(in, out.emplace());
}

Result<> read_oom_score_adj(Reader in, std::optional<int>& out) {
  return read_between<-1000, 1000>(in, out.emplace());
}

}  // namespace

std::string_view name_of_rlimit(int resource) {
  const auto* known = std::ranges::find(kRlimits, resource, &NamedRlimit::resource);
  return known == std::end(kRlimits) ? std::string_view("unknown") : known->name;
}

Result<> read(Reader in, sandbox::Rlimit& out) {
  TRY(read_object(
      in, {required<read_rlimit_type>("type", out.resource), required("soft", out.soft), required("hard", out.hard)}));
  if (out.soft > out.hard) return in.field("soft").fail(cat("above the hard limit of ", out.hard));
  return {};
}

Result<> read(Reader in, security::User& out) {
  return read_object(
      in, {field<read_id>("uid", out.uid), field<read_id>("gid", out.gid), field<read_umask>("umask", out.umask),
           field<read_ids>("additionalGids", out.additional_gids)});
}

Result<> read(Reader in, security::Capabilities& out) {
  return read_object(
      in, {field<read_capability_set>("bounding", out.bounding), field<read_capability_set>("effective", out.effective),
           field<read_capability_set>("inheritable", out.inheritable),
           field<read_capability_set>("permitted", out.permitted), field<read_capability_set>("ambient", out.ambient)});
}

Result<> read(Reader in, sandbox::Process& out) {
  return read_object(
      in, {field("terminal", out.terminal), field<read_console_size>("consoleSize", out), field("user", out.user),
           required<read_args>("args", out.args), field<read_env>("env", out.env),
           required<read_absolute_path>("cwd", out.cwd), field("capabilities", out.capabilities),
           field<read_rlimits>("rlimits", out.rlimits), field("noNewPrivileges", out.no_new_privileges),
           field("apparmorProfile", out.apparmor_profile), field("selinuxLabel", out.selinux_label),
           field<read_oom_score_adj>("oomScoreAdj", out.oom_score_adj), field("scheduler", out.scheduler),
           field("ioPriority", out.io_priority), field("execCPUAffinity", out.exec_cpu_affinity)});
}

Result<sandbox::Process> read_process(std::string_view text, const std::string& name) {
  const Document document = TRY(parse_document(name, text));
  sandbox::Process process;
  TRY(read(document.top(), process));
  return process;
}

}  // namespace oci
