#include "sandbox/volumes/walk.h"

#include <dirent.h>

#include <vector>

#include "sandbox/volumes/usage.h"
#include "tests/unit/volumes/scratch.h"

namespace {

std::vector<std::string> names_in(const Scratch& scratch) {
  std::vector<std::string> names;
  REQUIRE(volumes::walk_tree(scratch.fd.get(), [&](const volumes::Entry& entry) -> Result<> {
    names.push_back(cat(entry.name, entry.type == DT_DIR ? "/" : entry.type == DT_LNK ? "@" : ""));
    return {};
  }));
  return names;
}

}  // namespace

TEST_CASE("walk: everything below, a directory after what is in it, symlinks not followed") {
  Scratch scratch;
  scratch.folder("a/b");
  scratch.file("a/b/file");
  scratch.link("a/b/link", "/");
  CHECK(names_in(Scratch()).empty());
  std::vector<std::string> names = names_in(scratch);
  REQUIRE(names.size() == 4);
  CHECK(names[2] == "b/");
  CHECK(names[3] == "a/");
}

TEST_CASE("walk: a tree deeper than paths can be, with few descriptors") {
  constexpr int kDepth = 3000;
  Scratch scratch;
  Fd dir = *duplicate(scratch.fd.get());
  for (int i = 0; i < kDepth; i++) {
    REQUIRE(mkdirat(dir.get(), "deeper", 0755) == 0);
    dir = Fd(openat(dir.get(), "deeper", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(dir.is_open());
  }
  int highest = 0, count = 0;
  REQUIRE(volumes::walk_tree(scratch.fd.get(), [&](const volumes::Entry& entry) -> Result<> {
    highest = std::max(highest, entry.dir);
    count++;
    return {};
  }));
  CHECK(count == kDepth);
  CHECK(highest < 100);
}

TEST_CASE("walk: an error of the visitor ends it; what cannot be a directory is an error") {
  Scratch scratch;
  scratch.file("a");
  CHECK(volumes::walk_tree(scratch.fd.get(), [](const volumes::Entry&) { return Result<>(fail("enough")); })
            .error()
            .message == "enough");
  const Fd file(open(scratch.at("a").c_str(), O_RDONLY | O_CLOEXEC));
  CHECK(volumes::walk_tree(file.get(), [](const volumes::Entry&) { return Result<>(); }).error().err == ENOTDIR);
}

TEST_CASE("usage: blocks, and what has several names once") {
  Scratch scratch;
  REQUIRE(replace_file(scratch.at("a"), std::string(1 << 20, 'x')));
  const uint64_t one = *volumes::used_bytes(scratch.fd.get());
  CHECK(one >= 1 << 20);
  CHECK(one < (1 << 20) + (64 << 10));
  REQUIRE(link(scratch.at("a").c_str(), scratch.at("b").c_str()) == 0);
  CHECK(*volumes::used_bytes(scratch.fd.get()) == one);
  // A length without blocks takes nothing.
  const Fd hole(open(scratch.at("hole").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(ftruncate(hole.get(), 1 << 30) == 0);
  CHECK(*volumes::used_bytes(scratch.fd.get()) < one + (64 << 10));
}
