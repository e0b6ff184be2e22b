// The home directory of a user in a passwd file, for a process that must not allocate.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace child {

constexpr size_t kHomeRoom = 511;  // bytes for "HOME=" and the path; a longer one is passed over

// Takes a passwd file byte by byte, a newline last, and keeps the home of the first line with the uid.
struct PasswdWalk {
  uint64_t wanted;
  char* entry;      // begins with "HOME="; has kHomeRoom bytes and one for an end that is not written here
  size_t size = 5;  // of the entry; only when it was found it means something
  bool found = false;

  void take(char c) {
    if (found) return;
    if (c == '\n') {
      if (field >= 5 && digits && !bad && uid == wanted && size > 5) {
        found = true;
        return;
      }
      field = 0, uid = 0, digits = false, bad = false, size = 5;
    } else if (c == ':') {
      field++;
    } else if (field == 2) {
      bad = bad || c < '0' || c > '9' || uid > 0xffffffff;
      uid = uid * 10 + static_cast<uint64_t>(c - '0');
      digits = true;
    } else if (field == 5) {
      if (size < kHomeRoom)
        entry[size++] = c;
      else
        bad = true;
    }
  }

  unsigned field = 0;
  uint64_t uid = 0;
  bool digits = false, bad = false;
};

}  // namespace child
