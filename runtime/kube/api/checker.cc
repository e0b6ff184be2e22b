#include "runtime/kube/api/checker.h"

#include "base/text.h"
#include "runtime/kube/api/names.h"

namespace kube {
namespace {

constexpr int64_t kMostId = 2147483647;  // ids in the API are int32, whatever the kernel takes
constexpr size_t kAnnotationLimit = 256 << 10;

}  // namespace

void Checker::add(std::string path, std::string message) {
  if (!problem) problem = Problem{std::move(path), std::move(message)};
}

void Checker::invalid(const std::string& path, std::string_view value, std::string_view message) {
  take(kube::invalid(path, value, message));
}

void Checker::forbid(std::string path, std::string_view why) {
  add(std::move(path), cat("Forbidden: ", why));
}

void Checker::require(const std::string& path, std::string_view value) {
  take(required(path, value));
}

void Checker::name(const std::string& path, const std::string& value, std::string (*check)(std::string_view),
                   std::set<std::string>& seen) {
  require(path, value);
  invalid(path, value, check(value));
  if (!seen.insert(value).second) add(path, cat("Duplicate value: \"", value, '"'));
}

void Checker::take(std::optional<Problem> found) {
  if (found) add(std::move(found->path), std::move(found->message));
}

void Checker::id(const std::string& path, std::optional<int64_t> value) {
  if (value && (*value < 0 || *value > kMostId))
    add(path, cat("Invalid value: ", *value, ": must be between 0 and ", kMostId, ", inclusive"));
}

std::string indexed(std::string_view list, size_t index) {
  return cat(list, '[', index, ']');
}

void check_metadata(const ObjectMeta& metadata, bool has_namespace, std::string (*check_name)(std::string_view),
                    Checker& check) {
  check.require("metadata.name", metadata.name);
  check.invalid("metadata.name", metadata.name, check_name(metadata.name));
  if (has_namespace) check.invalid("metadata.namespace", metadata.ns, check_dns_label(metadata.ns));
  if (!has_namespace && !metadata.ns.empty()) check.add("metadata.namespace", "Forbidden: not allowed on this type");
  for (const auto& [key, value] : metadata.labels) {
    check.invalid(cat("metadata.labels[", key, ']'), key, check_qualified_name(key));
    check.invalid(cat("metadata.labels[", key, ']'), value, check_label_value(value));
  }
  size_t size = 0;
  for (const auto& [key, value] : metadata.annotations) {
    check.invalid(cat("metadata.annotations[", key, ']'), key, check_qualified_name(key));
    size += key.size() + value.size();
  }
  if (size > kAnnotationLimit)
    check.add("metadata.annotations", cat("Too long: may not be more than ", kAnnotationLimit, " bytes"));
}

}  // namespace kube
