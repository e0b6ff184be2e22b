#include "sandbox/images/rootfs.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "sandbox/images/digest.h"
#include "tests/unit/images/archives.h"

using namespace images;

namespace {

// The mounts of these tests are seen by nobody else and end with the program.
void have_own_mounts() {
  static const bool done = unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  REQUIRE(done);
}

std::string add(const TempStore& temp, const std::vector<Entry>& entries) {
  const std::string tar = make_tar(entries);
  const std::string id = digest_of(tar);
  REQUIRE(make_store(temp.store));
  Fd bytes = std::move(*memory_file("tar", tar));
  auto added = add_layer(temp.store, bytes.get(), {}, id);
  REQUIRE_MESSAGE(added, (added ? "" : added.error().text()));
  return id;
}

struct Container {
  TempStore temp;
  std::string dir = temp.folder.path + "/container";
  std::vector<std::string> layers;

  explicit Container(const std::vector<std::vector<Entry>>& entries) {
    have_own_mounts();
    for (const auto& layer : entries) layers.push_back(add(temp, layer));
    REQUIRE(mkdir(dir.c_str(), 0700) == 0);
  }
  std::string read(const std::string& name) const {
    return read_file(cat(dir, "/rootfs/", name)).value_or("unreadable");
  }
  bool has(const std::string& name) const { return path_exists(cat(dir, "/rootfs/", name)); }
};

// Lower files, one changed, one whited out, a folder made opaque, links, a set-uid program.
std::vector<std::vector<Entry>> two_layers() {
  return {{folder(".", 0711),
           folder("etc"),
           file("etc/keep", "low"),
           file("etc/change", "low"),
           file("etc/gone", "low"),
           folder("var"),
           file("var/old", "low"),
           {.name = "su", .data = "s", .mode = 04755, .uid = 0},
           hard_link("su2", "su"),
           {.name = "null", .type = '3', .mode = 0666, .major = 1, .minor = 3}},
          {folder(".", 0751), file("etc/change", "high"), file("etc/.wh.gone", ""), folder("var", 0700),
           file("var/.wh..wh..opq", ""), file("var/new", "high"), symlink_to("link", "etc/change")}};
}

void check_two_layers(const Container& container) {
  CHECK(container.read("etc/keep") == "low");
  CHECK(container.read("etc/change") == "high");
  CHECK(container.read("link") == "high");
  CHECK(!container.has("etc/gone"));
  CHECK(!container.has("var/old"));
  CHECK(container.read("var/new") == "high");
  struct stat what{}, other{};
  REQUIRE(lstat((container.dir + "/rootfs/su").c_str(), &what) == 0);
  REQUIRE(lstat((container.dir + "/rootfs/su2").c_str(), &other) == 0);
  CHECK(what.st_mode == (S_IFREG | 04755));
  CHECK(what.st_ino == other.st_ino);
  CHECK(what.st_mtim.tv_sec == 1'000'000'000);
  REQUIRE(lstat((container.dir + "/rootfs/var").c_str(), &what) == 0);
  CHECK(what.st_mode == (S_IFDIR | 0700));
  REQUIRE(lstat((container.dir + "/rootfs").c_str(), &what) == 0);
  CHECK(what.st_mode == (S_IFDIR | 0751));
}

void check_nothing_left(const Container& container) {
  for (const char* name : {"/rootfs", "/upper", "/work"}) CHECK(!path_exists(container.dir + name));
}

}  // namespace

TEST_CASE("rootfs: overlayfs joins the layers") {
  Container container(two_layers());
  auto rootfs = mount_layers(container.temp.store, container.layers, container.dir);
  if (!rootfs) FAIL(rootfs.error().text());
  CHECK(rootfs->is_overlay);
  CHECK(rootfs->path == container.dir + "/rootfs");
  check_two_layers(container);
  REQUIRE(replace_file(rootfs->path + "/etc/keep", "written"));
  CHECK(*read_file(layer_path(container.temp.store, container.layers[0]) + "/etc/keep") == "low");
  // A device of the image does not work there.
  CHECK(open((rootfs->path + "/null").c_str(), O_RDONLY | O_CLOEXEC) < 0);
  CHECK(errno == EACCES);
  CHECK(remove_rootfs(container.temp.store, container.dir));
  check_nothing_left(container);
  CHECK(remove_rootfs(container.temp.store, container.dir));
}

TEST_CASE("rootfs: a copy is like the overlay") {
  Container container(two_layers());
  auto rootfs = copy_layers(container.temp.store, container.layers, container.dir);
  if (!rootfs) FAIL(rootfs.error().text());
  CHECK(!rootfs->is_overlay);
  check_two_layers(container);
  REQUIRE(replace_file(rootfs->path + "/etc/keep", "written"));
  CHECK(*read_file(layer_path(container.temp.store, container.layers[0]) + "/etc/keep") == "low");
  CHECK(remove_rootfs(container.temp.store, container.dir));
  check_nothing_left(container);
}

TEST_CASE("rootfs: on an overlay it is a copy, since overlayfs does not stack its upper directory") {
  Container container(two_layers());
  const std::string base = container.temp.folder.path;
  for (const char* name : {"/low", "/high", "/w", "/on"}) REQUIRE(mkdir((base + name).c_str(), 0755) == 0);
  const std::string options = cat("lowerdir=", base, "/low,upperdir=", base, "/high,workdir=", base, "/w");
  REQUIRE(mount("test", (base + "/on").c_str(), "overlay", 0, options.c_str()) == 0);
  container.dir = base + "/on/container";
  REQUIRE(mkdir(container.dir.c_str(), 0755) == 0);
  auto rootfs = mount_layers(container.temp.store, container.layers, container.dir);
  if (!rootfs) FAIL(rootfs.error().text());
  CHECK(!rootfs->is_overlay);
  check_two_layers(container);
  CHECK(remove_rootfs(container.temp.store, container.dir));
  check_nothing_left(container);
  CHECK(umount2((base + "/on").c_str(), MNT_DETACH) == 0);
}

TEST_CASE("rootfs: a folder that a layer only implies keeps what the layers below say of it") {
  const std::vector<std::vector<Entry>> layers = {
      {folder("tmp", 01777), {.name = "home", .type = '5', .mode = 0750, .uid = 5, .gid = 6}, file("home/a", "a")},
      {file("tmp/x", "x"), file("home/b", "b"), file("fresh/c", "c")},
      {file("home/d", "d"), folder("tmp2"), file("tmp/y", "y")}};
  for (auto* make : {mount_layers, copy_layers}) {
    Container container(layers);
    auto rootfs = make(container.temp.store, container.layers, container.dir, {});
    if (!rootfs) FAIL(rootfs.error().text());
    struct stat what{};
    REQUIRE(lstat((rootfs->path + "/tmp").c_str(), &what) == 0);
    CHECK(what.st_mode == (S_IFDIR | 01777));
    REQUIRE(lstat((rootfs->path + "/home").c_str(), &what) == 0);
    CHECK(what.st_mode == (S_IFDIR | 0750));
    CHECK(what.st_uid == 5);
    CHECK(what.st_gid == 6);
    REQUIRE(lstat((rootfs->path + "/fresh").c_str(), &what) == 0);
    CHECK(what.st_mode == (S_IFDIR | 0755));
    CHECK(container.read("home/a") + container.read("home/b") + container.read("home/d") == "abd");
    CHECK(remove_rootfs(container.temp.store, container.dir));
  }
}

TEST_CASE("rootfs: 127 layers fit") {
  std::vector<std::vector<Entry>> entries;
  for (int i = 0; i < 127; i++) entries.push_back({file("top", cat(i)), file(cat("own", i), cat(i))});
  Container container(entries);
  auto rootfs = mount_layers(container.temp.store, container.layers, container.dir);
  if (!rootfs) FAIL(rootfs.error().text());
  CHECK(rootfs->is_overlay);
  CHECK(container.read("top") == "126");
  CHECK(container.read("own0") == "0");
  CHECK(remove_rootfs(container.temp.store, container.dir));
}

TEST_CASE("rootfs: no layer gives an empty root, a missing one an error and nothing else") {
  Container container({});
  auto rootfs = mount_layers(container.temp.store, {}, container.dir);
  REQUIRE(rootfs);
  CHECK(container.has("."));
  CHECK(remove_rootfs(container.temp.store, container.dir));
  const std::string absent = digest_of("absent");
  auto failed = mount_layers(container.temp.store, {absent}, container.dir);
  REQUIRE(!failed);
  CHECK(failed.error().text() ==
        cat("layer: open '", layer_path(container.temp.store, absent), "': No such file or directory"));
  check_nothing_left(container);
}

TEST_CASE("rootfs: a second root in the same folder is refused and harms the first in nothing") {
  Container container(two_layers());
  REQUIRE(mount_layers(container.temp.store, container.layers, container.dir));
  REQUIRE(replace_file(container.dir + "/rootfs/written", "kept"));
  for (auto* make : {mount_layers, copy_layers}) {
    auto failed = make(container.temp.store, container.layers, container.dir, {});
    REQUIRE(!failed);
    CHECK(failed.error().text() == cat("make '", container.dir, "/rootfs': File exists"));
  }
  CHECK(container.read("written") == "kept");
  check_two_layers(container);
  CHECK(remove_rootfs(container.temp.store, container.dir));
}
