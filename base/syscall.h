// System calls that glibc 2.36 has no wrapper for. Thin: the kernel's arguments, -1 and errno.
#pragma once

#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

inline int openat2(int dir, const char* path, const open_how* how) {
  return static_cast<int>(syscall(SYS_openat2, dir, path, how, sizeof *how));
}

// <sys/pidfd.h> of glibc 2.36 declares these without extern "C", so C++ cannot link them.
inline int pidfd_open(pid_t pid, unsigned flags) {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, flags));
}

inline int pidfd_send_signal(int pidfd, int signal) {
  return static_cast<int>(syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
}
