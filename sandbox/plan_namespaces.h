// Namespaces: which the child is born into, which it joins, which it makes itself.
#pragma once

#include "sandbox/container.h"
#include "sandbox/launch.h"

namespace sandbox {

// Name of a namespace type as the spec has it ("network"), for CLONE_NEW… of one bit.
std::string_view namespace_name(int type);

// True when the list asks for this type, new or joined.
bool has_namespace(const std::vector<Namespace>& namespaces, int type);
// True when the list asks for a new one of this type.
bool has_new_namespace(const std::vector<Namespace>& namespaces, int type);

// True when the child has to join a pid namespace itself: to be there and back we need privilege in the user namespaces
// of both, which neither an ordinary user has nor root of a user namespace (pidns_install() in kernel/pid_namespace.c).
bool must_join_inside();

// First operations of a plan: joins the given namespaces, makes the others. Fills what launch() needs for it.
// Descriptors of joined namespaces live as long as the plan. With `set_clocks` it stops at Barrier::clocks once a new
// time namespace is there, for write_clock_offsets(). Errors: a path that cannot be opened, or is of another type.
Result<> plan_namespaces(Plan& plan, const std::vector<Namespace>& namespaces, LaunchOptions& launch, bool set_clocks);

// Sets the clocks of the time namespace that a process of ours has made and not yet entered (time_namespaces(7)).
// Errors name linux.timeOffsets: a clock that would stand before 0, or too far ahead.
Result<> write_clock_offsets(pid_t pid, const ClockOffsets& offsets);

// Session, keyring ("" for none), host name, domain name, and "lo" brought up in a new network namespace.
void plan_identity(Plan& plan, const std::vector<Namespace>& namespaces, const std::string& keyring,
                   const std::string& hostname, const std::string& domainname);

// For exec: joins all of the container's namespaces (`types`) of the process behind the pidfd; with CLONE_NEWPID among
// them it goes on in a new process.
void plan_join_process(Plan& plan, int pidfd, int types);

}  // namespace sandbox
