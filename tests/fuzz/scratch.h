// A file system of the target's own, for parsers that write files: a tmpfs in a mount namespace that ends with the
// process.
#pragma once

#include <sched.h>
#include <sys/mount.h>

#include "tests/fuzz/fuzz.h"

namespace fuzz {

constexpr const char* kScratch = "/mnt";

inline void make_scratch() {
  const bool made = unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                    mount("fuzz", kScratch, "tmpfs", MS_NODEV | MS_NOSUID | MS_NOEXEC, "size=256m") == 0;
  if (made) return;
  perror("a file system for the fuzz target");
  exit(1);
}

}  // namespace fuzz

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
