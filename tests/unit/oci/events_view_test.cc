#include "runtime/oci/events_view.h"

#include <doctest/doctest.h>

#include "base/text.h"

TEST_CASE("events: what is zero and optional is left out, as callers of runc are used to") {
  CHECK(oci::oom_event("web") == "{\"type\":\"oom\",\"id\":\"web\"}\n");
  const std::string cpuset =
      "\"cpuset\":{\"cpu_exclusive\":0,\"mem_hardwall\":0,\"mem_exclusive\":0,\"memory_migrate\":0,\"memory_spread_"
      "page\":0,"
      "\"memory_spread_slab\":0,\"memory_pressure\":0,\"sched_load_balance\":0,\"sched_relax_domain_level\":0}";
  CHECK(oci::stats_event("web", {}) == cat("{\"type\":\"stats\",\"id\":\"web\",\"data\":{\"cpu\":{\"usage\":{"
                                           "\"kernel\":0,\"user\":0},\"throttling\":{}},",
                                           cpuset,
                                           ",\"memory\":{\"usage\":{\"limit\":0,\"failcnt\":0},\"swap\":{\"limit\":0,"
                                           "\"failcnt\":0},\"kernel\":{\"limit\":0,"
                                           "\"failcnt\":0},\"kernelTCP\":{\"limit\":0,\"failcnt\":0}},\"pids\":{},"
                                           "\"blkio\":{},\"hugetlb\":{},\"intel_rdt\":{},"
                                           "\"network_interfaces\":[]}}\n"));
}

TEST_CASE("events: nanoseconds, memory and swap together, devices with an entry an operation") {
  cgroups::Metrics metrics;
  metrics.cpu_usage = 5;
  metrics.cpus = "0-1,4";
  metrics.memory_max = 100;
  metrics.memory_current = 40;
  metrics.swap_max = 50;
  metrics.swap_current = 2;
  metrics.memory_stat = {{"anon", 3}, {"file", 4}};
  metrics.pids_max = cgroups::kNoLimit;
  metrics.pids_current = 1;
  metrics.io = {{.major = 8, .minor = 0, .read_bytes = 7}};
  metrics.hugepages = {{.page_size = "2MB", .current = 1, .reserved = 2, .failures = 3}};
  metrics.cpu_pressure = {{.some = {.avg10 = 1.5, .total_usec = 9}}};
  const std::string text = oci::stats_event("web", metrics);
  for (const char* part :
       {"\"usage\":{\"total\":5000,", "\"cpus\":[0,1,4],", "\"swap\":{\"limit\":150,\"usage\":42,", "\"cache\":4,",
        "\"raw\":{\"anon\":3,\"file\":4}", "\"pids\":{\"current\":1}",
        "\"hugetlb\":{\"2MB\":{\"usage\":2,\"failcnt\":3}}",
        "\"psi\":{\"some\":{\"avg10\":1.5,\"avg60\":0,\"avg300\":0,\"total\":9},\"full\":{\"avg10\":0,",
        "\"ioServiceBytesRecursive\":[{\"major\":8,\"op\":\"Read\",\"value\":7},{\"major\":8,\"op\":\"Write\"}]"})
    CHECK_MESSAGE(text.find(part) != std::string::npos, part);
  metrics.swap_max = cgroups::kNoLimit;
  CHECK(oci::stats_event("web", metrics).find("\"swap\":{\"limit\":18446744073709551615,") != std::string::npos);
}
