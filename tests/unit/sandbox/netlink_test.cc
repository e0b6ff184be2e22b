// Lengths in netlink messages, ours and the kernel's (CVE-2021-43784).
#include "sandbox/netlink.h"

#include <doctest/doctest.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cerrno>

using namespace sandbox::netlink;

TEST_CASE("netlink: an attribute that is longer than its length can say is refused, and adds nothing") {
  Request request(RTM_NEWLINK, 0, ifinfomsg{});
  std::string before = request.bytes(1);
  auto refused = request.add(IFLA_IFALIAS, std::string(65532, 'x'));
  REQUIRE(!refused);
  CHECK(refused.error().err == EMSGSIZE);
  CHECK(request.add_text(IFLA_IFALIAS, std::string(65531, 'x')).error().err == EMSGSIZE);  // with its NUL
  CHECK(request.bytes(1) == before);
  CHECK(request.add(IFLA_IFALIAS, std::string(65531, 'x')));
  std::string bytes = request.bytes(1);
  uint32_t length = 0;
  memcpy(&length, bytes.data(), sizeof length);
  CHECK(length == bytes.size());
  CHECK(bytes.size() == before.size() + 65536);
}

TEST_CASE("netlink: attributes are found, and those that reach beyond the message are not") {
  Answer answer{RTM_NEWLINK, std::string(sizeof(ifinfomsg), '\0')};
  auto add = [&](uint16_t length, uint16_t type, std::string_view bytes) {
    answer.body.append(reinterpret_cast<const char*>(&length), 2);
    answer.body.append(reinterpret_cast<const char*>(&type), 2);
    answer.body += bytes;
  };
  add(7, IFLA_IFNAME, std::string_view("lo\0\0", 4));
  add(8, IFLA_MTU, std::string_view("\1\2\0\0", 4));
  auto good = attributes_of(answer, sizeof(ifinfomsg));
  CHECK(good.at(IFLA_IFNAME) == std::string("lo\0", 3));
  CHECK(number_in(good, IFLA_MTU) == 513);
  CHECK(number_in(good, IFLA_IFNAME) == 0);
  for (uint16_t length : {uint16_t{0}, uint16_t{3}, uint16_t{9}, uint16_t{65535}}) {
    auto whole = answer.body;
    add(length, IFLA_TXQLEN, std::string_view("\1\0\0\0", 4));
    CHECK(attributes_of(answer, sizeof(ifinfomsg)).size() == 2);
    answer.body = whole;
  }
  CHECK(attributes_of({RTM_NEWLINK, "x"}, sizeof(ifinfomsg)).empty());
  ifinfomsg header;
  CHECK(!Answer{RTM_NEWLINK, "x"}.read(header));
}
