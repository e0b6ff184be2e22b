#include "runtime/shim/wire/metrics.h"

#include <doctest/doctest.h>

#include "tests/unit/shim-wire/hex.h"

using shim::wire::encode_metrics;

TEST_CASE("metrics: the bytes are those that protoc makes of containerd's metrics.proto") {
  cgroups::Metrics from;
  from.pids_current = 3;
  from.pids_max = cgroups::kNoLimit;
  from.cpu_usage = 10, from.cpu_user = 7, from.cpu_system = 3;
  from.periods = 4, from.throttled_periods = 2, from.throttled_usec = 99, from.bursts = 1, from.burst_usec = 6;
  from.cpu_pressure = cgroups::Pressure{.some = {.avg10 = 1.5, .avg60 = 0.25, .total_usec = 77}, .full = {}};
  from.memory_stat = {{"anon", 4096},
                      {"file", 8192},
                      {"unevictable", 15},
                      {"workingset_refault_anon", 10},
                      {"workingset_refault_file", 20},
                      {"workingset_activate", 5},
                      {"workingset_activate_anon", 4},
                      {"thp_collapse_alloc", 31},
                      {"zswap", 9}};
  from.memory_current = 32, from.memory_max = 33, from.swap_current = 34, from.swap_max = 35;
  from.memory_peak = 36, from.swap_peak = 37;
  from.memory_pressure = cgroups::Pressure{.some = {}, .full = {.avg300 = 100, .total_usec = 1}};
  from.rdma = {{.device = "mlx5_0", .handles = 2, .objects = 5, .max_objects = 2000}};
  from.io = {{.major = 8, .read_bytes = 1459200, .write_bytes = 314773504, .reads = 192, .writes = 353}};
  from.hugepages = {{.page_size = "2MB", .current = 2097152, .failures = 1}};
  from.memory_events = {.low = 1, .high = 2, .max = 3, .oom = 4, .oom_kill = 5, .oom_group_kill = 6};
  CHECK(hex(encode_metrics(from)) ==
        "0a0d080310ffffffffffffffffff01122a080a100718032004280230633a180a1409000000000000f83f11000000000000d03f204d1200"
        "400148062235088020108040780fa0011ea80105f8011f800220880221900222980223a00224a80225b2020f0a00120b19000000000000"
        "594020012a210a0c0a066d6c78355f301002180512110a066d6c78355f3010ffffffff0f18d00f32140a120808188088592080a08c9601"
        "28c00130e1023a17088080800110ffffffffffffffffff011a03324d422001420c080110021803200428053006");
}

TEST_CASE("metrics: of a cgroup without controllers all parts are there, with nothing in them") {
  CHECK(hex(encode_metrics({})) ==
        "0a00"
        "1200"
        "2200"
        "2a00"
        "3200"
        "4200");
}
