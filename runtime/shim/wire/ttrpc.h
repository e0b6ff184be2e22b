// What the payload of a ttrpc frame is (containerd/ttrpc, request.proto).
#pragma once

#include "runtime/shim/wire/field.h"
#include "runtime/shim/wire/status.h"

namespace shim::wire {

struct KeyValue {
  std::string key, value;

  static constexpr auto fields() { return table(Field{1, &KeyValue::key}, Field{2, &KeyValue::value}); }
};

struct Request {
  std::string service, method, payload;
  int64_t timeout_nano = 0;
  std::vector<KeyValue> metadata;

  static constexpr auto fields() {
    using M = Request;
    return table(Field{1, &M::service}, Field{2, &M::method}, Bytes{3, &M::payload}, Field{4, &M::timeout_nano},
                 Field{5, &M::metadata});
  }
};

struct Response {
  std::optional<Status> status;
  std::string payload;

  static constexpr auto fields() { return table(Field{1, &Response::status}, Bytes{2, &Response::payload}); }
};

}  // namespace shim::wire
