#include "runtime/kube/api/identity.h"

namespace kube {

void keep_what_is_ours(const ObjectMeta& before, ObjectMeta& after) {
  if (after.uid.empty()) after.uid = before.uid;
  after.creation_time = before.creation_time;
  after.deletion_time = before.deletion_time;
  after.deletion_grace_period = before.deletion_grace_period;
  after.generation = before.generation;
}

}  // namespace kube
