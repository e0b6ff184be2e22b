// What a Pod takes from other objects and from itself: into variables and into files. Plain data, part of pod.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/kube/api/quantity.h"

namespace kube {

struct KeySelector {
  std::string name, key;
  std::optional<bool> optional;
};

// A field of the pod: "metadata.name", "metadata.labels['app']", "status.podIP" …
struct FieldSelector {
  std::string api_version;  // "v1"
  std::string path;
};

// What a container may have: "limits.cpu", "requests.memory" …
struct ResourceSelector {
  std::string container;  // in a variable: empty for its own
  std::string resource;
  std::optional<Quantity> divisor;  // the unit; 0: 1
};

// One is there.
struct EnvSource {
  std::optional<FieldSelector> field;
  std::optional<ResourceSelector> resource;
  std::optional<KeySelector> config_map, secret;
};

struct EnvFromObject {
  std::string name;
  std::optional<bool> optional;
};

// All keys of an object as variables. One of the two is there.
struct EnvFrom {
  std::string prefix;
  std::optional<EnvFromObject> config_map, secret;
};

struct KeyToPath {
  std::string key, path;
  std::optional<int64_t> mode;
};

// The keys of a ConfigMap or a Secret as files; with items only those, at other paths.
struct ConfigMapSource {
  std::string name;
  std::vector<KeyToPath> items;
  std::optional<int64_t> default_mode;  // 0644
  std::optional<bool> optional;
};

struct SecretSource {
  std::string secret_name;
  std::vector<KeyToPath> items;
  std::optional<int64_t> default_mode;
  std::optional<bool> optional;
};

struct DownwardFile {
  std::string path;
  std::optional<FieldSelector> field;  // also the whole of metadata.labels and metadata.annotations
  std::optional<ResourceSelector> resource;
  std::optional<int64_t> mode;
};

struct DownwardSource {
  std::vector<DownwardFile> items;
  std::optional<int64_t> default_mode;
};

// The same as parts of a projected volume, which has one default mode.
struct ObjectProjection {
  std::string name;
  std::vector<KeyToPath> items;
  std::optional<bool> optional;
};

struct DownwardProjection {
  std::vector<DownwardFile> items;
};

// Seconds that a token may live, and does when nobody says how long.
constexpr int64_t kLeastTokenLife = 600, kTokenLife = 3600, kMostTokenLife = int64_t{1} << 32;

struct TokenProjection {
  std::string audience;  // empty: the issuer
  std::optional<int64_t> expiration_seconds;
  std::string path;
};

// One is there.
struct Projection {
  std::optional<ObjectProjection> secret;
  std::optional<DownwardProjection> downward;
  std::optional<ObjectProjection> config_map;
  std::optional<TokenProjection> token;
};

struct ProjectedSource {
  std::vector<Projection> sources;
  std::optional<int64_t> default_mode;
};

}  // namespace kube
