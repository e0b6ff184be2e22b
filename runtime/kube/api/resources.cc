#include "runtime/kube/api/resources.h"

namespace kube {

const Quantity* find_amount(const ResourceList& list, const std::string& name) {
  const auto found = list.find(name);
  return found == list.end() ? nullptr : &found->second;
}

Quantity amount(const ResourceList& list, const std::string& name) {
  const Quantity* found = find_amount(list, name);
  return found ? *found : Quantity{};
}

void add(ResourceList& sum, const ResourceList& more) {
  for (const auto& [name, quantity] : more) sum[name] = sum[name] + quantity;
}

void overlay(ResourceList& list, const ResourceList& over) {
  for (const auto& [name, quantity] : over) list.insert_or_assign(name, quantity);
}

}  // namespace kube
