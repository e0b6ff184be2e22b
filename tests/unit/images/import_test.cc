#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/images/images.h"
#include "sandbox/images/digest.h"
#include "sandbox/images/work.h"
#include "tests/unit/images/archives.h"

using namespace images;

namespace {

Built busybox() {
  return {.layers = {make_tar({folder("bin"), file("bin/sh", "shell", 0755)}), make_tar({file("etc/motd", "hi")})},
          .config = R"({"Entrypoint": ["/bin/sh"], "Cmd": ["-c", "true"], "Env": ["PATH=/bin", "A=b=c"],
                        "User": "1000:2000", "WorkingDir": "srv", "StopSignal": "SIGQUIT",
                        "ExposedPorts": {"80/tcp": {}}, "Volumes": null, "Labels": {"x": "y"}})"};
}

struct Imports {
  TempStore temp;
  int count = 0;

  Result<std::vector<Image>> members(const std::map<std::string, std::string>& members, const std::string& name = {}) {
    const std::string path = cat(temp.folder.path, "/", count++);
    REQUIRE(make_directories(path));
    write_members(path, members);
    return import_image(temp.store, path, name);
  }
  Result<std::vector<Image>> bytes(const std::string& bytes, const std::string& name = {}) {
    return import_image(temp.store, write_temp(temp.folder, cat(count++, ".tar"), bytes), name);
  }
  // The error without the path of the archive, which differs from run to run.
  std::string failure(const std::map<std::string, std::string>& of, const std::string& name = {}) {
    auto done = members(of, name);
    if (done) return "";
    const std::string text = done.error().text();
    CHECK(list_folder(temp.store.root + "/layers")->empty());
    CHECK(list_folder(temp.store.root + "/work")->empty());
    return text.substr(text.find("': ") + 3);
  }
};

void check_busybox(const Imports& imports, const Result<std::vector<Image>>& imported) {
  REQUIRE_MESSAGE(imported, (imported ? "" : imported.error().text()));
  REQUIRE(imported->size() == 1);
  const Image& image = (*imported)[0];
  CHECK(image.id == digest_of(config_of(busybox())));
  CHECK(image.names == std::vector<std::string>{"docker.io/library/busybox:latest"});
  CHECK(image.size == 7);
  CHECK(image.created == "2024-05-01T10:00:00Z");
  CHECK(image.config.entrypoint == std::vector<std::string>{"/bin/sh"});
  CHECK(image.config.cmd == std::vector<std::string>{"-c", "true"});
  CHECK(image.config.env == std::vector<std::string>{"PATH=/bin", "A=b=c"});
  CHECK(image.config.user == "1000:2000");
  CHECK(image.config.working_dir == "/srv");
  CHECK(image.config.stop_signal == "SIGQUIT");
  CHECK(image.config.exposed_ports == std::vector<std::string>{"80/tcp"});
  REQUIRE(image.layers.size() == 2);
  CHECK(*read_file(layer_path(imports.temp.store, image.layers[0]) + "/bin/sh") == "shell");
}

// The only member whose name begins so.
std::string& member(std::map<std::string, std::string>& members, const std::string& content) {
  for (auto& [name, bytes] : members)
    if (bytes.find(content) != std::string::npos) return bytes;
  FAIL("no such member");
  return members.begin()->second;
}

}  // namespace

TEST_CASE("import: an OCI layout as a folder, a tar, gzip and zstd, with layers of each kind") {
  for (auto* pack : {static_cast<std::string (*)(const std::string&)>(nullptr), gzipped, zstd_packed}) {
    Built image = busybox();
    image.pack = pack;
    const auto layout = make_layout({image});
    Imports folder, tar, packed, zstd;
    check_busybox(folder, folder.members(layout));
    check_busybox(tar, tar.bytes(tar_of(layout)));
    check_busybox(packed, packed.bytes(gzipped(tar_of(layout))));
    check_busybox(zstd, zstd.bytes(zstd_packed(tar_of(layout))));
  }
}

