#include "runtime/kube/api/handlers.h"

#include "base/text.h"

namespace kube {

std::string print_port(const PortReference& port) {
  return port.name.empty() ? cat(port.number) : port.name;
}

}  // namespace kube
