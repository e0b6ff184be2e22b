// What a server answers to a gRPC probe: the health protocol's message in its frame, and the texts of gRPC's trailers.
#include "runtime/kube/probes/grpc_message.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  if (const auto status = kube::parse_health_answer(bytes)) {
    fuzz::demand(!kube::serving_status_name(*status).empty(), "a status has a name");
    fuzz::demand(!kube::parse_health_answer(bytes.substr(0, size - 1)), "a frame that is cut off is no answer");
  }
  fuzz::demand(kube::parse_health_answer(kube::print_health_request(bytes)) == 0U,
               "a message of ours is whole, and a name is passed over");
  fuzz::demand(!kube::grpc_code_name(bytes).empty(), "a code has a name");
  fuzz::demand(kube::unescape_grpc_message(bytes).size() <= size, "what is unescaped does not grow");
  return 0;
}
