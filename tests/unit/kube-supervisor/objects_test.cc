// Objects on disk, in a folder of the test's own.
#include "runtime/kube/state/objects.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "base/file.h"
#include "base/path.h"
#include "runtime/kube/state/record.h"

using namespace kube;

namespace {

struct Folder {
  std::string path = make();
  Place place = place_below(path);
  ~Folder() { (void)remove_tree(path); }
  Folder() = default;
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

 private:
  static std::string make() {
    char name[] = "/tmp/nacelle-objects-XXXXXX";
    const char* made = mkdtemp(name);
    return made ? made : "";
  }
};

ConfigMap config_map(const std::string& ns, const std::string& name, StringMap data = {}) {
  ConfigMap map;
  map.metadata.ns = ns;
  map.metadata.name = name;
  map.data = std::move(data);
  return map;
}

}  // namespace

TEST_CASE("objects: what is written is read, listed by namespace and name, and removed") {
  const Folder folder;
  REQUIRE(list_objects<ConfigMap>(folder.place, "").value().empty());
  for (const auto& [ns, name] : {std::pair("two", "a"), {"one", "b-c"}, {"one", "b"}})
    REQUIRE(write_object(folder.place, config_map(ns, name, {{"from", ns}})));
  CHECK(read_object<ConfigMap>(folder.place, "one", "b")->data == StringMap{{"from", "one"}});
  std::string names;
  for (const ConfigMap& map : list_objects<ConfigMap>(folder.place, "").value())
    names += map.metadata.ns + "/" + map.metadata.name + " ";
  CHECK(names == "one/b one/b-c two/a ");
  CHECK(list_objects<ConfigMap>(folder.place, "one")->size() == 2);
  CHECK(list_objects<ConfigMap>(folder.place, "none")->empty());
  CHECK(list_objects<Secret>(folder.place, "one")->empty());
  REQUIRE(remove_object<ConfigMap>(folder.place, "one", "b"));
  CHECK(list_objects<ConfigMap>(folder.place, "one")->size() == 1);
}

TEST_CASE("objects: a missing one is told from a broken one") {
  const Folder folder;
  const auto missing = read_object<Secret>(folder.place, "default", "key");
  REQUIRE(!missing);
  CHECK(missing.error().text() == "secret \"key\" not found");
  CHECK(is_not_found(missing.error()));
  CHECK(is_not_found(remove_object<Secret>(folder.place, "default", "key").error()));
  REQUIRE(make_directories(objects_dir<Secret>(folder.place, "default")));
  REQUIRE(replace_file(objects_dir<Secret>(folder.place, "default") + "/key.yaml", "data: 5\n"));
  const auto broken = read_object<Secret>(folder.place, "default", "key");
  REQUIRE(!broken);
  CHECK(!is_not_found(broken.error()));
  CHECK(broken.error().text().ends_with("key.yaml:1:7: data: expected an object, got the number 5"));
  CHECK(!list_objects<Secret>(folder.place, "default"));
}

TEST_CASE("objects: no name leads out of the folder") {
  const Folder folder;
  for (const char* name : {"../up", "a/b", "..", ".hidden", ""}) {
    CHECK(is_not_found(read_object<ConfigMap>(folder.place, "default", name).error()));
    CHECK(is_not_found(read_object<ConfigMap>(folder.place, name, "web").error()));
    CHECK(!write_object(folder.place, config_map("default", name)));
    CHECK(!write_object(folder.place, config_map(name, "web")));
  }
}

TEST_CASE("objects: those without a namespace lie in their kind's folder; files are root's alone") {
  const Folder folder;
  PersistentVolume volume;
  volume.metadata.name = "pv";
  REQUIRE(write_object(folder.place, volume));
  CHECK(path_exists(folder.path + "/objects/persistentvolumes/pv.yaml"));
  CHECK(read_object<PersistentVolume>(folder.place, "ignored", "pv"));
  CHECK(list_objects<PersistentVolume>(folder.place, "ignored")->size() == 1);
  struct stat status;
  REQUIRE(stat((folder.path + "/objects/persistentvolumes/pv.yaml").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  REQUIRE(stat((folder.path + "/objects").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0700);
}

TEST_CASE("objects: each new one has an identity of its own") {
  ObjectMeta one, two;
  identify(one);
  identify(two);
  CHECK(one.uid.size() == 36);
  CHECK(one.uid[14] == '4');
  CHECK(one.uid != two.uid);
  CHECK(one.creation_time.is_set());
}
