// What the checks of all kinds of objects share.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "runtime/kube/api/pod.h"
#include "runtime/kube/api/validate.h"

namespace kube {

// Keeps the first problem that is found.
class Checker {
 public:
  std::optional<Problem> problem;

  void add(std::string path, std::string message);
  // Nothing when the message is empty.
  void invalid(const std::string& path, std::string_view value, std::string_view message);
  void require(const std::string& path, std::string_view value);
  void forbid(std::string path, std::string_view why);
  // A name that must be there, have the form, and be the first of its kind.
  void name(const std::string& path, const std::string& value, std::string (*check)(std::string_view),
            std::set<std::string>& seen);
  // A problem that another check has found, or none.
  void take(std::optional<Problem> found);
  void id(const std::string& path, std::optional<int64_t> value);
};

// "spec.volumes[1]".
std::string indexed(std::string_view list, size_t index);

// Name, namespace, labels and annotations. `check_name` is the form that the kind's names have.
void check_metadata(const ObjectMeta& metadata, bool has_namespace, std::string (*check_name)(std::string_view),
                    Checker& check);

}  // namespace kube
