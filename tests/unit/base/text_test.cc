#include "base/text.h"

#include <doctest/doctest.h>

#include "base/utf8.h"

// @withstands CVE-2026-30892
TEST_CASE("text: numbers are parsed whole or not at all") {
  CHECK(parse_number<uint32_t>("1000") == 1000u);
  for (auto bad : {"", " 1", "1 ", "+1", "-1", "0x10", "1e3", "4294967296", "1000:x"})
    CHECK_MESSAGE(!parse_number<uint32_t>(bad), bad);
  CHECK(parse_number<int>("-7") == -7);
  CHECK(parse_number<uint32_t>("755", 8) == 0755u);
}

TEST_CASE("text: a hostile name stays on one line") {
  CHECK(quoted("web") == "'web'");
  CHECK(visible("no 'web' at \x1b[31m\n\\x\xc3\xa4") == "no 'web' at \\x1b[31m\\x0a\\x\xc3\xa4");
  CHECK(quoted("a\nb'c\x1b") == "'a\\x0ab\\x27c\\x1b'");
}

TEST_CASE("text: split keeps empty parts, join puts them together again") {
  CHECK(split("a,,b", ',') == std::vector<std::string>{"a", "", "b"});
  CHECK(split("", ',') == std::vector<std::string>{""});
  CHECK(join(split("a,,b", ','), ",") == "a,,b");
}

TEST_CASE("text: UTF-8 is checked as RFC 3629 has it") {
  for (auto good : {"", "abc", "é", "沙箱", "\U0001F433", "\xf4\x8f\xbf\xbf"}) CHECK(is_utf8(good));
  for (auto bad : {"\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe6\xb2", "a\x80"})
    CHECK(!is_utf8(bad));
}

TEST_CASE("text: of bytes that are no text the text remains") {
  using namespace std::string_literals;
  CHECK(utf8_of("plain é 沙箱\n") == "plain é 沙箱\n");
  CHECK(utf8_of("a\0b"s) == "a\uFFFDb");
  CHECK(utf8_of("\xff\xfe|") == "\uFFFD\uFFFD|");
  CHECK(utf8_of("cut \xe6\xb2") == "cut \uFFFD\uFFFD");
  CHECK(utf8_of("").empty());
}

TEST_CASE("text: an address is one of IPv4 or IPv6 and nothing more") {
  for (const char* good : {"10.9.8.7", "::1", "2001:db8::ffff", "::ffff:10.0.0.1"}) CHECK(is_address(good));
  for (const char* bad : {"", "10.9.8", "10.9.8.07", "10.9.8.7:80", "[::1]", "fe80::1%eth0", "localhost", " ::1"})
    CHECK_FALSE(is_address(bad));
  CHECK_FALSE(is_address(std::string("::1\0 x", 6)));
}

TEST_CASE("text: modes are shown in octal") {
  CHECK(octal(0755) == "0755");
  CHECK(trimmed(" \tx \n") == "x");
  CHECK(trimmed("  ").empty());
}
