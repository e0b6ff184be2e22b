// A layer of an image, unpacked: whatever the archive holds, nothing outside its folder changes.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "sandbox/images/extract.h"
#include "tests/fuzz/scratch.h"

namespace {

const std::string kOutside = cat(fuzz::kScratch, "/outside"), kRoot = cat(fuzz::kScratch, "/root");

size_t count_entries(const char* folder) {
  size_t count = 0;
  DIR* dir = opendir(folder);
  while (readdir(dir)) count++;
  closedir(dir);
  return count - 2;  // "." and ".."
}

Result<> unpack(int archive, int root) {
  const auto tar = TRY(images::Tar::open(archive, {.bytes = 1 << 20, .entries = 500}));
  TRY(images::extract_layer(*tar, root));
  TRY(tar->finish());
  return {};
}

}  // namespace

int LLVMFuzzerInitialize(int*, char***) {
  fuzz::make_scratch();
  fuzz::demand(replace_file(kOutside, "host").has_value(), "a file outside");
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::demand(mkdir(kRoot.c_str(), 0755) == 0, "a folder for the layer");
  {
    const auto archive = memory_file("layer", fuzz::text_of(data, size));
    const Fd root(open(kRoot.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const auto unpacked = unpack(archive->get(), root.get());
    if (!unpacked) fuzz::demand_line(unpacked.error());
  }
  fuzz::demand(read_file(kOutside) == "host", "the file outside is as it was");
  fuzz::demand(count_entries(fuzz::kScratch) == 2, "nothing is made outside");
  fuzz::demand(remove_tree(kRoot).has_value(), "what a layer holds can be removed");
  return 0;
}
