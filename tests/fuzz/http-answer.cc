// What a server answers to an HTTP probe: the same whole and in pieces. The first byte is the size of the pieces.
#include "runtime/kube/probes/http_message.h"

#include "runtime/kube/probes/handler.h"
#include "tests/fuzz/fuzz.h"

using State = kube::AnswerReader::State;

namespace {

struct Outcome {
  kube::AnswerReader reader;
  State state = State::more;
};

Outcome read_all(std::string_view bytes, size_t piece) {
  Outcome outcome;
  while (!bytes.empty() && outcome.state == State::more) {
    outcome.state = outcome.reader.add(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  if (outcome.state == State::more) outcome.state = outcome.reader.end();
  return outcome;
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = fuzz::text_of(data + 1, size - 1);
  const auto [whole, state] = read_all(bytes, SIZE_MAX);
  const auto [pieces, state_of_pieces] = read_all(bytes, data[0] + 1);
  fuzz::demand(state != State::more, "a connection that is closed settles it");
  fuzz::demand(state == state_of_pieces && whole.status() == pieces.status(), "an answer is the same in pieces");
  fuzz::demand(whole.body() == pieces.body() || state == State::malformed, "a body is the same in pieces");
  fuzz::demand(whole.body().size() <= kube::kMostAnswer, "no more is kept than should be");
  fuzz::demand(whole.first_line().find('\n') == std::string_view::npos, "a line is one");
  if (state == State::malformed) return 0;
  fuzz::demand(whole.status() >= 200 && whole.status() < 1000, "an answer has a status");
  const kube::Url from{.scheme = "http", .endpoint = {"127.0.0.1", 80}};
  const auto url = kube::parse_location(whole.location(), from);
  if (!url) return 0;
  fuzz::demand(url->scheme == "http" || url->scheme == "https", "a redirect stays with what a probe speaks");
  const std::string request = kube::print_request(*url, {}, "fuzz");
  fuzz::demand(request.substr(0, request.find("\r\n")) == "GET " + url->target + " HTTP/1.1",
               "a redirect adds nothing to the request");
  return 0;
}
