// The images in an archive: which there are for this machine, what they are called, where their parts are.
#pragma once

#include <string>
#include <vector>

#include "runtime/kube/images/manifest.h"
#include "sandbox/images/source.h"

namespace images {

struct FoundLayer {
  std::string member;  // of the source
  Blob blob;
  std::string diff_id;
};

struct FoundImage {
  std::string id;                  // digest of the config
  std::string manifest_digest;     // empty in a docker-archive
  std::vector<std::string> names;  // as the archive has them
  std::string config;              // the document
  std::string created;
  std::vector<FoundLayer> layers;
};

// Reads and verifies all documents of an OCI layout or a docker-archive. At least one image, each once. Errors: neither
// kind of archive, no image for this platform (naming those there are), documents that are wrong or not as their
// digests.
Result<std::vector<FoundImage>> find_images(const Source& source);

}  // namespace images
