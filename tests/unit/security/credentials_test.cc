#include "security/credentials.h"

#include <doctest/doctest.h>

#include "base/text.h"

using security::FoundUser;
using security::User;

namespace {

constexpr const char* kPasswd =
    "root:x:0:0:root:/root:/bin/sh\n"
    "# a comment\n"
    "\n"
    "broken:x:5\n"
    "many:x:6:6:a:b:c:d\n"
    "web:x:1000:3000:Web:/srv/web:/bin/sh\n"
    "web:x:0:0:second:/root:/bin/sh\n"
    "1234:x:0:0:all digits:/root:/bin/sh\n"
    "wrap:x:4294967296:0::/root:/bin/sh\n"
    "minus:x:-1:0::/root:/bin/sh\n"
    "last:x:4294967295:0::/root:/bin/sh\n"
    "octal:x:0010:0::/root:/bin/sh\n"
    "homeless:x:7:8:::\n"
    "nonewline:x:9:10::/n:/bin/sh";

constexpr const char* kGroup =
    "root:x:0:\n"
    "wheel:x:10:root,web\n"
    "web:x:3000:\n"
    "video:x:44:webmaster,web\n"
    "again:x:44:web\n"
    "toobig:x:4294967295:web\n"
    "notlisted:x:50:webmaster,wweb\n"
    "short:x\n";

std::string outcome(std::string_view text) {
  auto found = security::parse_user(text, kPasswd, kGroup);
  if (!found) return found.error().text();
  std::string line = cat(found->uid, ":", found->gid, " '", found->name, "' ", found->home);
  for (uint32_t gid : found->additional_gids) line += cat(" +", gid);
  return line;
}

std::string problem(const User& user) {
  auto checked = security::check(user);
  return checked ? "no error" : checked.error().text();
}

}  // namespace

TEST_CASE("credentials: users by name, id and group") {
  const std::pair<const char*, const char*> table[] = {
      {"", "0:0 'root' /root +10"},
      {"root", "0:0 'root' /root +10"},
      {"0", "0:0 'root' /root +10"},
      {"web", "1000:3000 'web' /srv/web +10 +44"},
      {"1000", "1000:3000 'web' /srv/web +10 +44"},
      {"1000:3000", "1000:3000 'web' /srv/web"},
      {"web:wheel", "1000:10 'web' /srv/web"},
      {"web:77", "1000:77 'web' /srv/web"},
      {"2000", "2000:0 '' /"},
      {"2000:web", "2000:3000 '' /"},
      {"1234", "1234:0 '' /"},  // a number, though the image calls a root by it
      {"homeless", "7:8 'homeless' /"},
      {"nonewline", "9:10 'nonewline' /n"},
      {"4294967294:4294967294", "4294967294:4294967294 '' /"},
  };
  for (const auto& [text, expected] : table) {
    CAPTURE(text);
    CHECK(outcome(text) == expected);
  }
}