TEST_CASE("import: a docker-archive, plain and gzip, and with its layers as links") {
  const auto archive = make_docker_archive(busybox());
  Imports plain, packed, linked;
  check_busybox(plain, plain.bytes(tar_of(archive)));
  check_busybox(packed, packed.bytes(gzipped(tar_of(archive))));
  std::vector<Entry> entries;
  for (const auto& [name, bytes] : archive) {
    const bool is_layer = name.ends_with("/layer.tar");
    entries.push_back(file(is_layer ? "real/" + name : name, bytes));
    if (is_layer) entries.push_back(symlink_to(name, "../real/" + name));
  }
  check_busybox(linked, linked.bytes(make_tar(entries)));
}

TEST_CASE("import: again changes nothing, under another name adds it, a new image takes the name") {
  Imports imports;
  const auto layout = make_layout({busybox()});
  check_busybox(imports, imports.members(layout));
  check_busybox(imports, imports.members(layout));
  auto named = imports.members(layout, "polinux/stress");
  REQUIRE(named);
  CHECK((*named)[0].names ==
        std::vector<std::string>{"docker.io/library/busybox:latest", "docker.io/polinux/stress:latest"});
  REQUIRE(imports.members(make_layout({{.layers = {make_tar({file("new", "new")})}}})));
  const auto all = list_images(imports.temp.store);
  REQUIRE(all);
  REQUIRE(all->size() == 2);
  CHECK((*all)[0].names == std::vector<std::string>{"docker.io/library/busybox:latest"});
  CHECK((*all)[1].names == std::vector<std::string>{"docker.io/polinux/stress:latest"});
  CHECK(find_image(imports.temp.store, "busybox")->id != find_image(imports.temp.store, "polinux/stress")->id);
}

TEST_CASE("import: of an image for several platforms, this machine's") {
  Built other = busybox(), ours = busybox();
  other.platform = "s390x";
  Imports imports;
  check_busybox(imports, imports.members(make_layout({other, ours})));
  Imports none;
  CHECK(none.failure(make_layout({other})) == cat("no image for ", platform(), " in it but for linux/s390x"));
}

TEST_CASE("import: names must be there, and one name is for one image") {
  Built nameless = busybox(), tag = busybox(), second{.layers = {make_tar({})}, .name = "second"};
  nameless.name = "";
  tag.name = "1.36";
  Imports imports;
  CHECK(imports.failure(make_layout({nameless})) ==
        cat("image ", digest_of(config_of(nameless)),
            ": the archive has no name for it (hint: name it: nacelle kube image import FILE NAME)"));
  CHECK(imports.failure(make_layout({tag})) ==
        "the archive has only the tag '1.36' as a name (hint: name it: nacelle kube image import FILE NAME)");
  CHECK(imports.failure(make_layout({busybox(), second}), "x") == "it holds 2 images, which cannot all be called 'x'");
  CHECK(imports.failure(make_layout({busybox()}), "Bad") == "image name 'Bad': the repository must be in lower case");
  CHECK(imports.members(make_layout({nameless}), "x"));
  CHECK(imports.members(make_layout({busybox(), second}))->size() == 2);
}

TEST_CASE("import: what is not as its digest says is refused, and nothing stays") {
  Imports imports;
  auto layer = make_layout({busybox()});
  member(layer, "shell").replace(1024, 1, "S");
  CHECK(imports.failure(layer).find("layer sha256:") == 0);
  CHECK(imports.failure(layer).find(": its digest is sha256:") != std::string::npos);
  auto config = make_layout({busybox()});
  member(config, "SIGQUIT").replace(0, 1, " ");
  CHECK(imports.failure(config).find(": its digest is sha256:") != std::string::npos);
  auto manifest = make_layout({busybox()});
  std::string& text = member(manifest, "image.layer.v1");
  text.replace(text.find("schemaVersion\": 2"), 17, "schemaVersion\": 3");
  CHECK(imports.failure(manifest).find(": its digest is sha256:") != std::string::npos);
  auto archive = make_docker_archive(busybox());
  std::string& tar = member(archive, "shell");
  tar.replace(tar.find("shell"), 5, "SHELL");
  CHECK(imports.failure(archive).find(", not the diff id sha256:") != std::string::npos);
}

