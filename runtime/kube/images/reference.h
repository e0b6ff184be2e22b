// Names of images, as Docker and the kubelet read them (distribution/reference: "familiar" names).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace images {

struct Reference {
  std::string repository;   // in full: "docker.io/library/busybox", "localhost:5000/team/app"
  std::string tag;          // "latest" when neither tag nor digest was given; may be empty with a digest
  std::string digest;       // "sha256:…" or empty
  bool has_domain = false;  // the registry was written out

  // "docker.io/library/busybox:latest"; without the digest.
  std::string name() const { return repository + ":" + tag; }
};

// Reads "busybox", "polinux/stress:1.0", "registry.k8s.io/pause@sha256:…". The part before the first '/' is a registry
// when it has a '.' or a ':' or is "localhost". Errors: "image name 'Foo': repository must be lower case" and the like.
Result<Reference> parse_reference(std::string_view name);

}  // namespace images
