// What the runtime's section of containerd's configuration, and a few requests, bring in an Any.
#pragma once

#include "runtime/shim/wire/common.h"

namespace shim::wire {

// containerd.runc.v1.Options
struct RuncOptions {
  static constexpr std::string_view kType = "containerd.runc.v1.Options";
  bool no_pivot_root = false, no_new_keyring = false;
  std::string shim_cgroup;
  uint32_t io_uid = 0, io_gid = 0;
  std::string binary_name, root, criu_path;
  bool systemd_cgroup = false;
  std::string criu_image_path, criu_work_path, task_api_address;
  uint32_t task_api_version = 0;

  static constexpr auto fields() {
    using M = RuncOptions;
    return table(Field{1, &M::no_pivot_root}, Field{2, &M::no_new_keyring}, Field{3, &M::shim_cgroup},
                 Field{4, &M::io_uid}, Field{5, &M::io_gid}, Field{6, &M::binary_name}, Field{7, &M::root},
                 Field{8, &M::criu_path}, Field{9, &M::systemd_cgroup}, Field{10, &M::criu_image_path},
                 Field{11, &M::criu_work_path}, Field{12, &M::task_api_address}, Field{13, &M::task_api_version});
  }
};

// runtimeoptions.v1.Options: what a runtime of another name gets, the options as TOML in `config_body`.
struct RuntimeOptions {
  static constexpr std::string_view kType = "runtimeoptions.v1.Options";
  std::string type_url, config_path, config_body;

  static constexpr auto fields() {
    using M = RuntimeOptions;
    return table(Field{1, &M::type_url}, Field{2, &M::config_path}, Bytes{3, &M::config_body});
  }
};

// containerd.runc.v1.CheckpointOptions
struct CheckpointOptions {
  static constexpr std::string_view kType = "containerd.runc.v1.CheckpointOptions";
  bool exit = false, open_tcp = false, external_unix_sockets = false, terminal = false, file_locks = false;
  std::vector<std::string> empty_namespaces;
  std::string cgroups_mode, image_path, work_path, parent_path;

  static constexpr auto fields() {
    using M = CheckpointOptions;
    return table(Field{1, &M::exit}, Field{2, &M::open_tcp}, Field{3, &M::external_unix_sockets},
                 Field{4, &M::terminal}, Field{5, &M::file_locks}, Field{6, &M::empty_namespaces},
                 Field{7, &M::cgroups_mode}, Field{8, &M::image_path}, Field{9, &M::work_path},
                 Field{10, &M::parent_path});
  }
};

// containerd.runc.v1.ProcessDetails: which exec a process of Pids belongs to.
struct ProcessDetails {
  static constexpr std::string_view kType = "containerd.runc.v1.ProcessDetails";
  std::string exec_id;

  static constexpr auto fields() { return table(Field{1, &ProcessDetails::exec_id}); }
};

}  // namespace shim::wire
