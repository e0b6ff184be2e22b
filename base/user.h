// Whose rights this process has.
#pragma once

// True in a user namespace that is not the machine's first.
bool in_user_namespace();

// True for an ordinary user, and for root of a user namespace who is told of a user's own directory ($XDG_RUNTIME_DIR):
// that is podman's, when an ordinary user runs it. More than the uid is asked only then.
bool acts_for_user();
