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
  Node list = encode(
      std::map<std::string, std::string>{{"apiVersion", "v1"}, {"items", ""}, {"kind", "List"}, {"metadata", ""}});
  Node& items = list.entries[1].value;
  items = {.kind = Node::Kind::sequence};
  for (const Object& object : objects) items.items.push_back(encode_object(object));
  list.entries[3].value = encode(std::map<std::string, std::string>{{"resourceVersion", ""}});
  return list;
}

}  // namespace kube
