// An image as a file: an OCI layout or a docker-archive, in a tar.
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/images/archive.h"
#include "tests/fuzz/scratch.h"

namespace {

const std::string kFile = cat(fuzz::kScratch, "/image.tar"), kWork = cat(fuzz::kScratch, "/work");

Result<std::vector<images::FoundImage>> find() {
  const auto source = TRY(images::Source::open(kFile, kWork));
  return images::find_images(source);
}

}  // namespace

int LLVMFuzzerInitialize(int*, char***) {
  fuzz::make_scratch();
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::demand(replace_file(kFile, fuzz::text_of(data, size)).has_value(), "the archive is there");
  fuzz::demand(mkdir(kWork.c_str(), 0700) == 0, "a folder to work in");
  const auto found = find();
  if (const auto* list = fuzz::value_of(found)) {
    fuzz::demand(!list->empty(), "an archive holds an image, or is an error");
    for (const auto& image : *list) fuzz::demand(image.id.starts_with("sha256:"), "an image is called by its digest");
  }
  fuzz::demand(remove_tree(kWork).has_value(), "the folder can be removed");
  return 0;
}
