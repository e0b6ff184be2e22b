// The forms of names in the API. Each check gives what is wrong with the value, in the API's words, or nothing.
#pragma once

#include <string>
#include <string_view>

namespace kube {

// RFC 1123 label: a container, a volume, a namespace, a host name.
std::string check_dns_label(std::string_view value);
// RFC 1123 subdomain: a pod.
std::string check_dns_subdomain(std::string_view value);
// "prefix/name": a label's or an annotation's key.
std::string check_qualified_name(std::string_view value);
std::string check_label_value(std::string_view value);
// A key of a ConfigMap or a Secret: it becomes a file's name.
std::string check_data_key(std::string_view value);
std::string check_env_name(std::string_view value);
// IANA service name: a port.
std::string check_port_name(std::string_view value);

}  // namespace kube
