// Device nodes, the links in /dev, the terminal.
#pragma once

#include "sandbox/container.h"
#include "sandbox/plan.h"

namespace sandbox {

// The devices that every container has (config-linux.md "Default Devices"), as far as they are nodes.
const std::vector<Device>& default_devices();

// The default devices, those of the config, and the links (runtime-linux.md). In a user namespace, and wherever nodes
// cannot be made, the host's are bound. Errors: a type nobody knows, or a path without a name.
Result<> plan_devices(Plan& plan, int16_t root, const std::vector<Device>& devices, bool user_namespace);

// Opens a terminal on the container's devpts, sends its master through the socket (a slot) and binds the slave over
// /dev/console. Gives the slave's slot for plan_stdio.
int16_t plan_terminal(Plan& plan, int16_t root, int16_t socket, const Process& process);

// For exec: the same without /dev/console, on the root that is already in place.
int16_t plan_exec_terminal(Plan& plan, int16_t root, int16_t socket, const Process& process);

// Makes the terminal the three standard descriptors and the controlling terminal.
void plan_stdio(Plan& plan, int16_t slave);

}  // namespace sandbox
