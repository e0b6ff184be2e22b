// clone3(2) onto another stack, for those who go on without libc.
#pragma once

#include <linux/sched.h>

#include "sandbox/child/syscall.h"

namespace child {

// The clone goes straight into `entry`, which does not return, since our frames are not there for it: it has the stack
// of `args` alone. Gives its pid, or a negative errno.
[[gnu::always_inline]] inline long clone_onto_stack(const clone_args& args, void (*entry)(const void*),
                                                    const void* argument) {
#if defined(__x86_64__)
  long result;
  register const void* given asm("r8") = argument;
  register auto begin asm("r9") = entry;
  asm volatile(
      "syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\t"
      "xor %%ebp, %%ebp\n\tmov %%r8, %%rdi\n\tcall *%%r9\n\thlt\n1:"
      : "=a"(result)
      : "a"(__NR_clone3), "D"(&args), "S"(sizeof args), "r"(given), "r"(begin)
      : "rcx", "r11", "memory", "cc");
  return result;
#elif defined(__aarch64__)
  register long number asm("x8") = __NR_clone3;
  register long result asm("x0") = reinterpret_cast<long>(&args);
  register long size asm("x1") = sizeof args;
  register const void* given asm("x9") = argument;
  register auto begin asm("x10") = entry;
  asm volatile("svc 0\n\tcbnz x0, 1f\n\tmov x29, #0\n\tmov x0, x9\n\tblr x10\n1:"
               : "+r"(result)
               : "r"(number), "r"(size), "r"(given), "r"(begin)
               : "memory", "cc");
  return result;
#endif
}

}  // namespace child
