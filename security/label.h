// AppArmor profiles and SELinux labels: is the module there, is the name good, and what is to be written where.
// Everything here is done only when a profile or a label is asked for; without one, not a file is opened.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace security {

// Bytes that the child writes into a file below its own /proc/thread-self (on a verified, detached procfs: a fake
// procfs has swallowed such writes, CVE-2019-16884, CVE-2025-52881). One write(2), no newline.
struct AttributeWrite {
  std::string file;   // "attr/apparmor/exec"
  std::string value;  // "exec docker-default"
};

// True when the running kernel enforces AppArmor, and when SELinux is on (permissive counts as on).
bool is_apparmor_enabled();
bool is_selinux_enabled();

// True when the profile is one of `list`, the text of securityfs' apparmor/profiles: "NAME (MODE)" a line.
bool is_profile_listed(const std::string& list, const std::string& profile);

// What puts the next exec under the profile ("unconfined" too). To be written last before exec, after
// no_new_privs was set or not: the kernel checks the transition at exec.
// Errors, all of which begin with "process.apparmorProfile": AppArmor is not enabled; the profile is not loaded; a
// name with control characters.
Result<AttributeWrite> plan_apparmor(const std::string& profile);

struct SelinuxPlan {
  AttributeWrite exec;           // before exec: the label of the process
  AttributeWrite keyring;        // before a session keyring is made: the label of its keys
  AttributeWrite keyring_reset;  // after it: what the container makes itself is labelled by the policy
};

// What runs the next exec with the label. Errors, all of which begin with "process.selinuxLabel": SELinux is not
// enabled; the label is not a valid context of the loaded policy.
Result<SelinuxPlan> plan_selinux(const std::string& label);

// Whether file systems can be mounted with this label, which goes into their "context" option as it is (fsconfig(2)
// needs no quotes for its commas). An empty label can. Errors, all of which begin with "linux.mountLabel": as
// plan_selinux.
Result<> check_mount_label(const std::string& label);

}  // namespace security
