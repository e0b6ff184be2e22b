#include "runtime/kube/api/object.h"

#include "runtime/kube/api/schema.h"

namespace kube {

const KindNames& kind_of(const Object& object) {
  return std::visit([]<class T>(const T&) -> const KindNames& { return KindOf<T>::names; }, object);
}

const ObjectMeta& metadata_of(const Object& object) {
  return std::visit([](const auto& one) -> const ObjectMeta& { return one.metadata; }, object);
}

ObjectMeta& metadata_of(Object& object) {
  return std::visit([](auto& one) -> ObjectMeta& { return one.metadata; }, object);
}

Node encode_object(const Object& object) {
  return std::visit([](const auto& one) { return encode(one); }, object);
}

Node encode_list(const std::vector<Object>& objects) {
  std::vector<Node> items;
  for (const Object& object : objects) items.push_back(encode_object(object));
  return list_node(std::move(items));
}

}  // namespace kube
