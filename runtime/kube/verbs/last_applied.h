// What `apply` remembers of a manifest, with the object.
#pragma once

#include "runtime/kube/api/object.h"

namespace kube {

// What a manifest says of an object: the status is others' to set, but of a node.
Node encode_wanted(const Object& object);

// The object with the annotation last-applied-configuration, which has it as it is given. One that would be too large
// is left out: then nothing that a later manifest lacks is taken away.
Object with_last_applied(Object object);

// What the annotation of an object says; an empty node when it has none.
Node last_applied(const ObjectMeta& metadata);

}  // namespace kube
