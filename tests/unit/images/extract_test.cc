#include "sandbox/images/extract.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "tests/unit/images/archives.h"

using namespace images;

namespace {

// A layer unpacked into a folder of its own.
struct Layer {
  TempFolder folder;
  std::string root = folder.path + "/root";
  std::string error;  // empty when it went well

  explicit Layer(const std::string& tar) {
    REQUIRE(mkdir(root.c_str(), 0755) == 0);
    Fd bytes = std::move(*memory_file("tar", tar));
    Fd into(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    auto opened = Tar::open(bytes.get());
    if (!opened) {
      error = opened.error().text();
      return;
    }
    auto done = extract_layer(**opened, into.get());
    if (!done) error = done.error().text();
  }
  explicit Layer(const std::vector<Entry>& entries) : Layer(make_tar(entries)) {}

  struct stat look(const std::string& name) const {
    struct stat what{};
    CHECK(lstat(cat(root, "/", name).c_str(), &what) == 0);
    return what;
  }
  bool has(const std::string& name) const { return path_exists(cat(root, "/", name)); }
  std::string read(const std::string& name) const { return read_file(cat(root, "/", name)).value_or("unreadable"); }
  std::string attribute(const std::string& name, const char* key) const {
    char value[256];
    const ssize_t size = lgetxattr(cat(root, "/", name).c_str(), key, value, sizeof value);
    return size < 0 ? "none" : std::string(value, static_cast<size_t>(size));
  }
  bool is_whiteout(const std::string& name) const {
    const auto what = look(name);
    return S_ISCHR(what.st_mode) && what.st_rdev == 0;
  }
};

}  // namespace

TEST_CASE("extract: files, folders and links with owner, mode and time") {
  Layer layer({folder("etc", 0750),
               {.name = "etc/app", .data = "hello", .mode = 04711, .uid = 1000, .gid = 3'000'000'000, .mtime = 12345},
               symlink_to("etc/link", "../../../outside"),
               hard_link("etc/same", "etc/app"),
               {.name = "pipe", .type = '6', .mode = 0600}});
  CHECK(layer.error == "");
  CHECK(layer.read("etc/app") == "hello");
  const auto app = layer.look("etc/app");
  CHECK(app.st_mode == (S_IFREG | 04711));
  CHECK(app.st_uid == 1000);
  CHECK(app.st_gid == 3'000'000'000);
  CHECK(app.st_mtim.tv_sec == 12345);
  CHECK(app.st_nlink == 2);
  CHECK(layer.look("etc/same").st_ino == app.st_ino);
  CHECK(layer.look("etc").st_mode == (S_IFDIR | 0750));
  CHECK(layer.look("etc").st_mtim.tv_sec == 1'000'000'000);
  CHECK(S_ISLNK(layer.look("etc/link").st_mode));
  CHECK(layer.look("pipe").st_mode == (S_IFIFO | 0600));
}

TEST_CASE("extract: absolute names and dots stay below the layer") {
  Layer layer({file("/etc/a", "a"), file("./b//c/./d", "d"), folder("./", 0711)});
  CHECK(layer.error == "");
  CHECK(layer.read("etc/a") == "a");
  CHECK(layer.read("b/c/d") == "d");
  CHECK(layer.look("b").st_mode == (S_IFDIR | 0755));
  CHECK(layer.look(".").st_mode == (S_IFDIR | 0711));
}

TEST_CASE("extract: a name that climbs out is refused") {
  CHECK(Layer({file("a/../../evil", "x")}).error == "entry 'a/../../evil': '..' in the name");
  CHECK(Layer({file("..", "x")}).error == "entry '..': '..' in the name");
  CHECK(Layer({hard_link("a", "../../etc/passwd")}).error == "entry 'a': entry '../../etc/passwd': '..' in the name");
}

TEST_CASE("extract: no entry is made through a symbolic link") {
  TempFolder outside;
  Layer absolute({symlink_to("a", outside.path), file("a/evil", "x")});
  CHECK(absolute.error == "entry 'a/evil': 'a' leads through a symbolic link");
  CHECK(!path_exists(outside.path + "/evil"));
  Layer deep({folder("d"), symlink_to("d/a", "../../../../../../" + outside.path), file("d/a/b/evil", "x")});
  CHECK(deep.error == "entry 'd/a/b/evil': 'd/a/b' leads through a symbolic link");
  CHECK(!path_exists(outside.path + "/b"));
}

TEST_CASE("extract: a file over a symbolic link replaces the link, not what it leads to") {
  TempFolder outside;
  const std::string victim = write_temp(outside, "victim", "untouched");
  Layer layer({symlink_to("a", victim), file("a", "new")});
  CHECK(layer.error == "");
  CHECK(layer.read("a") == "new");
  CHECK(*read_file(victim) == "untouched");
}

TEST_CASE("extract: a folder over a symbolic link replaces the link") {
  TempFolder outside;
  Layer layer({symlink_to("a", outside.path), folder("a"), file("a/b", "x")});
  CHECK(layer.error == "");
  CHECK(layer.read("a/b") == "x");
  CHECK(!path_exists(outside.path + "/b"));
}

TEST_CASE("extract: hard links reach only what the layer holds") {
  CHECK(Layer({hard_link("a", "/etc/passwd")}).error ==
        "entry 'a': hard link to '/etc/passwd', which the layer does not hold before it");
  TempFolder outside;
  write_temp(outside, "victim", "v");
  Layer through({symlink_to("s", outside.path), hard_link("a", "s/victim")});
  CHECK(through.error == "entry 'a': hard link to 's/victim': Too many levels of symbolic links");
  Layer of_link({symlink_to("s", outside.path + "/victim"), hard_link("a", "s")});
  CHECK(of_link.error == "");
  CHECK(S_ISLNK(of_link.look("a").st_mode));
  CHECK(Layer({folder("d"), hard_link("a", "d")}).error == "entry 'a': hard link to 'd': Operation not permitted");
}

TEST_CASE("extract: whiteouts become overlayfs's") {
  Layer layer({file("etc/.wh.gone", ""), folder("var"), file("var/.wh..wh..opq", ""), file(".wh..wh.plnk", "")});
  CHECK(layer.error == "");
  CHECK(layer.is_whiteout("etc/gone"));
  CHECK(layer.attribute("var", "trusted.overlay.opaque") == "y");
  CHECK(!layer.has(".wh..wh.plnk"));
  CHECK(!layer.has("etc/.wh.gone"));
  CHECK(Layer({file(".wh.", "")}).error == "entry '.wh.': a whiteout of nothing");
  CHECK(Layer({file("a/.wh...", "")}).error == "entry 'a/.wh...': a whiteout of nothing");
  CHECK(Layer({file(".wh.a/b", "")}).error == "entry '.wh.a/b': below a whiteout");
}

TEST_CASE("extract: a whiteout hides the layers below, not its own") {
  Layer before({file(".wh.a", ""), file("a", "new"), file(".wh.d", ""), folder("d"), file("d/x", "x")});
  CHECK(before.error == "");
  CHECK(before.read("a") == "new");
  CHECK(before.read("d/x") == "x");
  CHECK(before.attribute("d", "trusted.overlay.opaque") == "y");
  Layer after({file("a", "new"), file(".wh.a", ""), folder("d"), file("d/x", "x"), file(".wh.d", "")});
  CHECK(after.error == "");
  CHECK(after.read("a") == "new");
  CHECK(after.read("d/x") == "x");
  CHECK(after.attribute("d", "trusted.overlay.opaque") == "y");
}

TEST_CASE("extract: attributes that order overlayfs about are not taken, capabilities are") {
  const std::string capability("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);  // cap_net_bind_service=ep
  Layer layer({{.name = "a",
                .data = "x",
                .mode = 0755,
                .uid = 5,
                .pax = {{"SCHILY.xattr.security.capability", capability},
                        {"SCHILY.xattr.trusted.overlay.redirect", "/etc"},
                        {"SCHILY.xattr.trusted.evil", "1"},
                        {"SCHILY.xattr.user.note", "kept"},
                        {"SCHILY.xattr.security.selinux", "x"}}},
               {.name = "d", .type = '5', .pax = {{"SCHILY.xattr.trusted.overlay.opaque", "y"}}}});
  CHECK(layer.error == "");
  CHECK(layer.attribute("a", "security.capability") == capability);
  CHECK(layer.attribute("a", "user.note") == "kept");
  CHECK(layer.attribute("a", "trusted.overlay.redirect") == "none");
  CHECK(layer.attribute("a", "trusted.evil") == "none");
  CHECK(layer.attribute("d", "trusted.overlay.opaque") == "none");
}

// @withstands CVE-2024-40635
TEST_CASE("extract: ids that would wrap round are refused") {
  CHECK(Layer({Entry{.name = "a", .uid = 4294967296}}).error ==
        "entry 'a': user id 4294967296 is not between 0 and 4294967294");
  CHECK(Layer({Entry{.name = "a", .gid = 4294967295}}).error ==
        "entry 'a': group id 4294967295 is not between 0 and 4294967294");
}

TEST_CASE("extract: devices are made with their numbers") {
  Layer layer({{.name = "dev/null", .type = '3', .mode = 0666, .uid = 7, .major = 1, .minor = 3}});
  CHECK(layer.error == "");
  const auto null = layer.look("dev/null");
  CHECK(null.st_mode == (S_IFCHR | 0666));
  CHECK(null.st_rdev == makedev(1, 3));
  CHECK(null.st_uid == 7);
}

TEST_CASE("extract: names are bytes, long and not ASCII too") {
  const std::string long_name(200, 'n');
  Layer layer({file(cat("a/", long_name, "/b"), "long"),
               {.name = "x", .data = "1", .pax = {{"path", "gr\xc3\xbc\xc3\x9f"}}},
               {.name = "y", .data = "2", .pax = {{"path", "bad\xff\xfe"}}},
               file("raw\xe9", "3")});
  CHECK(layer.error == "");
  CHECK(layer.read(cat("a/", long_name, "/b")) == "long");
  CHECK(layer.read("gr\xc3\xbc\xc3\x9f") == "1");
  CHECK(layer.read("bad\xff\xfe") == "2");
  CHECK(layer.read("raw\xe9") == "3");
}

TEST_CASE("extract: a sparse file keeps its holes") {
  // GNU.sparse 0.1: 5 bytes at 1 MiB of a file of 2 MiB.
  Layer layer(
      {{.name = "s",
        .data = "hello",
        .pax = {{"GNU.sparse.size", "2097152"}, {"GNU.sparse.numblocks", "1"}, {"GNU.sparse.map", "1048576,5"}}}});
  CHECK(layer.error == "");
  const auto what = layer.look("s");
  CHECK(what.st_size == 2097152);
  CHECK(what.st_blocks * 512 < 1 << 20);
  CHECK(layer.read("s").substr(1 << 20, 6) == std::string("hello\0", 6));
}

TEST_CASE("extract: folders nest to a bound") {
  std::string path;
  for (int i = 0; i < 201; i++) path += "d/";
  CHECK(Layer({folder(path)}).error == "an entry is more than 200 folders deep");
}

TEST_CASE("extract: a file becomes a folder, a folder a file") {
  Layer layer({folder("a"), file("a/b", "x"), file("a", "file"), file("c", "x"), folder("c"), file("c/d", "y")});
  CHECK(layer.error == "");
  CHECK(layer.read("a") == "file");
  CHECK(layer.read("c/d") == "y");
}

TEST_CASE("extract: the root of a layer is a folder") {
  CHECK(Layer({file(".", "x")}).error == "entry '.': the root of a layer must be a directory");
  CHECK(Layer({symlink_to(".", "/etc")}).error == "entry '.': the root of a layer must be a directory");
}

TEST_CASE("extract: what is cut short or no tar is damaged") {
  const std::string whole = make_tar({file("a", std::string(5000, 'x'))});
  CHECK(Layer(whole.substr(0, 2000)).error.find("entry 'a': damaged archive: ") == 0);
  CHECK(Layer(gzipped(whole).substr(0, 60)).error.find("damaged archive") != std::string::npos);
  CHECK(Layer(std::string(2048, 'x')).error.find("damaged archive") != std::string::npos);
  CHECK(Layer(std::string()).error == "");
  CHECK(Layer(std::vector<Entry>{}).error == "");
}

TEST_CASE("extract: gzip and zstd are unpacked, and a bomb has a bound") {
  const std::string tar = make_tar({file("a", std::string(100'000, 'x'))});
  CHECK(Layer(gzipped(tar)).read("a").size() == 100'000);
  CHECK(Layer(zstd_packed(tar)).read("a").size() == 100'000);
  Fd bytes = std::move(*memory_file("tar", gzipped(make_tar({file("a", std::string(4 << 20, 'x'))}))));
  auto opened = Tar::open(bytes.get(), {.bytes = 1 << 20});
  REQUIRE(opened);
  TempFolder folder;
  Fd into(open(folder.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  auto done = extract_layer(**opened, into.get());
  REQUIRE(!done);
  CHECK(done.error().text() == "entry 'a': read archive: File too large");
}
