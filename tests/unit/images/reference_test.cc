#include "runtime/kube/images/reference.h"

#include <doctest/doctest.h>

#include "base/text.h"

using namespace images;

namespace {

std::string full(std::string_view name) {
  auto reference = parse_reference(name);
  if (!reference) return reference.error().text();
  return reference->digest.empty() ? reference->name() : cat(reference->repository, "@", reference->digest);
}

}  // namespace

TEST_CASE("reference: short names become Docker's full ones") {
  CHECK(full("busybox") == "docker.io/library/busybox:latest");
  CHECK(full("busybox:1.36") == "docker.io/library/busybox:1.36");
  CHECK(full("polinux/stress") == "docker.io/polinux/stress:latest");
  CHECK(full("index.docker.io/busybox") == "docker.io/library/busybox:latest");
  CHECK(full("docker.io/library/busybox") == "docker.io/library/busybox:latest");
  CHECK(full("registry.k8s.io/pause:3.9") == "registry.k8s.io/pause:3.9");
  CHECK(full("localhost/a") == "localhost/a:latest");
  CHECK(full("localhost:5000/a/b:v1") == "localhost:5000/a/b:v1");
  CHECK(full("gcr.io/google-samples/node-hello:1.0") == "gcr.io/google-samples/node-hello:1.0");
  CHECK(full("e/a--b__c.d") == "docker.io/e/a--b__c.d:latest");
  const std::string digest = "sha256:" + std::string(64, 'a');
  CHECK(full("busybox@" + digest) == "docker.io/library/busybox@" + digest);
  CHECK(full("busybox:1@" + digest) == "docker.io/library/busybox@" + digest);
}

TEST_CASE("reference: what is no name") {
  CHECK(full("") == "image name '': it is empty");
  CHECK(full("Busybox") == "image name 'Busybox': the repository must be in lower case");
  CHECK(full("a/../b") == "image name 'a/../b': '..' is no part of a repository's name");
  CHECK(full("/a") == "image name '/a': '' is no part of a repository's name");
  CHECK(full("a:") == "image name 'a:': '' is no tag");
  CHECK(full("a:b c") == "image name 'a:b c': 'b c' is no tag");
  CHECK(full("a@sha256:12") == "image name 'a@sha256:12': what follows '@' is no sha256 digest");
  CHECK(full("a:b:c/d") == "image name 'a:b:c/d': 'a:b:c' is no registry");
  CHECK(full("a___b") == "image name 'a___b': 'a___b' is no part of a repository's name");
  CHECK(full("a._b") == "image name 'a._b': 'a._b' is no part of a repository's name");
  CHECK(full("-a") == "image name '-a': '-a' is no part of a repository's name");
  CHECK(full(std::string(256, 'a')).find("it is longer than 255 characters") != std::string::npos);
}
