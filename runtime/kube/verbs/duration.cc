#include "runtime/kube/verbs/duration.h"

#include "base/duration.h"

namespace kube {

Result<int64_t> parse_duration(std::string_view text) {
  if (!text.starts_with('-')) return ::parse_duration(text);
  TRY(::parse_duration(text.substr(1)));
  return ::parse_duration("168h");
}

}  // namespace kube
