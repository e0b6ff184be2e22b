// Numbers of the kernel's that a program without libc has to bring along.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace child {

constexpr long kCwd = -100;  // AT_FDCWD
constexpr long kEmptyPath = 0x1000, kSymlinkItself = 0x100,
               kRecursive = 0x8000;  // AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, AT_RECURSIVE

// open(2) flags. Two of them differ between machines.
constexpr uint64_t kReadOnly = 0, kWriteOnly = 1, kReadWrite = 2, kCreate = 0100, kNoCtty = 0400, kNonBlock = 04000;
constexpr uint64_t kCloexec = 02000000, kPath = 010000000;
#if defined(__aarch64__)
constexpr uint64_t kNoFollow = 0100000, kDirectory = 040000;
#else
constexpr uint64_t kNoFollow = 0400000, kDirectory = 0200000;
#endif

// Kinds of files in a mode.
constexpr uint32_t kTypeMask = 0170000, kTypeDirectory = 0040000, kTypeCharacter = 0020000, kTypeRegular = 0100000;

// Errors as system calls give them.
constexpr long kEperm = -1, kEnoent = -2, kEintr = -4, kEio = -5, kEagain = -11, kEacces = -13, kEexist = -17;
constexpr long kEnotdir = -20, kEinval = -22, kEnametoolong = -36, kEloop = -40, kEtimedout = -110;

constexpr size_t kPathMax = 4096;

}  // namespace child
