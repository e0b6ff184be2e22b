// The tokens of one pod's volumes: issued when they are first read, and anew when they are due.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "runtime/kube/sandbox/container_spec.h"
#include "runtime/kube/tokens/issuer.h"

namespace kube {

// When the kubelet asks for a new one: at 80 % of its life, or after a day.
Time renewal_of(Time issued, int64_t life);

class PodTokens {
 public:
  // The token of this part of the volume.
  Result<std::string> read(const PodContext& context, const std::string& volume, const TokenProjection& token);

  // When the first of them is to be read again.
  std::optional<Time> next_renewal() const;

 private:
  struct Held {
    std::string text;
    Time renewal;
  };
  std::map<std::string, Held> held_;
};

}  // namespace kube
