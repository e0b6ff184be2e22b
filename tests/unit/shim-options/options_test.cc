#include "runtime/shim/options/options.h"

#include <doctest/doctest.h>

#include "base/log.h"
#include "base/text.h"
#include "runtime/shim/wire/message.h"
#include "runtime/shim/wire/options.h"
#include "tests/unit/shim-options/scratch.h"

using namespace shim;

namespace {

wire::Any toml_options(std::string body) {
  return wire::any_of(wire::RuntimeOptions{.config_body = std::move(body)});
}

std::string problem(const wire::Any& options) {
  const auto read = read_options(options);
  REQUIRE_FALSE(read);
  return read.error().text();
}

// What was warned about meanwhile.
std::string warnings;
struct Warnings {
  Warnings() {
    warnings.clear();
    set_log_sink([](std::string_view, std::string_view message) { warnings += cat(message, "\n"); });
  }
  ~Warnings() { set_log_sink(nullptr); }
};

void check_all(const RuntimeOptions& read) {
  CHECK(read.root == "/run/r");
  CHECK(read.systemd_cgroup);
  CHECK(read.no_pivot);
  CHECK(read.no_new_keyring);
  CHECK(read.io_uid == 1000);
  CHECK(read.io_gid == 1001);
  CHECK(read.shim_cgroup == "/shims");
  CHECK(read.criu_image_path == "/images");
  CHECK(read.criu_work_path == "/work");
}

}  // namespace

TEST_CASE("options: none are the defaults") {
  for (const auto& none : {wire::Any{}, toml_options(""), wire::any_of(wire::RuncOptions{})}) {
    const auto read = read_options(none);
    REQUIRE(read);
    CHECK(read->root.empty());
    CHECK_FALSE(read->systemd_cgroup);
    CHECK(read->io_uid == 0);
  }
}

TEST_CASE("options: the message of containerd's own runtime") {
  const Warnings watched;
  const auto read = read_options(wire::any_of(wire::RuncOptions{.no_pivot_root = true,
                                                                .no_new_keyring = true,
                                                                .shim_cgroup = "/shims",
                                                                .io_uid = 1000,
                                                                .io_gid = 1001,
                                                                .root = "/run/r",
                                                                .systemd_cgroup = true,
                                                                .criu_image_path = "/images",
                                                                .criu_work_path = "/work"}));
  REQUIRE(read);
  check_all(*read);
  CHECK(warnings.empty());
}

TEST_CASE("options: TOML in the message, or in a file, case of keys aside") {
  constexpr const char* kBody = R"(
    Root = "/run/r"
    SystemdCgroup = true
    NoPivotRoot = true
    nonewkeyring = true
    IoUid = 1000
    IOGID = 1001
    ShimCgroup = "/shims"
    CriuImagePath = '/images'
    CriuWorkPath = '/work'
    TypeUrl = "io.containerd.nacelle.v2.options"
  )";
  const auto read = read_options(toml_options(kBody));
  REQUIRE(read);
  check_all(*read);
  const Scratch folder;
  const auto from_file = read_options(wire::any_of(wire::RuntimeOptions{.config_path = folder.file("o.toml", kBody)}));
  REQUIRE(from_file);
  check_all(*from_file);
}

TEST_CASE("options: the table that `containerd config default` writes for runc is taken without a word") {
  const Warnings watched;
  CHECK(
      read_options(toml_options("BinaryName = ''\nCriuImagePath = ''\nCriuPath = ''\nCriuWorkPath = ''\nIoGid = 0\n"
                                "IoUid = 0\nNoNewKeyring = false\nNoPivotRoot = false\nRoot = ''\nShimCgroup = ''\n"
                                "SystemdCgroup = false\n")));
  CHECK(warnings.empty());
}

TEST_CASE("options: what has no effect is warned about") {
  const Warnings watched;
  constexpr const char* kBoth =
      "options: BinaryName has no effect: the runtime is inside this shim\n"
      "options: CriuPath has no effect: the runtime is inside this shim\n";
  CHECK(read_options(toml_options("BinaryName = '/usr/bin/crun'\nCriuPath = '/usr/bin/criu'\n")));
  CHECK(warnings == kBoth);
  warnings.clear();
  CHECK(read_options(wire::any_of(wire::RuncOptions{.binary_name = "crun", .criu_path = "criu"})));
  CHECK(warnings == kBoth);
}

TEST_CASE("options: wrong keys and values are named") {
  CHECK(problem(toml_options("Foot = '/run'")) == "options: unknown key 'Foot'");
  CHECK(problem(toml_options("SystemdCgroup = 'true'")) == "options: SystemdCgroup: not true or false");
  CHECK(problem(toml_options("Root = 5")) == "options: Root: not a string");
  CHECK(problem(toml_options("IoUid = -1")) == "options: IoUid: not a number between 0 and 4294967294");
  CHECK(problem(toml_options("IoGid = 4294967295")) == "options: IoGid: not a number between 0 and 4294967294");
  CHECK(problem(toml_options("Root = 'run'")) == "options: Root: 'run' is not an absolute path");
  CHECK(problem(toml_options("CriuWorkPath = 'w'")) == "options: CriuWorkPath: 'w' is not an absolute path");
  CHECK(problem(wire::any_of(wire::RuncOptions{.root = "run"})) == "options: Root: 'run' is not an absolute path");
  CHECK(problem(toml_options("Root = [")).starts_with("options: line 1: key 'Root': a list"));
}

TEST_CASE("options: a file that is missing, or too large, or wrong, is named") {
  const Scratch folder;
  const auto at = [](const std::string& path) { return wire::any_of(wire::RuntimeOptions{.config_path = path}); };
  CHECK(problem(at("/none.toml")) == "options: open '/none.toml': No such file or directory");
  const std::string wrong = folder.file("wrong.toml", "Foot = 1");
  CHECK(problem(at(wrong)) == "options: '" + wrong + "': unknown key 'Foot'");
  const std::string large = folder.file("large.toml", std::string(100000, '\n'));
  CHECK(problem(at(large)).ends_with("more than 65536 bytes: File too large"));
}

TEST_CASE("options: other types, and bytes that are no message, are refused") {
  CHECK(problem({"example.Options", ""}) == "options: unknown type 'example.Options'");
  CHECK(problem({"containerd.runc.v1.Options", "\xff"}).starts_with("options: malformed message"));
  CHECK(problem({"runtimeoptions.v1.Options", "\xff"}).starts_with("options: malformed message"));
  CHECK(are_options({"containerd.runc.v1.Options", ""}));
  CHECK(are_options({"type.googleapis.com/runtimeoptions.v1.Options", ""}));
  CHECK_FALSE(are_options({"containerd.runc.v1.CheckpointOptions", ""}));
}
