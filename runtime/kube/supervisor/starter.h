// One start of one container: image, root, identity, spec, process.
#pragma once

#include <string>
#include <variant>

#include "base/pidfd.h"
#include "runtime/kube/sandbox/container_spec.h"
#include "runtime/kube/state/place.h"

namespace kube {

// Where a start stopped. The kubelet gives each its own reason.
struct StartFailure {
  enum class Step {
    image_missing,  // ErrImagePull, or ErrImageNeverPull with that policy: nothing was made, try again later
    config,         // CreateContainerConfigError: the Pod asks for what cannot be
    create,         // CreateContainerError: the root or the files could not be made
    start,          // StartError, exit code 128: counts as a start that failed
  };
  Step step;
  std::string message;
  std::string image = {}, pull_policy = {};  // the image that is missing
};

// Our ends of a container's stdin, stdout and stderr. All but `input` are non-blocking.
struct ContainerStreams {
  Fd output, errors;  // of a terminal: its master as output, and the others are not open
  Fd input;           // held open so that the container does not read its end
};

struct StartedContainer {
  std::string id;
  std::string image_id;
  Identity identity;
  std::vector<std::string> skipped;  // keys that are no variables (environment.h)
  Pidfd init;
  int stop_signal = 0;
  ContainerStreams streams;
};

template <class T = void>
using StartResult = std::expected<T, StartFailure>;

// Starts the container with a fresh root. `context.dir` and what stands above it must exist. A failure leaves nothing.
StartResult<StartedContainer> start_container(const Place& place, const PodContext& pod, const Container& container,
                                              const std::string& oci_root);

// 64 random hexadecimal digits.
std::string new_id();

}  // namespace kube
