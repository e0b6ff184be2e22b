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

TEST_CASE("mount options: idmap and ridmap, with maps and without") {
  auto options = parse_mount_options({"rbind", "idmap"});
  REQUIRE(options);
  CHECK((options->idmap && !options->recursive_idmap && options->id_maps.empty()));
  options = parse_mount_options({"ridmap=uids=0-1-2;gids=0-1-2"});
  REQUIRE(options);
  CHECK((options->idmap && options->recursive_idmap));
  CHECK(options->id_maps == "uids=0-1-2;gids=0-1-2");
  CHECK(parse_mount_options({"idmap="}).error().text() == "option 'idmap=': the maps are missing");
  CHECK(parse_mount_options({"idmapped"})->data.size() == 1);
}

TEST_CASE("mount options: every name in the list is one the parser takes") {
  for (const auto& name : sandbox::known_mount_options()) CHECK_MESSAGE(parse_mount_options({name}), name);
}
