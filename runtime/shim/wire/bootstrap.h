// What goes over standard input and output when containerd runs the program.
#pragma once

#include "runtime/shim/wire/common.h"

namespace shim::wire {

// The levels are those of Go's slog.
enum class LogLevel : int32_t { trace = -8, debug = -4, info = 0, warn = 4, error = 8, fatal = 10, panic = 12 };

struct Extension {
  std::optional<Any> value;

  static constexpr auto fields() { return table(Field{1, &Extension::value}); }
};

// containerd.runtime.bootstrap.v1.BootstrapParams: the input of `start` since containerd 2.3.
struct BootstrapParams {
  std::string instance_id, ns;
  LogLevel log_level = LogLevel::info;
  std::string containerd_version, containerd_ttrpc_address, containerd_grpc_address, containerd_binary;
  std::vector<Extension> extensions;  // one of them has the runtime's options
  std::string socket_dir;             // empty: not given

  static constexpr auto fields() {
    using M = BootstrapParams;
    return table(Field{1, &M::instance_id}, Field{2, &M::ns}, Field{3, &M::log_level}, Field{4, &M::containerd_version},
                 Field{5, &M::containerd_ttrpc_address}, Field{6, &M::containerd_grpc_address},
                 Field{7, &M::containerd_binary}, Field{8, &M::extensions}, Field{9, &M::socket_dir});
  }
};

// …and its output. The last two fields, capabilities and metadata, are never written: containerd before 2.3.4 cuts
// white space off both ends of these bytes, and these three cannot end in any.
struct BootstrapResult {
  int32_t version = 0;
  std::string address, protocol;

  static constexpr auto fields() {
    using M = BootstrapResult;
    return table(Field{1, &M::version}, Field{2, &M::address}, Field{3, &M::protocol});
  }
};

struct RuntimeVersion {
  std::string version, revision;

  static constexpr auto fields() {
    return table(Field{1, &RuntimeVersion::version}, Field{2, &RuntimeVersion::revision});
  }
};

// containerd.types.RuntimeInfo: the output of `-info`.
struct RuntimeInfo {
  std::string name;
  std::optional<RuntimeVersion> version;
  std::optional<Any> options, features;  // `features`: kTypeFeatures
  std::map<std::string, std::string> annotations;

  static constexpr auto fields() {
    using M = RuntimeInfo;
    return table(Field{1, &M::name}, Field{2, &M::version}, Field{3, &M::options}, Field{4, &M::features},
                 Field{5, &M::annotations});
  }
};

}  // namespace shim::wire