TEST_CASE("import: what is no image, with the member in every error") {
  Imports imports;
  CHECK(imports.failure({{"x", "y"}}) ==
        "neither an OCI layout (oci-layout, index.json) nor a docker-archive (manifest.json)");
  CHECK(imports.failure({{"oci-layout", "{}"}, {"index.json", "{}"}}) == "index.json: manifests: missing");
  CHECK(imports.failure({{"oci-layout", "{}"}, {"index.json", R"({"manifests": [{"digest": "md5:1", "size": 1}]})"}}) ==
        "index.json: manifests[0].digest: 'md5:1' is not a sha256 digest");
  CHECK(imports.failure({{"manifest.json", R"([{"Config": "../../etc/shadow", "Layers": []}])"}}) ==
        "open 'etc/shadow': No such file or directory");
  Built bad = busybox();
  bad.config = R"({"Env": ["LD_PRELOAD"]})";
  CHECK(imports.failure(make_layout({bad})).find(": config.Env[0]: 'LD_PRELOAD' is not NAME=value") !=
        std::string::npos);
  Built absent = busybox();
  auto layout = make_layout({absent});
  layout.erase("blobs/sha256/" + hex_of(digest_of(absent.layers[0])));
  CHECK(imports.failure(layout).find("No such file or directory") != std::string::npos);
}

TEST_CASE("import: a hostile layout does not lead out of its folder") {
  TempFolder folder, outside;
  const auto layout = make_layout({busybox()});
  write_members(folder.path, layout);
  write_temp(outside, "index.json", layout.at("index.json"));
  REQUIRE(unlink((folder.path + "/index.json").c_str()) == 0);
  REQUIRE(symlink((outside.path + "/index.json").c_str(), (folder.path + "/index.json").c_str()) == 0);
  TempStore temp;
  CHECK(!import_image(temp.store, folder.path));
  REQUIRE(unlink((folder.path + "/index.json").c_str()) == 0);
  REQUIRE(mkfifo((folder.path + "/index.json").c_str(), 0600) == 0);
  CHECK(!import_image(temp.store, folder.path));
}

