#include "runtime/kube/sandbox/environment.h"

#include <sys/statvfs.h>

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/expand.h"
#include "runtime/kube/state/objects.h"
#include "runtime/kube/state/record.h"

namespace kube {
namespace {

constexpr const char* kSkipped = " were skipped since they are considered invalid environment variable names.";

// Stricter than what env takes: what stands in a ConfigMap was not meant as a variable.
bool is_variable_name(std::string_view name) {
  const auto is_good = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '.';
  };
  return !name.empty() && !is_digit(name.front()) && std::ranges::all_of(name, is_good);
}

class Resolver {
 public:
  Resolver(const PodContext& context, const Container& container) : context_(context), container_(container) {}

  Result<Environment> run() {
    for (const EnvFrom& source : container_.env_from)
      TRY(source.config_map ? add_all<ConfigMap>("configMap", *source.config_map, source.prefix)
                            : add_all<Secret>("secret", *source.secret, source.prefix));
    for (const EnvVar& variable : container_.env) TRY(add(variable));
    return std::move(out_);
  }

 private:
  void set(const std::string& name, std::string value) {
    known_[name] = value;
    const auto earlier = std::ranges::find(out_.variables, name, &EnvVar::name);
    if (earlier == out_.variables.end())
      out_.variables.push_back({name, std::move(value)});
    else
      earlier->value = std::move(value);
  }

  template <class T>
  Result<std::optional<T>> read(const auto& source) {
    return read_object_if<T>(*context_.place, context_.pod->metadata.ns, source.name, source.optional.value_or(false));
  }

  template <class T>
  Result<> add_all(const char* kind, const EnvFromObject& source, const std::string& prefix) {
    const std::optional<T> object = TRY(read<T>(source));
    if (!object) return {};
    std::vector<std::string> bad;
    for (const auto& [key, value] : object->data) {
      const std::string name = prefix + key;
      if (!is_variable_name(name))
        bad.push_back(name);
      else
        TRY(set_bytes(name, value));
    }
    if (!bad.empty())
      out_.skipped.push_back(cat("Keys [", join(bad, ", "), "] from the EnvFrom ", kind, " ", context_.pod->metadata.ns,
                                 "/", source.name, kSkipped));
    return {};
  }

  template <class T>
  Result<> add_key(const char* kind, const std::string& name, const KeySelector& source) {
    const bool optional = source.optional.value_or(false);
    const std::optional<T> object = TRY(read<T>(source));
    if (!object) return {};
    const auto found = object->data.find(source.key);
    if (found != object->data.end()) return set_bytes(name, found->second);
    if (optional) return {};
    return fail(cat("couldn't find key ", source.key, " in ", kind, " ", context_.pod->metadata.ns, "/", source.name));
  }

  // A variable ends at its first NUL (execve(2)): the rest would be lost in silence.
  Result<> set_bytes(const std::string& name, const std::string& value) {
    if (value.find('\0') != value.npos) return fail(cat("variable ", name, ": the value has a NUL byte"));
    set(name, value);
    return {};
  }

  Result<> add(const EnvVar& variable) {
    if (!variable.value_from) {
      set(variable.name, expand(variable.value, known_));
      return {};
    }
    const EnvSource& source = *variable.value_from;
    if (source.config_map) return add_key<ConfigMap>("ConfigMap", variable.name, *source.config_map);
    if (source.secret) return add_key<Secret>("Secret", variable.name, *source.secret);
    if (source.field) {
      set(variable.name, field_value(*context_.pod, *source.field));
      return {};
    }
    ResourceSelector selector = *source.resource;
    if (selector.container.empty()) selector.container = container_.name;
    set(variable.name, TRY(resource_value(context_.pod->spec, selector, allocatable(context_))));
    return {};
  }

  const PodContext& context_;
  const Container& container_;
  StringMap known_;
  Environment out_;
};

}  // namespace

Result<Environment> resolve_environment(const PodContext& context, const Container& container) {
  return Resolver(context, container).run();
}

Allocatable allocatable(const PodContext& context) {
  Allocatable node{.milli_cpu = context.node.milli_cpu, .memory = context.node.memory};
  struct statvfs status;
  if (statvfs(context.data_dir.c_str(), &status) == 0)
    node.storage = static_cast<int64_t>(status.f_blocks * status.f_frsize);
  return node;
}

}  // namespace kube
