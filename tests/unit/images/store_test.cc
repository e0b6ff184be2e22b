#include "sandbox/images/store.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "sandbox/images/digest.h"
#include "sandbox/images/work.h"
#include "tests/unit/images/archives.h"

using namespace images;

namespace {

std::string add(const Store& store, const std::string& bytes, const Blob& blob, const std::string& diff_id) {
  Fd file = std::move(*memory_file("layer", bytes));
  auto added = add_layer(store, file.get(), blob, diff_id);
  return added ? "" : added.error().text();
}

}  // namespace

TEST_CASE("store: the digest is SHA-256") {
  CHECK(digest_of("abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(is_digest(digest_of("")));
  CHECK(!is_digest("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"));
  CHECK(!is_digest("sha512:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  CHECK(!is_digest("sha256:../../etc"));
}

TEST_CASE("store: it is root's alone") {
  TempStore temp;
  REQUIRE(make_store(temp.store));
  struct stat what{};
  REQUIRE(stat(temp.store.root.c_str(), &what) == 0);
  CHECK(what.st_mode == (S_IFDIR | 0700));
}

TEST_CASE("store: a layer is kept when all is as told, and only then") {
  TempStore temp;
  REQUIRE(make_store(temp.store));
  const std::string tar = make_tar({file("a", "content")}), packed = gzipped(tar);
  const std::string id = digest_of(tar), digest = digest_of(packed), wrong = digest_of("wrong");
  CHECK(add(temp.store, packed, {wrong, packed.size()}, id) ==
        cat("layer ", wrong, ": its digest is ", digest, ", not ", wrong));
  CHECK(add(temp.store, packed, {digest, 1}, id) == cat("layer ", digest, ": its size is ", packed.size(), ", not 1"));
  CHECK(add(temp.store, packed, {digest, packed.size()}, wrong) ==
        cat("layer ", digest, ": unpacked, its digest is ", id, ", not the diff id ", wrong));
  CHECK(add(temp.store, packed, {}, "sha256:../../../tmp") ==
        "diff id: 'sha256:../../../tmp' is not a digest (sha256: and 64 hexadecimal digits)");
  CHECK(!has_layer(temp.store, id));
  CHECK(!has_layer(temp.store, wrong));
  CHECK(list_folder(temp.store.root + "/work")->empty());
  CHECK(list_folder(temp.store.root + "/layers")->empty());

  CHECK(add(temp.store, packed, {digest, packed.size()}, id) == "");
  CHECK(has_layer(temp.store, id));
  CHECK(*read_file(layer_path(temp.store, id) + "/a") == "content");
  CHECK(*layer_size(temp.store, id) == 7);
  CHECK(add(temp.store, "not even read", {}, id) == "");
}

TEST_CASE("store: bytes behind the end of the tar count for the digests") {
  TempStore temp;
  REQUIRE(make_store(temp.store));
  const std::string tar = make_tar({file("a", "x")}) + std::string(8192, '\0');
  const std::string packed = zstd_packed(tar);
  CHECK(add(temp.store, packed, {digest_of(packed), packed.size()}, digest_of(tar)) == "");
}

TEST_CASE("store: a config must be as its digest says") {
  TempStore temp;
  REQUIRE(make_store(temp.store));
  CHECK(add_config(temp.store, digest_of("{}"), "{}"));
  CHECK(*read_config(temp.store, digest_of("{}")) == "{}");
  auto wrong = add_config(temp.store, digest_of("x"), "{}");
  REQUIRE(!wrong);
  CHECK(wrong.error().text() == cat("config: its digest is ", digest_of("{}"), ", not ", digest_of("x")));
}

TEST_CASE("store: what nobody has goes, with what a killed import left") {
  TempStore temp;
  REQUIRE(make_store(temp.store));
  const std::string first = make_tar({file("a", "1")}), second = make_tar({file("a", "2")});
  CHECK(add(temp.store, first, {}, digest_of(first)) == "");
  CHECK(add(temp.store, second, {}, digest_of(second)) == "");
  REQUIRE(make_directories(temp.store.root + "/work/killed/root/etc"));
  REQUIRE(replace_file(temp.store.root + "/index.json.123.new", "half"));
  CHECK(remove_others(temp.store, {digest_of(second)}, {}));
  CHECK(!has_layer(temp.store, digest_of(first)));
  CHECK(has_layer(temp.store, digest_of(second)));
  CHECK(!path_exists(temp.store.root + "/index.json.123.new"));
  CHECK(list_folder(temp.store.root + "/work")->empty());
}

TEST_CASE("store: uses last as long as the container's folder") {
  TempStore temp;
  REQUIRE(make_store(temp.store));
  const std::string dir = temp.folder.path + "/container";
  REQUIRE(make_directories(dir));
  const std::string id = digest_of("image");
  CHECK(add_use(temp.store, id, dir));
  auto uses = list_uses(temp.store);
  REQUIRE(uses);
  REQUIRE(uses->size() == 1);
  CHECK((*uses)[0].image_id == id);
  CHECK((*uses)[0].dir == dir);
  REQUIRE(remove_tree(dir));
  CHECK(list_uses(temp.store)->empty());
  CHECK(list_folder(temp.store.root + "/uses")->empty());
  CHECK(drop_use(temp.store, dir));
}
