// The messages of the health protocol (grpc.health.v1.Health/Check). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kube {

// A request with its gRPC frame: a byte for compression (none), four for the length, then protobuf.
std::string print_health_request(std::string_view service);

// HealthCheckResponse.ServingStatus.
constexpr uint64_t kServing = 1;

// The status in an answer with its frame; 0 (UNKNOWN) when the message does not name one. Nothing when it is not such
// an answer, or not whole.
std::optional<uint64_t> parse_health_answer(std::string_view bytes);

// "SERVING", "NOT_SERVING" …; a status that the protocol does not have is shown as its number.
std::string serving_status_name(uint64_t status);

// The name of a grpc-status, as Go's implementation has it: "NotFound" for "5"; "Unknown" for what is no code.
std::string_view grpc_code_name(std::string_view status);

// The text of a grpc-message header, in which bytes may stand as %41.
std::string unescape_grpc_message(std::string_view text);

}  // namespace kube
