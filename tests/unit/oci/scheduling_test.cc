#include <doctest/doctest.h>

#include "runtime/oci/spec.h"
#include "runtime/oci/spec_json.h"

TEST_CASE("oci: scheduling, memory policy and personality are read, and written as they were read") {
  const auto spec = oci::read_spec(
      R"({"ociVersion": "1.3.0", "root": {"path": "/r"},
          "process": {"args": ["a"], "cwd": "/",
            "scheduler": {"policy": "SCHED_DEADLINE", "flags": ["SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM"],
                          "runtime": 2048, "deadline": 4096, "period": 8192},
            "ioPriority": {"class": "IOPRIO_CLASS_IDLE", "priority": 7},
            "execCPUAffinity": {"initial": "0-2,9", "final": "4"}},
          "linux": {"memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0,2-3", "flags": ["MPOL_F_STATIC_NODES"]},
                    "personality": {"domain": "LINUX32"}}})",
      "/bundle");
  REQUIRE(spec);
  const auto& process = *spec->process;
  CHECK(process.scheduler->policy == 6);
  CHECK(process.scheduler->flags == 3);
  CHECK(process.scheduler->period == 8192);
  CHECK(process.io_priority->scheduling_class == 3);
  CHECK(process.exec_cpu_affinity.initial == cgroups::IdMask{0x07, 0x02});
  CHECK(process.exec_cpu_affinity.final == cgroups::IdMask{0x10});
  CHECK(spec->memory_policy->mode == (2 | 1 << 15));
  CHECK(spec->memory_policy->nodes == cgroups::IdMask{0x0d});
  CHECK(spec->personality == 8u);

  const std::string text = oci::spec_to_json(*spec);
  const auto again = oci::read_spec(text, "/bundle");
  REQUIRE(again);
  CHECK(again->process->scheduler->flags == 3);
  CHECK(again->memory_policy->nodes == spec->memory_policy->nodes);
  CHECK(oci::spec_to_json(*again) == text);
}
