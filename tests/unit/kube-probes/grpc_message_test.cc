#include "runtime/kube/probes/grpc_message.h"

#include <doctest/doctest.h>

using namespace std::string_literals;

TEST_CASE("a request names the service; the default one has no name") {
  CHECK(kube::print_health_request("") == "\0\0\0\0\0"s);
  CHECK(kube::print_health_request("live") == "\0\0\0\0\x06\x0a\x04live"s);
}

TEST_CASE("an answer has a status, 0 when it names none; fields that are not known are passed over") {
  CHECK(kube::parse_health_answer("\0\0\0\0\x02\x08\x01"s) == kube::kServing);
  CHECK(kube::parse_health_answer("\0\0\0\0\0"s) == 0U);
  CHECK(kube::parse_health_answer("\0\0\0\0\x0b\x12\x02xy\x1d\x01\x02\x03\x04\x08\x02"s) == 2U);
}

TEST_CASE("what is cut off, too long, compressed or of another type is no answer") {
  for (const std::string& bytes :
       {""s, "\0\0\0"s, "\0\0\0\0\x02\x08"s, "\0\0\0\0\x01\x08\x01"s, "\1\0\0\0\x02\x08\x01"s, "\0\0\0\0\x02\x08\xff"s,
        "\0\0\0\0\x02\x0b\x01"s, "\0\0\0\0\x03\x12\x7fx"s})
    CHECK_FALSE(kube::parse_health_answer(bytes));
}

TEST_CASE("states are named as in the protocol") {
  CHECK(kube::serving_status_name(2) == "NOT_SERVING");
  CHECK(kube::serving_status_name(9) == "9");
}

TEST_CASE("bytes of a message may be escaped") {
  CHECK(kube::unescape_grpc_message("unknown%20service %C3%A4 100% %zz %4") == "unknown service ä 100% %zz %4");
}

TEST_CASE("codes have the names that people know from Go") {
  CHECK(kube::grpc_code_name("5") == "NotFound");
  CHECK(kube::grpc_code_name("16") == "Unauthenticated");
  CHECK(kube::grpc_code_name("17") == "Unknown");
  CHECK(kube::grpc_code_name("") == "Unknown");
}
