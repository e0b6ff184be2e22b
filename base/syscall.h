// System calls that glibc 2.36 has no wrapper for. Thin: the kernel's arguments, -1 and errno.
#pragma once

#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

inline int openat2(int dir, const char* path, const open_how* how) {
  return static_cast<int>(syscall(SYS_openat2, dir, path, how, sizeof *how));
}
