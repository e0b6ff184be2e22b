#include "runtime/oci/spec.h"

#include <sched.h>

#include <doctest/doctest.h>

#include "base/log.h"
#include "tests/unit/oci/config.h"

namespace {

oci::Spec spec_of(std::string_view text) {
  auto spec = oci::read_spec(text, "/bundle");
  REQUIRE_MESSAGE(spec, spec.error().text());
  return *spec;
}

using Strings = std::vector<std::string>;

std::string warnings;

}  // namespace

TEST_CASE("oci: the top of config.json is read, host paths against the bundle") {
  const oci::Spec spec = spec_of(kConfig);
  CHECK(spec.version == "1.0.2-dev");
  CHECK(spec.root.path == "/bundle/rootfs");
  CHECK(spec.root.readonly);
  CHECK(spec.hostname == "web");
  CHECK(spec.domainname == "example");
  CHECK(spec.annotations.at("io.example.key") == "value");
  REQUIRE(spec.mounts.size() == 2);
  CHECK(spec.mounts[0].source == "proc");
  CHECK(spec.mounts[1].destination == "/data");
  CHECK(spec.mounts[1].source == "/bundle/volume");
  CHECK(spec.mounts[1].options == Strings{"rbind", "ro"});
  CHECK(spec.hooks.prestart.at(0).timeout == 0);
  CHECK(spec.hooks.poststop.at(0).args == Strings{"b", "1"});
  CHECK(spec.hooks.poststop.at(0).env == Strings{"X=1"});
  CHECK(spec.hooks.poststop.at(0).timeout == 3);
}

TEST_CASE("oci: the process is read") {
  const oci::Spec spec = spec_of(kConfig);
  REQUIRE(spec.process);
  const sandbox::Process& process = *spec.process;
  CHECK(process.terminal);
  CHECK(process.console_height == 25);
  CHECK(process.console_width == 80);
  CHECK(process.user.uid == 1000);
  CHECK(process.user.gid == 3000);
  CHECK(process.user.umask == 022u);
  CHECK(process.user.additional_gids == std::vector<uint32_t>{5, 6});
  CHECK(process.args == Strings{"sh", "-c", "true"});
  CHECK(process.env == Strings{"PATH=/bin", "EMPTY="});
  CHECK(process.cwd == "/srv");
  REQUIRE(process.capabilities);
  CHECK(process.capabilities->bounding == 0b100001);
  CHECK(process.capabilities->effective == 0b100000);
  CHECK(process.capabilities->inheritable == 0);
  CHECK(process.capabilities->ambient == 0b100000);
  REQUIRE(process.rlimits.size() == 2);
  CHECK(process.rlimits[0].resource == RLIMIT_NOFILE);
  CHECK(process.rlimits[0].soft == 512);
  CHECK(process.rlimits[1].hard == RLIM_INFINITY);
  CHECK(process.no_new_privileges);
  CHECK(process.apparmor_profile == "docker-default");
  CHECK(process.oom_score_adj == -500);
}

TEST_CASE("oci: the linux part is read") {
  const oci::Spec spec = spec_of(kConfig);
  CHECK(spec.namespaces.size() == 7);
  REQUIRE(spec.find_namespace(CLONE_NEWNET));
  CHECK(spec.find_namespace(CLONE_NEWNET)->path == "/run/netns/none");
  CHECK(!spec.find_namespace(CLONE_NEWTIME));
  CHECK(spec.uid_mappings.at(0).host_id == 100000);
  CHECK(spec.gid_mappings.at(0).size == 65536);
  REQUIRE(spec.devices.size() == 2);
  CHECK(spec.devices[0].mode == 0666);
  CHECK(spec.devices[0].minor == 229);
  CHECK(spec.devices[0].gid == 2);
  CHECK(spec.devices[1].type == 'p');
  CHECK(spec.sysctl.size() == 2);
  REQUIRE(spec.seccomp);
  CHECK(spec.seccomp->default_errno_ret == 38u);
  CHECK(spec.seccomp->rules.at(0).names == Strings{"clone", "openat"});
  CHECK(spec.seccomp->rules.at(0).args.at(0).value_two == 3);
  CHECK(spec.rootfs_propagation == "rslave");
  CHECK(spec.masked_paths == Strings{"/proc/kcore"});
  CHECK(spec.cgroups_path == "/web");
}

