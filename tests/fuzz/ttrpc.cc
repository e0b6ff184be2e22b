// Frames, in pieces of any size, and the requests in them. The first byte is the size of the pieces.
#include <vector>

#include "runtime/shim/ttrpc/frame.h"
#include "runtime/shim/wire/message.h"
#include "runtime/shim/wire/ttrpc.h"
#include "tests/fuzz/fuzz.h"

using namespace shim;

namespace {

struct Outcome {
  std::string frames;  // printed again, those that were too large without their payload
  bool is_refused = false;
};

Outcome read_all(std::string_view bytes, size_t piece) {
  ttrpc::FrameReader reader;
  Outcome outcome;
  while (!bytes.empty()) {
    std::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    while (!part.empty()) {
      const size_t before = part.size();
      auto frame = reader.take(part);
      outcome.is_refused = fuzz::value_of(frame) == nullptr;
      if (outcome.is_refused) return outcome;
      fuzz::demand(part.size() < before, "some bytes are taken");
      if (!*frame) continue;
      const auto& [header, payload] = **frame;
      fuzz::demand(payload.size() == ((*frame)->is_too_large() ? 0 : header.length), "a payload is as long as it says");
      outcome.frames += ttrpc::print_header(header) + payload;
      (void)fuzz::value_of(wire::decode<wire::Request>(payload));
    }
  }
  return outcome;
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = fuzz::text_of(data + 1, size - 1);
  const Outcome whole = read_all(bytes, SIZE_MAX), pieces = read_all(bytes, data[0] + 1);
  fuzz::demand(whole.frames == pieces.frames, "the frames are the same in pieces");
  fuzz::demand(whole.is_refused == pieces.is_refused, "what is refused is the same in pieces");
  // An input is far smaller than the largest frame: all that were read are there as they came.
  fuzz::demand(bytes.starts_with(whole.frames), "frames are read as they were written");
  return 0;
}
