#include "sandbox/mount_options.h"

#include <doctest/doctest.h>
#include <linux/mount.h>

using sandbox::parse_mount_options;

namespace {

constexpr uint64_t kRec = 1 << 14, kSlave = 1 << 19;

}  // namespace

TEST_CASE("mount options: attributes are set and cleared, the last one asked for wins") {
  auto options = parse_mount_options({"ro", "nosuid", "nodev", "rw"});
  REQUIRE(options);
  CHECK(options->set == (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
  CHECK(options->clear == MOUNT_ATTR_RDONLY);
}

TEST_CASE("mount options: an access-time mode replaces the one before") {
  auto options = parse_mount_options({"noatime", "strictatime"});
  REQUIRE(options);
  CHECK((options->set & MOUNT_ATTR__ATIME) == MOUNT_ATTR_STRICTATIME);
  CHECK((options->clear & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME);
}

TEST_CASE("mount options: r… forms reach everything below the mount") {
  auto options = parse_mount_options({"rbind", "rro", "rnosuid", "rslave"});
  REQUIRE(options);
  CHECK(options->bind);
  CHECK(options->recursive_bind);
  CHECK(options->set == 0);
  CHECK(options->recursive_set == (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID));
  CHECK(options->propagation == (kSlave | kRec));
}

TEST_CASE("mount options: what the table does not know belongs to the file system") {
  auto options = parse_mount_options({"size=64k", "mode=1777", "newinstance", "context=\"u:r:t:s0:c1,c2\"", "sync"});
  REQUIRE(options);
  REQUIRE(options->data.size() == 5);
  CHECK(options->data[0].key == "size");
  CHECK(options->data[0].value == "64k");
  CHECK(options->data[2].flag);
  CHECK(options->data[3].value == "u:r:t:s0:c1,c2");
  CHECK(options->data[4].key == "sync");
}

TEST_CASE("mount options: what is not supported yet is an error, not silence") {
  for (auto option : {"idmap", "ridmap=0-1-2", "remount"}) {
    auto refused = parse_mount_options({option});
    REQUIRE(!refused);
    CHECK(refused.error().text() == std::string("option '") + option + "': not supported by this version");
  }
}

TEST_CASE("mount options: every name in the list is one the parser takes") {
  for (const auto& name : sandbox::known_mount_options()) CHECK_MESSAGE(parse_mount_options({name}), name);
}