TEST_CASE("oci: the resources are read") {
  const cgroups::Resources resources = spec_of(kConfig).resources;
  CHECK(resources.memory.limit == 209715200);
  CHECK(resources.memory.swap == -1);
  CHECK(resources.memory.check_before_update);
  CHECK(resources.cpu.shares == 512u);
  CHECK(resources.cpu.quota == 50000);
  CHECK(resources.cpu.cpus == "0-1");
  CHECK(resources.pids_limit == 100);
  CHECK(resources.io.weight == 500);
  CHECK(resources.io.weight_device.at(0).value == 100);
  CHECK(resources.io.read_bps.at(0).minor == 16);
  CHECK(resources.io.write_bps.empty());
  CHECK(resources.hugepages.at(0).page_size == "2MB");
  CHECK(resources.unified.at("memory.high") == "100000");
  REQUIRE(resources.devices.size() == 2);
  CHECK(!resources.devices[0].allow);
  CHECK(resources.devices[0].type == 'a');
  CHECK(resources.devices[0].make);
  CHECK(resources.devices[1].major == 10);
  CHECK(!resources.devices[1].minor);
  CHECK(!resources.devices[1].make);
}

TEST_CASE("oci: unknown fields and nulls are as if they were not there") {
  const oci::Spec spec = spec_of(R"({"ociVersion": "1.3.0", "root": {"path": "/r"}, "linux": null, "vm": {"kernel": 1},
                                     "process": {"args": ["a"], "cwd": "/", "env": null, "scheduler": null}})");
  CHECK(spec.root.path == "/r");
  CHECK(spec.process->env.empty());
  CHECK(!spec.process->capabilities);
  CHECK(spec.namespaces.empty());
}

TEST_CASE("oci: a capability that nobody knows is a warning, not an error (spec 1.1)") {
  warnings.clear();
  set_log_sink([](std::string_view level, std::string_view message) {
    warnings += std::string(level) + " " + std::string(message) + "\n";
  });
  const oci::Spec spec = spec_of(spoiled(R"("effective": ["CAP_KILL"])", R"("effective": ["CAP_KILL", "CAP_FLY"])"));
  set_log_sink(nullptr);
  CHECK(spec.process->capabilities->effective == 0b100000);
  CHECK(warnings == "warning process.capabilities.effective[1]: unknown capability 'CAP_FLY' is left out\n");
}

TEST_CASE("oci: the config that `spec` writes is one we read, with what runc's has") {
  const oci::Spec spec = spec_of(oci::default_config());
  CHECK(spec.process->terminal);
  CHECK(spec.process->args == Strings{"sh"});
  CHECK(spec.process->capabilities->bounding == ((1u << 29) | (1u << 5) | (1u << 10)));
  CHECK(spec.process->capabilities->inheritable == 0);
  CHECK(spec.process->no_new_privileges);
  CHECK(spec.root.readonly);
  CHECK(spec.mounts.size() == 7);
  CHECK(spec.namespaces.size() == 6);
  CHECK(spec.masked_paths.size() > 5);
  CHECK(spec.resources.devices.size() == 1);
}

TEST_CASE("oci: the config for a rootless container maps the caller's ids") {
  const oci::Spec spec = spec_of(oci::default_config(oci::RootlessIds{1000, 100}));
  CHECK(spec.uid_mappings.at(0).host_id == 1000);
  CHECK(spec.gid_mappings.at(0).host_id == 100);
  CHECK(spec.resources.devices.empty());
  CHECK(spec.namespaces.size() == 7);
}

TEST_CASE("oci: process and resources stand alone for exec and update") {
  auto process = oci::read_process(R"({"args": ["id"], "cwd": "/"})", "process.json");
  REQUIRE(process);
  CHECK(process->args == Strings{"id"});
  auto no_args = oci::read_process(R"({"cwd": "/"})", "process.json");
  REQUIRE(!no_args);
  CHECK(no_args.error().text() == "process.json: args: missing");
  auto resources = oci::read_resources(R"({"memory": {"limit": 4096}})", "-");
  REQUIRE(resources);
  CHECK(resources->memory.limit == 4096);
}
