// inotify(7), for those who only want to know that something has happened.
#pragma once

#include "base/descriptor.h"
#include "base/result.h"

// Non-blocking.
Result<Fd> open_inotify();

// Reads all that it has to say.
void drain_inotify(int inotify);
