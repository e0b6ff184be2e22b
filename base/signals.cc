#include "base/signals.h"

#include <string.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/text.h"

namespace {

std::optional<int> parse_realtime(std::string_view name) {
  if (name == "RTMIN") return SIGRTMIN;
  if (name == "RTMAX") return SIGRTMAX;
  const bool from_least = name.starts_with("RTMIN+");
  if (!from_least && !name.starts_with("RTMAX-")) return std::nullopt;
  const auto distance = parse_number<unsigned>(name.substr(6));
  if (!distance || *distance > static_cast<unsigned>(SIGRTMAX - SIGRTMIN)) return std::nullopt;
  return from_least ? SIGRTMIN + static_cast<int>(*distance) : SIGRTMAX - static_cast<int>(*distance);
}

}  // namespace

std::optional<int> parse_signal(std::string_view text) {
  if (const auto number = parse_number<int>(text)) return *number >= 1 && *number <= SIGRTMAX ? number : std::nullopt;
  std::string name(text);
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (name.starts_with("SIG")) name.erase(0, 3);
  for (int signal = 1; signal < SIGRTMIN; signal++)
    if (const char* known = sigabbrev_np(signal); known && name == known) return signal;
  if (name == "IOT") return SIGABRT;
  if (name == "POLL") return SIGIO;
  return parse_realtime(name);
}

sigset_t forwarded_signals() {
  sigset_t set;
  sigfillset(&set);
  for (const int own :
       {SIGCHLD, SIGURG, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS})
    sigdelset(&set, own);
  return set;
}

Result<Fd> open_signals(const sigset_t& signals) {
  Fd fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.is_open()) return fail_errno(errno, "signalfd");
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return fd;
}