// @withstands CVE-2024-40635, CVE-2026-30892
TEST_CASE("credentials: what is no user is an error") {
  const std::pair<const char*, const char*> table[] = {
      {"4294967295", "user '4294967295': not a user id"},
      {"4294967296", "user '4294967296': not a user id"},
      {"18446744073709551616", "user '18446744073709551616': not a user id"},
      {"2147483648:4294967295", "group '4294967295': not a group id"},
      {"-1", "user '-1': not a user id or name"},
      {"+1", "user '+1': not a user id or name"},
      {"01000", "user '01000': not a user id"},
      {" 1000", "user ' 1000': not a user id or name"},
      {"1000 ", "user '1000 ': not a user id or name"},
      {"web\n", "user 'web\\x0a': not a user id or name"},
      {"0x10", "user '0x10': not in the container's /etc/passwd"},
      {"1000abc", "user '1000abc': not in the container's /etc/passwd"},
      {"nobody", "user 'nobody': not in the container's /etc/passwd"},
      {"web:", "group '': not a group id or name"},
      {":3000", "user ':3000': a group without a user"},
      {":", "user ':': a group without a user"},
      {"web:0:0", "group '0:0': not a group id or name"},
      {"web:-1", "group '-1': not a group id or name"},
      {"web:staff", "group 'staff': not in the container's /etc/group"},
      {"web:toobig", "group 'toobig': not in the container's /etc/group"},
      {"broken", "user 'broken': not in the container's /etc/passwd"},
      {"many", "user 'many': not in the container's /etc/passwd"},
      {"wrap", "user 'wrap': not in the container's /etc/passwd"},
      {"minus", "user 'minus': not in the container's /etc/passwd"},
      {"last", "user 'last': not in the container's /etc/passwd"},
      {"octal", "user 'octal': not in the container's /etc/passwd"},
      {"# a comment", "user '# a comment': not a user id or name"},
  };
  for (const auto& [text, expected] : table) {
    CAPTURE(text);
    CHECK(outcome(text) == expected);
  }
}

TEST_CASE("credentials: ids are whole decimal numbers") {
  CHECK(security::parse_id("0") == 0U);
  CHECK(security::parse_id("4294967294") == 4294967294U);
  for (const char* text :
       {"", "-0", "+0", "00", "01", " 1", "1 ", "1\n", "0x1", "1e3", "4294967295", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(security::parse_id(text));
  }
}

TEST_CASE("credentials: a user of config.json") {
  CHECK(problem({}) == "no error");
  CHECK(problem({.uid = 1000, .gid = 3000, .umask = 0777, .additional_gids = {1, 2}}) == "no error");
  CHECK(problem({.uid = ~0U}) == "process.user.uid: 4294967295 is not an id (the largest is 4294967294)");
  CHECK(problem({.gid = ~0U}) == "process.user.gid: 4294967295 is not an id (the largest is 4294967294)");
  CHECK(problem({.additional_gids = {5, ~0U}}) ==
        "process.user.additionalGids[1]: 4294967295 is not an id (the largest is 4294967294)");
  CHECK(problem({.umask = 01000}) == "process.user.umask: 01000 is more than 0777");
  CHECK(problem({.additional_gids = std::vector<uint32_t>(65537, 5)}) ==
        "process.user.additionalGids: 65537 groups, the kernel takes at most 65536");
}

TEST_CASE("credentials: accounts and groups") {
  auto account = security::find_account(kPasswd, "web");
  REQUIRE(account);
  CHECK(account->home == "/srv/web");
  CHECK(account->gid == 3000);
  CHECK(security::find_account(kPasswd, 0)->name == "root");
  CHECK_FALSE(security::find_account(kPasswd, 5));
  CHECK_FALSE(security::find_account("", "web"));
  CHECK(security::find_group(kGroup, "wheel") == 10U);
  CHECK_FALSE(security::find_group(kGroup, "short"));
  CHECK(security::groups_of(kGroup, "web") == std::vector<uint32_t>{10, 44});
  CHECK(security::groups_of(kGroup, "webmaster") == std::vector<uint32_t>{44, 50});
  CHECK(security::groups_of(kGroup, "").empty());
  CHECK(security::merge_groups({3000}, {10, 3000, 44, 10}) == std::vector<uint32_t>{3000, 10, 44});
}

// @withstands CVE-2026-47262, CVE-2025-4437
TEST_CASE("credentials: hostile files cost little") {
  std::string commas = cat("big:x:1:", std::string(4 << 20, ','), "\n");
  CHECK(security::groups_of(commas, "web").empty());
  std::string colons(4 << 20, ':');
  CHECK_FALSE(security::find_account(colons, "web"));
  std::string groups;
  for (unsigned i = 0; i < 200000; i++) groups += cat("g:x:", i, ":web\n");
  CHECK(security::groups_of(groups, "web").size() == 65536);
}
