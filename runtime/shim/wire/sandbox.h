// The messages of containerd.runtime.sandbox.v1.Sandbox. Method → answer.
#pragma once

#include "runtime/shim/wire/common.h"

namespace shim::wire {

constexpr std::string_view kServiceSandbox = "containerd.runtime.sandbox.v1.Sandbox";

struct SandboxRequest {
  std::string sandbox_id;

  static constexpr auto fields() { return table(Field{1, &SandboxRequest::sandbox_id}); }
};
using StartSandboxRequest = SandboxRequest;
using PlatformRequest = SandboxRequest;
using WaitSandboxRequest = SandboxRequest;
using PingRequest = SandboxRequest;             // → Empty
using ShutdownSandboxRequest = SandboxRequest;  // → Empty
using SandboxMetricsRequest = SandboxRequest;

struct CreateSandboxRequest {  // → Empty
  std::string sandbox_id, bundle_path;
  std::vector<Mount> rootfs;
  std::optional<Any> options;
  std::string netns_path;
  std::map<std::string, std::string> annotations;

  static constexpr auto fields() {
    using M = CreateSandboxRequest;
    return table(Field{1, &M::sandbox_id}, Field{2, &M::bundle_path}, Field{3, &M::rootfs}, Field{4, &M::options},
                 Field{5, &M::netns_path}, Field{6, &M::annotations});
  }
};

struct StartSandboxResponse {
  uint32_t pid = 0;
  std::optional<Timestamp> created_at;
  std::optional<Any> spec;

  static constexpr auto fields() {
    using M = StartSandboxResponse;
    return table(Field{1, &M::pid}, Field{2, &M::created_at}, Field{3, &M::spec});
  }
};

struct Platform {
  std::string os, architecture, variant, os_version;
  std::vector<std::string> os_features;

  static constexpr auto fields() {
    using M = Platform;
    return table(Field{1, &M::os}, Field{2, &M::architecture}, Field{3, &M::variant}, Field{4, &M::os_version},
                 Field{5, &M::os_features});
  }
};

struct PlatformResponse {
  std::optional<Platform> platform;

  static constexpr auto fields() { return table(Field{1, &PlatformResponse::platform}); }
};

struct StopSandboxRequest {  // → Empty
  std::string sandbox_id;
  uint32_t timeout_secs = 0;

  static constexpr auto fields() {
    return table(Field{1, &StopSandboxRequest::sandbox_id}, Field{2, &StopSandboxRequest::timeout_secs});
  }
};

struct UpdateSandboxRequest {  // → Empty
  std::string sandbox_id;
  std::optional<Any> resources;
  std::map<std::string, std::string> annotations;

  static constexpr auto fields() {
    using M = UpdateSandboxRequest;
    return table(Field{1, &M::sandbox_id}, Field{2, &M::resources}, Field{3, &M::annotations});
  }
};

struct WaitSandboxResponse {
  uint32_t exit_status = 0;
  std::optional<Timestamp> exited_at;

  static constexpr auto fields() {
    return table(Field{1, &WaitSandboxResponse::exit_status}, Field{2, &WaitSandboxResponse::exited_at});
  }
};

struct SandboxStatusRequest {
  std::string sandbox_id;
  bool verbose = false;

  static constexpr auto fields() {
    return table(Field{1, &SandboxStatusRequest::sandbox_id}, Field{2, &SandboxStatusRequest::verbose});
  }
};

struct SandboxStatusResponse {
  std::string sandbox_id;
  uint32_t pid = 0;
  std::string state;
  std::map<std::string, std::string> info;
  std::optional<Timestamp> created_at, exited_at;
  std::optional<Any> extra;

  static constexpr auto fields() {
    using M = SandboxStatusResponse;
    return table(Field{1, &M::sandbox_id}, Field{2, &M::pid}, Field{3, &M::state}, Field{4, &M::info},
                 Field{5, &M::created_at}, Field{6, &M::exited_at}, Field{7, &M::extra});
  }
};

// containerd.types.Metric
struct Metric {
  std::optional<Timestamp> timestamp;
  std::string id;
  std::optional<Any> data;  // kTypeMetrics (metrics.h)

  static constexpr auto fields() {
    using M = Metric;
    return table(Field{1, &M::timestamp}, Field{2, &M::id}, Field{3, &M::data});
  }
};

struct SandboxMetricsResponse {
  std::optional<Metric> metrics;

  static constexpr auto fields() { return table(Field{1, &SandboxMetricsResponse::metrics}); }
};

// Events. containerd publishes them itself for a sandbox that a shim keeps.
struct SandboxCreate {
  static constexpr std::string_view kType = "containerd.events.SandboxCreate";
  std::string sandbox_id;

  static constexpr auto fields() { return table(Field{1, &SandboxCreate::sandbox_id}); }
};

struct SandboxStart {
  static constexpr std::string_view kType = "containerd.events.SandboxStart";
  std::string sandbox_id;

  static constexpr auto fields() { return table(Field{1, &SandboxStart::sandbox_id}); }
};

struct SandboxExit {
  static constexpr std::string_view kType = "containerd.events.SandboxExit";
  std::string sandbox_id;
  uint32_t exit_status = 0;
  std::optional<Timestamp> exited_at;

  static constexpr auto fields() {
    using M = SandboxExit;
    return table(Field{1, &M::sandbox_id}, Field{2, &M::exit_status}, Field{3, &M::exited_at});
  }
};

}  // namespace shim::wire
