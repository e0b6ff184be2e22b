// What is read of the kernel's text files: mountinfo and lists of ids. The first byte says which.
#include "base/text.h"
#include "cgroups/id_list.h"
#include "cgroups/mountinfo.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text = fuzz::text_of(data + 1, size - 1);
  if (data[0] == 'm') {
    const auto mount = cgroups::find_cgroup2_mount(text);
    if (mount) fuzz::demand(text.find(" - cgroup2 ") != std::string_view::npos, "only a cgroup2 mount is found");
  }
  if (data[0] == 'i') (void)cgroups::parse_id_list(text);
  return 0;
}
