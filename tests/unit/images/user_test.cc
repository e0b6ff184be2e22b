#include "runtime/kube/images/user.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/path.h"
#include "base/text.h"
#include "tests/unit/images/archives.h"

using namespace images;

namespace {

struct Root {
  TempFolder folder;
  Root() {
    REQUIRE(make_directories(folder.path + "/etc"));
    write_temp(folder, "etc/passwd",
               "root:x:0:0:root:/root:/bin/sh\n"
               "bad:x:4294967296:0::/:\n"
               "# comment\n"
               "nginx:x:101:102:nginx:/var/cache/nginx:/bin/false\n"
               "1000:x:7:8::/odd:/bin/sh\n"
               "app:x:1000:1001::/home/app\n");
    write_temp(folder, "etc/group",
               "root:x:0:\nnginx:x:102:\nwww:x:33:nginx,app\nvideo:x:44:app,nginx\nown:x:1001:app\nbroken:x:x:app\n");
  }
};

// "uid:gid:groups:home", or the error.
std::string resolved(const Root& root, const std::string& name) {
  auto user = resolve_user(root.folder.path, name);
  if (!user) return user.error().text();
  std::vector<std::string> groups;
  for (uint32_t group : user->groups) groups.push_back(cat(group));
  return cat(user->uid, ":", user->gid, ":", join(groups, ","), ":", user->home);
}

}  // namespace

TEST_CASE("user: names and ids by the image's own files") {
  Root root;
  CHECK(resolved(root, "") == "0:0::/root");
  CHECK(resolved(root, "nginx") == "101:102:33,44:/var/cache/nginx");
  CHECK(resolved(root, "101") == "101:102:33,44:/var/cache/nginx");
  CHECK(resolved(root, "app") == "1000:1001:33,44:/home/app");
  CHECK(resolved(root, "app:www") == "1000:33::/home/app");
  CHECK(resolved(root, "app:5") == "1000:5::/home/app");
  CHECK(resolved(root, ":5") == "0:5::/root");
  CHECK(resolved(root, "5555") == "5555:0::/");
  CHECK(resolved(root, "5555:6666") == "5555:6666::/");
}

TEST_CASE("user: the first line that fits wins, as a name or as an id") {
  Root root;
  CHECK(resolved(root, "1000") == "7:8::/odd");
}

TEST_CASE("user: what the image does not know, or no id can be") {
  Root root;
  CHECK(resolved(root, "ghost") == "user 'ghost': no user 'ghost' in the image's /etc/passwd");
  CHECK(resolved(root, "bad") == "user 'bad': no user 'bad' in the image's /etc/passwd");
  CHECK(resolved(root, "app:ghost") == "user 'app:ghost': no group 'ghost' in the image's /etc/group");
  CHECK(resolved(root, "4294967295") == "user id 4294967295 is larger than 4294967294");
  CHECK(resolved(root, "4294967296") == "user id 4294967296 is larger than 4294967294");
  CHECK(resolved(root, "1:4294967295") == "user '1:4294967295': group id 4294967295 is larger than 4294967294");
}

TEST_CASE("user: no files, no names") {
  TempFolder empty;
  CHECK(resolve_user(empty.path, "")->uid == 0);
  CHECK(resolve_user(empty.path, "1234:5")->gid == 5);
  CHECK(!resolve_user(empty.path, "app"));
  CHECK(read_groups_of(empty.path, 5)->empty());
}

TEST_CASE("user: groups of a uid") {
  Root root;
  CHECK(*read_groups_of(root.folder.path, 101) == std::vector<uint32_t>{33, 44});
  CHECK(read_groups_of(root.folder.path, 4444)->empty());
}

// @withstands CVE-2026-47262, CVE-2025-4437
TEST_CASE("user: the files are the image's, not the host's, and bounded") {
  TempFolder root, host;
  REQUIRE(make_directories(root.path + "/etc"));
  write_temp(host, "passwd", "app:x:1:1::/:\n");
  REQUIRE(symlink((host.path + "/passwd").c_str(), (root.path + "/etc/passwd").c_str()) == 0);
  CHECK(!resolve_user(root.path, "app"));
  TempFolder big;
  REQUIRE(make_directories(big.path + "/etc"));
  write_temp(big, "etc/passwd", std::string(2 << 20, 'x'));
  auto failed = resolve_user(big.path, "app");
  REQUIRE(!failed);
  CHECK(failed.error().text() == "user 'app': '/etc/passwd': read: more than 1048576 bytes: File too large");
}
