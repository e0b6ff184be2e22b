// The messages that the others are made of.
#pragma once

#include "runtime/shim/wire/field.h"

namespace shim::wire {

struct Empty {
  static constexpr auto fields() { return table(); }
};

// google.protobuf.Timestamp
struct Timestamp {
  int64_t seconds = 0;
  int32_t nanos = 0;

  static constexpr auto fields() { return table(Field{1, &Timestamp::seconds}, Field{2, &Timestamp::nanos}); }
};

// google.protobuf.Any: `value` is JSON or another message, `type_url` says which.
struct Any {
  std::string type_url, value;

  static constexpr auto fields() { return table(Field{1, &Any::type_url}, Bytes{2, &Any::value}); }
};

// containerd.types.Mount
struct Mount {
  std::string type, source, target;
  std::vector<std::string> options;

  static constexpr auto fields() {
    return table(Field{1, &Mount::type}, Field{2, &Mount::source}, Field{3, &Mount::target}, Field{4, &Mount::options});
  }
};

// The type_url of values in JSON (containerd/typeurl): those of the OCI specification.
constexpr std::string_view kTypeSpec = "types.containerd.io/opencontainers/runtime-spec/1/Spec";
constexpr std::string_view kTypeProcess = "types.containerd.io/opencontainers/runtime-spec/1/Process";
constexpr std::string_view kTypeLinuxResources = "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources";
constexpr std::string_view kTypeFeatures = "types.containerd.io/opencontainers/runtime-spec/1/features/Features";

}  // namespace shim::wire
