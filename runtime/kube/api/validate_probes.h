// The checks of what a container is asked, and of its probes; in the API server's words. Inside of validate_pod.
#pragma once

#include "runtime/kube/api/checker.h"

namespace kube {

// The fields of an action.
void check_exec(const ExecAction& action, const std::string& path, Checker& check);
void check_http_get(const HttpGetAction& action, const std::string& path, Checker& check);
void check_tcp_socket(const TcpSocketAction& action, const std::string& path, Checker& check);

// livenessProbe, readinessProbe and startupProbe of the container at the path.
void check_probes(const PodSpec& spec, const Container& container, const std::string& path, Checker& check);

}  // namespace kube
