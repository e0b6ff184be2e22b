// google.rpc.Status, with the codes that containerd's callers know (errdefs).
#pragma once

#include "runtime/shim/wire/field.h"

namespace shim::wire {

enum class Code : int32_t {
  ok = 0,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  unimplemented = 12,
  unavailable = 14,
};

struct Status {
  Code code = Code::ok;
  std::string message;

  static constexpr auto fields() { return table(Field{1, &Status::code}, Field{2, &Status::message}); }
};

}  // namespace shim::wire