TEST_CASE("import: killed at any moment, the store is whole and the next import cleans up") {
  std::vector<Entry> many;
  for (int i = 0; i < 2000; i++) many.push_back(file(cat("folder", i % 50, "/file", i), std::string(1000, 'x')));
  const Built big{.layers = {make_tar(many), make_tar({file("second", "2")})}, .name = "big"};
  Imports imports;
  check_busybox(imports, imports.members(make_layout({busybox()})));
  const Store& store = imports.temp.store;
  const std::string archive = write_temp(imports.temp.folder, "big.tar", tar_of(make_layout({big})));
  int killed = 0;
  for (int moment = 0; moment < 12; moment++) {
    const pid_t child = fork();
    if (child == 0) _exit(import_image(store, archive) ? 0 : 1);
    usleep(static_cast<useconds_t>(500 << moment / 2) + static_cast<useconds_t>(moment) * 700);
    kill(child, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    killed += WIFSIGNALED(status) ? 1 : 0;
    CHECK((WIFSIGNALED(status) || WEXITSTATUS(status) == 0));
    CHECK(find_image(store, "busybox"));
    if (auto image = find_image(store, "big"))
      for (const auto& layer : image->layers) CHECK(has_layer(store, layer));
  }
  CHECK(killed > 0);
  REQUIRE(import_image(store, archive));
  CHECK(list_folder(store.root + "/work")->empty());
  CHECK(list_folder(store.root + "/layers")->size() == 4);
  CHECK(list_folder(store.root + "/configs")->size() == 2);
  const auto left = list_folder(store.root);
  REQUIRE(left);
  CHECK(*left == std::vector<std::string>{"configs", "index.json", "layers", "lock", "uses", "work"});
}

TEST_CASE("images: found by every spelling, an id, its digits, and as podman names what it built") {
  Imports imports;
  check_busybox(imports, imports.members(make_layout({busybox()})));
  const Image image = (*list_images(imports.temp.store))[0];
  const std::string hex = hex_of(image.id);
  for (const std::string& name : {std::string("busybox"), std::string("busybox:latest"), std::string("library/busybox"),
                                  std::string("docker.io/busybox"), std::string("docker.io/library/busybox:latest"),
                                  cat("busybox@", image.manifest_digest), image.id, hex, hex.substr(0, 12)}) {
    auto found = find_image(imports.temp.store, name);
    REQUIRE_MESSAGE(found, name);
    CHECK(found->id == image.id);
  }
  for (const std::string& name : {std::string("busybox:1"), std::string("other"), hex.substr(0, 11),
                                  std::string("quay.io/busybox"), cat("other@", image.manifest_digest)}) {
    auto found = find_image(imports.temp.store, name);
    REQUIRE_MESSAGE(!found, name);
    CHECK(found.error().err == ENOENT);
    CHECK(found.error().text() ==
          cat("image '", name,
              "': not in the store: No such file or directory (hint: nothing is pulled here; import it "
              "from a file: nacelle kube image import FILE)"));
  }
  CHECK(!find_image(imports.temp.store, "Bad Name"));
  REQUIRE(imports.members(make_layout({busybox()}), "localhost/mine:1"));
  CHECK(find_image(imports.temp.store, "mine:1"));
}

TEST_CASE("images: removed with the last name, not while a container uses it") {
  Imports imports;
  const Store& store = imports.temp.store;
  check_busybox(imports, imports.members(make_layout({busybox()})));
  REQUIRE(imports.members(make_layout({busybox()}), "second"));
  const Image image = *find_image(store, "busybox");
  const std::string dir = imports.temp.folder.path + "/container";
  REQUIRE(make_directories(dir));
  REQUIRE(add_use(store, image.id, dir));
  CHECK(remove_image(store, "second"));
  CHECK(!find_image(store, "second"));
  for (const std::string& name : {std::string("busybox"), image.id}) {
    auto refused = remove_image(store, name);
    REQUIRE(!refused);
    CHECK(refused.error().err == EBUSY);
    CHECK(find_image(store, "busybox"));
    CHECK(has_layer(store, image.layers[0]));
  }
  REQUIRE(drop_use(store, dir));
  CHECK(remove_image(store, "busybox"));
  CHECK(list_images(store)->empty());
  CHECK(list_folder(store.root + "/layers")->empty());
  CHECK(list_folder(store.root + "/configs")->empty());
  CHECK(remove_image(store, "busybox").error().err == ENOENT);
}

TEST_CASE("images: layers are shared, and stay for the image that is left") {
  Imports imports;
  const std::string shared = make_tar({file("shared", "x")}), own = make_tar({file("own", "y")});
  REQUIRE(
      imports.members(make_layout({{.layers = {shared}, .name = "one"}, {.layers = {shared, own}, .name = "two"}})));
  CHECK(list_folder(imports.temp.store.root + "/layers")->size() == 2);
  CHECK(remove_image(imports.temp.store, "two"));
  CHECK(list_folder(imports.temp.store.root + "/layers")->size() == 1);
  CHECK(has_layer(imports.temp.store, digest_of(shared)));
}

TEST_CASE("images: a container's root notes its use") {
  Imports imports;
  const Store& store = imports.temp.store;
  REQUIRE(imports.members(make_layout({{.layers = {}, .name = "empty"}})));
  const Image image = *find_image(store, "empty");
  const std::string dir = imports.temp.folder.path + "/container";
  REQUIRE(make_directories(dir));
  REQUIRE(prepare_rootfs(store, image, dir));
  CHECK(remove_image(store, "empty").error().err == EBUSY);
  REQUIRE(remove_rootfs(store, dir));
  CHECK(remove_image(store, "empty"));
  auto gone = prepare_rootfs(store, image, dir);
  REQUIRE(!gone);
  CHECK(gone.error().err == ENOENT);
  CHECK(list_uses(store)->empty());
}
