#include "runtime/kube/api/sysctls.h"

#include <algorithm>

#include "base/text.h"

namespace kube {
namespace {

constexpr std::string_view kSafe[] = {
    "kernel.shm_rmid_forced",           "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports", "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",        "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",     "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",      "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",          "net.ipv4.tcp_wmem",
};

// "kernel/shm_rmid_forced" is "kernel.shm_rmid_forced"; in what has dots first, a slash stands for a dot of a name
// ("net.ipv4.conf.eth0/1.forwarding"), as sysctl(8) has it.
std::string with_dots(std::string_view name) {
  std::string text(name);
  const size_t first = text.find_first_of("./");
  if (first == std::string::npos || text[first] == '.') return text;
  for (char& c : text) c = c == '/' ? '.' : c == '.' ? '/' : c;
  return text;
}

bool is_part(std::string_view part) {
  const auto is_edge = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c); };
  return !part.empty() && is_edge(part.front()) && is_edge(part.back()) &&
         std::ranges::all_of(part, [&](char c) { return is_edge(c) || c == '-' || c == '_'; });
}

}  // namespace

SysctlScope sysctl_scope(std::string_view name) {
  const std::string text = with_dots(name);
  if (text.starts_with("net.")) return SysctlScope::network;
  constexpr std::string_view kIpc[] = {"kernel.sem", "kernel.shm", "kernel.msg", "fs.mqueue."};
  const bool is_ipc = std::ranges::any_of(kIpc, [&](std::string_view start) { return text.starts_with(start); });
  return is_ipc ? SysctlScope::ipc : SysctlScope::none;
}

bool is_safe_sysctl(std::string_view name) {
  return std::ranges::find(kSafe, with_dots(name)) != std::end(kSafe);
}

std::string check_sysctl_name(std::string_view name) {
  constexpr size_t kLimit = 253;
  constexpr std::string_view kForm = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
  std::string text(name);
  std::ranges::replace(text, '/', '.');
  const bool is_good = name.size() <= kLimit && std::ranges::all_of(split(text, '.'), is_part);
  return is_good ? std::string() : cat("must have at most ", kLimit, " characters and match regex ", kForm);
}

}  // namespace kube
