#include "tests/unit/security/bpf_interpreter.h"

#include <doctest/doctest.h>

#include <cstring>

#include "base/text.h"

Run run_filter(const std::vector<sock_filter>& filter, const seccomp_data& data) {
  Run run;
  uint32_t a = 0;
  size_t at = 0;
  auto jump = [&](const sock_filter& i, bool holds) { at += holds ? i.jt : i.jf; };
  while (at < filter.size()) {
    const sock_filter& i = filter[at++];
    run.steps++;
    switch (i.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (i.k % 4 != 0 || i.k + 4 > sizeof data) return {0, run.steps, cat("load of ", i.k)};
        memcpy(&a, reinterpret_cast<const char*>(&data) + i.k, 4);
        break;
      case BPF_ALU | BPF_AND | BPF_K: a &= i.k; break;
      case BPF_JMP | BPF_JA: at += i.k; break;
      case BPF_JMP | BPF_JEQ | BPF_K: jump(i, a == i.k); break;
      case BPF_JMP | BPF_JGE | BPF_K: jump(i, a >= i.k); break;
      case BPF_JMP | BPF_JGT | BPF_K: jump(i, a > i.k); break;
      case BPF_RET | BPF_K: run.action = i.k; return run;
      default: return {0, run.steps, cat("instruction ", i.code)};
    }
  }
  return {0, run.steps, "ran past the end"};
}

uint32_t evaluate(const std::vector<sock_filter>& filter, uint32_t arch, uint32_t number, std::vector<uint64_t> args) {
  seccomp_data data{};
  data.arch = arch;
  data.nr = static_cast<int>(number);
  for (size_t i = 0; i < args.size(); i++) data.args[i] = args[i];
  Run run = run_filter(filter, data);
  REQUIRE(run.problem == "");
  return run.action;
}
