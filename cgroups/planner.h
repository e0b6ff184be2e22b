// What the parts of plan() share: the list of writes as it grows.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "cgroups/plan.h"

namespace cgroups {

struct Planner {
  Plan plan;

  // Adds a write. `field` is the name within linux.resources: "cpu.quota".
  void write(std::string_view field, std::string file, std::string value, Write::Rule rule = Write::Rule::required) {
    plan.writes.push_back({cat("linux.resources.", field), std::move(file), std::move(value), rule});
  }
};

// A refusal of a value: "linux.resources.FIELD: why".
inline std::unexpected<Error> refuse(std::string_view field, std::string_view why) {
  return fail(cat("linux.resources.", field, ": ", why));
}

Result<> plan_io(const Io& io, Planner& out);
Result<> plan_hugepages(const std::vector<HugepageLimit>& limits, Planner& out);
Result<> plan_rdma(const std::map<std::string, RdmaLimit>& limits, Planner& out);
Result<> plan_unified(const std::map<std::string, std::string>& unified, Planner& out);

}  // namespace cgroups
