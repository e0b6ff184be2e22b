#include "runtime/shim/binary/group.h"

#include <doctest/doctest.h>

#include "tests/unit/shim-options/scratch.h"

using namespace shim;

namespace {

Result<std::string> group_of(std::string_view config) {
  const Scratch bundle;
  bundle.file("config.json", config);
  return read_group(bundle.path, "own");
}

}  // namespace

TEST_CASE("group: the annotation of containerd's shim, then the pod's sandbox, then the container itself") {
  CHECK(*group_of(R"({"annotations": {"io.containerd.runc.v2.group": "g", "io.kubernetes.cri.sandbox-id": "s"}})") ==
        "g");
  CHECK(*group_of(R"({"annotations": {"io.containerd.runc.v2.group": "", "io.kubernetes.cri.sandbox-id": "s"}})") ==
        "s");
  CHECK(*group_of(R"({"annotations": {"io.kubernetes.cri.container-type": "container"}})") == "own");
  CHECK(*group_of(R"({"annotations": null})") == "own");
  CHECK(*group_of("{}") == "own");
}

TEST_CASE(
    "group: a sandbox without config.json is its own; a folder that is not there, too, for start fails elsewhere") {
  const Scratch bundle;
  CHECK(*read_group(bundle.path, "own") == "own");
}

TEST_CASE("group: what is wrong in config.json is named") {
  CHECK(group_of("{").error().text().starts_with("config.json: line 1, column "));
  CHECK(group_of(R"({"annotations": {"io.kubernetes.cri.sandbox-id": 5}})").error().text() ==
        "config.json: annotations['io.kubernetes.cri.sandbox-id']: not a string");
  CHECK(group_of(R"({"annotations": {"io.containerd.runc.v2.group": "../k8s.io/pod"}})").error().text() ==
        "config.json: annotations['io.containerd.runc.v2.group']: '../k8s.io/pod' is not a name");
}

TEST_CASE("group: the socket's name is that of containerd's own shims") {
  constexpr const char* kPath = "/run/containerd/s/8e264b1ad347c80aee5f3dea6e4bb53d72026989222058782273d5db043c7723";
  CHECK(*socket_path("/run/containerd/s", "/run/containerd/containerd.sock", "k8s.io", "pod1") == kPath);
  // Go's filepath.Join cleans what it has joined.
  CHECK(*socket_path("/run/containerd/s", "/run//containerd/./containerd.sock", "k8s.io", "pod1") == kPath);
  CHECK(*socket_path("/run/containerd/s", "/run/containerd/containerd.sock", "k8s.io", "pod2") != kPath);
  CHECK(*socket_path("/run/containerd/s", "/run/other/containerd.sock", "k8s.io", "pod1") != kPath);
}

TEST_CASE("group: a socket's path has 106 bytes at most") {
  CHECK(socket_path("/" + std::string(40, 'd'), "/a", "ns", "g")->size() == 106);
  const auto longer = socket_path("/" + std::string(41, 'd'), "/a", "ns", "g");
  REQUIRE_FALSE(longer);
  CHECK(longer.error().text().ends_with("': longer than 106 bytes (hint: a socket directory of at most 41 bytes)"));
}

TEST_CASE("group: addresses and paths") {
  CHECK(address_of("/run/s/x") == "unix:///run/s/x");
  CHECK(path_of("unix:///run/s/x") == "/run/s/x");
  CHECK(path_of("/run/s/x") == "/run/s/x");
}
