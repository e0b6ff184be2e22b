// What is read of the kernel's text files: mountinfo, lists of ids, what cgroups count. The first byte says which.
#include "base/text.h"
#include "cgroups/id_list.h"
#include "cgroups/metrics.h"
#include "cgroups/mountinfo.h"
#include "cgroups/stat_file.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text = fuzz::text_of(data + 1, size - 1);
  if (data[0] == 'm') {
    const auto mount = cgroups::find_cgroup2_mount(text);
    if (mount) fuzz::demand(text.find(" - cgroup2 ") != std::string_view::npos, "only a cgroup2 mount is found");
  }
  if (data[0] == 'i') (void)cgroups::parse_id_list(text);
  if (data[0] == 'p') (void)cgroups::parse_pressure(text);
  if (data[0] == 'd') (void)cgroups::parse_io_stat(text);
  if (data[0] == 'k')
    for (const auto& [key, value] : cgroups::parse_keys(text)) (void)cgroups::value_of(text, key);
  return 0;
}
