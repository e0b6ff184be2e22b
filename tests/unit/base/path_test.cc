#include "base/path.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/file.h"

namespace {

struct Rootfs {
  std::string path;
  Fd fd;
  Rootfs() {
    char name[] = "/tmp/nacelle-unit-XXXXXX";
    path = mkdtemp(name);
    fd.reset(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  ~Rootfs() { (void)remove_tree(path); }
};

}  // namespace

TEST_CASE("path: an absolute symlink in a root leads into the root") {
  Rootfs root;
  REQUIRE(mkdir((root.path + "/etc").c_str(), 0755) == 0);
  REQUIRE(replace_file(root.path + "/etc/passwd", "inside"));
  REQUIRE(symlink("/etc/passwd", (root.path + "/link").c_str()) == 0);
  auto fd = open_in_root(root.fd.get(), "/link", O_RDONLY);
  REQUIRE(fd);
  CHECK(*read_all(fd->get()) == "inside");
}

// @withstands CVE-2024-45310
TEST_CASE("path: directories are made inside the root, whatever the symlinks say") {
  Rootfs root;
  REQUIRE(symlink("../../../../tmp/nacelle-unit-escape", (root.path + "/out").c_str()) == 0);
  auto made = make_directories_in_root(root.fd.get(), "/out/a/b");
  CHECK(!made);  // the link dangles inside the root: it is not followed to make anything
  CHECK(!path_exists("/tmp/nacelle-unit-escape"));
  CHECK(make_directories_in_root(root.fd.get(), "/x/./y//z"));
  CHECK(path_exists(root.path + "/x/y/z"));
  CHECK(make_directories_in_root(root.fd.get(), "/x/../../w"));
  CHECK(path_exists(root.path + "/w"));
}

TEST_CASE("path: beneath follows no symlink") {
  Rootfs root;
  REQUIRE(symlink("/etc", (root.path + "/etc").c_str()) == 0);
  CHECK(open_beneath(root.fd.get(), "etc", O_RDONLY).error().err == ELOOP);
  CHECK(open_beneath(root.fd.get(), "../", O_RDONLY).error().err == EXDEV);
}

TEST_CASE("path: removing a tree does not follow its symlinks") {
  Rootfs keep, root;
  REQUIRE(replace_file(keep.path + "/file", "kept"));
  REQUIRE(make_directories(root.path + "/a/b/c"));
  REQUIRE(symlink(keep.path.c_str(), (root.path + "/a/b/link").c_str()) == 0);
  REQUIRE(remove_tree(root.path + "/a"));
  CHECK(!path_exists(root.path + "/a"));
  CHECK(path_exists(keep.path + "/file"));
  CHECK(remove_tree(root.path + "/a"));  // nothing there is no error
}

TEST_CASE("path: a tree deeper than there are descriptors can still be removed") {
  Rootfs root;
  int dir = open(root.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int level = 0; level < 3000; level++) {
    REQUIRE(mkdirat(dir, "d", 0755) == 0);
    int next = openat(dir, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(next >= 0);
    close(dir);
    dir = next;
  }
  close(dir);
  auto removed = remove_tree(root.path + "/d");
  REQUIRE_MESSAGE(removed, removed.error().text());
  CHECK(!path_exists(root.path + "/d"));
}

TEST_CASE("path: join") {
  CHECK(join_path("/a", "b") == "/a/b");
  CHECK(join_path("/a/", "b") == "/a/b");
  CHECK(join_path("/a", "/b") == "/b");
}

TEST_CASE("path: clean") {
  for (auto [path, clean] : {std::pair{"/a//b/./c/../d/", "/a/b/d"},
                             {"/", "/"},
                             {"//", "/"},
                             {"/..", "/"},
                             {"/../../a", "/a"},
                             {"/a/..", "/"},
                             {"/...", "/..."},
                             {"//proc/.", "/proc"},
                             {"a", "/a"},
                             {"", "/"}})
    CHECK(clean_path(path) == clean);
}
