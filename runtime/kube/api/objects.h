// The objects of core/v1 beside Pods, as far as a Pod can name them. Plain data, like pod.h; the tables that read and
// print them are in tables_objects.cc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/kube/api/pod.h"

namespace kube {

struct ConfigMap {
  std::string api_version = "v1", kind = "ConfigMap";
  ObjectMeta metadata;
  std::optional<bool> immutable;
  StringMap data;
  StringMap binary_data;  // as bytes: base64 is only in the text
};

struct Secret {
  std::string api_version = "v1", kind = "Secret";
  ObjectMeta metadata;
  std::optional<bool> immutable;
  std::string type;  // "Opaque"
  StringMap data;    // as bytes; the manifest's stringData is in it
};

struct LocalObjectReference {
  std::string name;
};

struct ServiceAccount {
  std::string api_version = "v1", kind = "ServiceAccount";
  ObjectMeta metadata;
  std::optional<bool> automount_service_account_token;
  std::vector<LocalObjectReference> secrets, image_pull_secrets;
};

struct LocalSource {
  std::string path, fs_type;
};

struct ObjectReference {
  std::string kind, ns, name, uid, api_version;
};

struct NodeSelectorRequirement {
  std::string key, op;  // In, NotIn, Exists, DoesNotExist, Gt, Lt
  std::vector<std::string> values;
};

// All of it holds; empty, it chooses everything.
struct LabelSelector {
  StringMap match_labels;
  std::vector<NodeSelectorRequirement> match_expressions;  // without Gt and Lt
};

// All of its requirements hold; one of a selector's terms does.
struct NodeSelectorTerm {
  std::vector<NodeSelectorRequirement> match_expressions, match_fields;
};

struct NodeSelector {
  std::vector<NodeSelectorTerm> terms;
};

struct VolumeNodeAffinity {
  std::optional<NodeSelector> required;
};

struct PersistentVolumeSpec {
  ResourceList capacity;                  // "storage"
  std::vector<std::string> access_modes;  // ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod
  std::string storage_class_name;
  std::string reclaim_policy;  // Retain, Delete
  std::string volume_mode;     // Filesystem
  std::vector<std::string> mount_options;
  std::optional<HostPathSource> host_path;
  std::optional<LocalSource> local;
  std::optional<ObjectReference> claim_ref;
  std::optional<VolumeNodeAffinity> node_affinity;  // a local volume has one
};

struct PersistentVolumeStatus {
  std::string phase;            // Available, Bound, Released, Failed
  std::string message, reason;  // why it could not be reclaimed
};

struct PersistentVolume {
  std::string api_version = "v1", kind = "PersistentVolume";
  ObjectMeta metadata;  // its namespace is empty
  PersistentVolumeSpec spec;
  PersistentVolumeStatus status;
};

struct PersistentVolumeClaimSpec {
  std::vector<std::string> access_modes;
  std::optional<LabelSelector> selector;          // of volumes
  ResourceRequirements resources;                 // requests: "storage"
  std::optional<std::string> storage_class_name;  // given and empty: only volumes without a class
  std::string volume_name, volume_mode;
};

struct PersistentVolumeClaimStatus {
  std::string phase;  // Pending, Bound, Lost
  std::vector<std::string> access_modes;
  ResourceList capacity;
};

struct PersistentVolumeClaim {
  std::string api_version = "v1", kind = "PersistentVolumeClaim";
  ObjectMeta metadata;
  PersistentVolumeClaimSpec spec;
  PersistentVolumeClaimStatus status;
};

struct NamespaceStatus {
  std::string phase;  // Active
};

struct Namespace {
  std::string api_version = "v1", kind = "Namespace";
  ObjectMeta metadata;  // its namespace is empty
  NamespaceStatus status;
};

}  // namespace kube
