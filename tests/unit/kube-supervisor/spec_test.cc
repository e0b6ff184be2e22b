#include <doctest/doctest.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/sandbox/container_spec.h"
#include "runtime/kube/sandbox/host_files.h"
#include "runtime/kube/sandbox/sub_paths.h"
#include "runtime/oci/spec_json.h"
#include "security/capabilities.h"

namespace {

using Words = std::vector<std::string>;

// A pod of one container, and all that is known of it before it starts.
struct Setting {
  kube::Pod pod;
  images::ImageConfig image;
  kube::PodContext context;
  kube::ContainerContext container;

  Setting() {
    pod.metadata = {.name = "web", .ns = "default", .uid = "U"};
    pod.spec.containers.resize(1);
    pod.spec.containers[0].name = "c";
    pod.spec.containers[0].termination_message_path = "/dev/termination-log";
    image.entrypoint = {"/entry"};
    image.cmd = {"default"};
  }

  Result<oci::Spec> spec() {
    context.pod = &pod;
    context.data_dir = "/data";
    context.cgroup_path = "/kubepods/besteffort/podU";
    context.sandbox_pid = 42;
    context.node.name = "node";
    container.pod = &context;
    container.container = &pod.spec.containers[0];
    container.image = &image;
    container.id = "ID";
    container.dir = "/data/containers/c";
    container.rootfs = "/data/containers/c/rootfs";
    container.identity.home = "/root";
    return kube::container_spec(container);
  }
};

std::string path_of(const oci::Spec& spec, int type) {
  const auto* found = spec.find_namespace(type);
  return found ? found->path : "none";
}

const sandbox::Mount* find_mount(const oci::Spec& spec, const std::string& destination) {
  const auto found = std::ranges::find(spec.mounts, destination, &sandbox::Mount::destination);
  return found == spec.mounts.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("arguments: command hides entrypoint and cmd, args only cmd") {
  images::ImageConfig image;
  image.entrypoint = {"/entry"};
  image.cmd = {"default"};
  kube::Container container;
  std::vector<kube::EnvVar> env;
  CHECK(*kube::container_arguments(container, env, image) == Words{"/entry", "default"});
  container.args = {"own"};
  CHECK(*kube::container_arguments(container, env, image) == Words{"/entry", "own"});
  container.command = {"run", "$(WHO)"};
  env = {{"WHO", "me"}};
  CHECK(*kube::container_arguments(container, env, image) == Words{"run", "me", "own"});
  container.args.clear();
  CHECK(*kube::container_arguments(container, env, image) == Words{"run", "me"});
  CHECK(kube::container_arguments(kube::Container{}, {}, {}).error().message == "no command specified");
}

TEST_CASE("env: the pod's over the image's over what a CRI sets") {
  Setting setting;
  setting.image.env = {"PATH=/image", "LANG=C"};
  setting.container.env = {{"LANG", "de"}, {"SUM", "de!"}};
  const auto spec = setting.spec();
  REQUIRE(spec);
  CHECK(spec->process->env == Words{"PATH=/image", "HOSTNAME=web", "LANG=de", "SUM=de!", "HOME=/root"});
}

TEST_CASE("namespaces: the sandbox's network, ipc and uts; a pid namespace of its own or the sandbox's") {
  Setting setting;
  auto spec = *setting.spec();
  CHECK(path_of(spec, CLONE_NEWNET) == "/proc/42/ns/net");
  CHECK(path_of(spec, CLONE_NEWIPC) == "/proc/42/ns/ipc");
  CHECK(path_of(spec, CLONE_NEWUTS) == "/proc/42/ns/uts");
  CHECK(path_of(spec, CLONE_NEWPID).empty());
  CHECK(path_of(spec, CLONE_NEWCGROUP).empty());
  CHECK(spec.cgroups_path == "/kubepods/besteffort/podU/ID");
  setting.pod.spec.share_process_namespace = true;
  setting.pod.spec.host_network = true;
  spec = *setting.spec();
  CHECK(path_of(spec, CLONE_NEWPID) == "/proc/42/ns/pid");
  CHECK(path_of(spec, CLONE_NEWNET) == "none");
  CHECK(path_of(spec, CLONE_NEWUTS) == "none");
}

TEST_CASE("mounts: volumes outer before inner, and in the place of what a CRI mounts") {
  Setting setting;
  setting.pod.spec.volumes = {{.name = "v"}, {.name = "w"}};
  setting.pod.spec.containers[0].volume_mounts = {{.name = "w", .mount_path = "/a/b/"},
                                                  {.name = "v", .read_only = true, .mount_path = "/a"},
                                                  {.name = "v", .mount_path = "/dev/shm"}};
  const auto spec = *setting.spec();
  const auto* outer = find_mount(spec, "/a");
  const auto* inner = find_mount(spec, "/a/b");
  REQUIRE(outer);
  REQUIRE(inner);
  CHECK(outer < inner);
  CHECK(outer->source == "/data/volumes/v");
  CHECK(outer->options.back() == "ro");
  CHECK(inner->options.back() == "rw");
  CHECK(find_mount(spec, "/dev/shm")->source == "/data/volumes/v");
  CHECK(std::ranges::count(spec.mounts, "/dev/shm", &sandbox::Mount::destination) == 1);
  setting.pod.spec.containers[0].volume_mounts = {{.name = "nosuch", .mount_path = "/a"}};
  CHECK(setting.spec().error().message == "volume 'nosuch' not found");
}

TEST_CASE("mounts: propagation, recursive read-only, sub paths; images and claims may be read-only by themselves") {
  Setting setting;
  setting.pod.spec.volumes = {{.name = "v"}, {.name = "i"}, {.name = "c"}};
  setting.pod.spec.volumes[1].image = {"artifact", "Never"};
  setting.pod.spec.volumes[2].claim = {"claim", true};
  setting.pod.spec.containers[0].volume_mounts = {
      {.name = "v", .mount_path = "/none"},
      {.name = "v", .mount_path = "/slave", .mount_propagation = "HostToContainer"},
      {.name = "v", .read_only = true, .recursive_read_only = "IfPossible", .mount_path = "/all"},
      {.name = "v", .mount_path = "/sub", .sub_path = "a/b"},
      {.name = "i", .mount_path = "/image"},
      {.name = "c", .mount_path = "/claim"}};
  const auto options = [&](const std::string& place) { return find_mount(*setting.spec(), place)->options; };
  CHECK(options("/none") == Words{"rbind", "rprivate", "rw"});
  CHECK(options("/slave") == Words{"rbind", "rslave", "rw"});
  CHECK(options("/all") == Words{"rbind", "rprivate", "ro", "rro"});
  CHECK(options("/image").back() == "ro");
  CHECK(options("/claim").back() == "ro");
  CHECK(find_mount(*setting.spec(), "/sub")->source == "/data/containers/c/sub-paths/3");
  CHECK(setting.spec()->rootfs_propagation.empty());
  setting.pod.spec.containers[0].volume_mounts[1].mount_propagation = "Bidirectional";
  CHECK(options("/slave") == Words{"rbind", "rshared", "rw"});
  CHECK(setting.spec()->rootfs_propagation == "rshared");
}

TEST_CASE("sub paths: expanded as the kubelet does it, and what it refuses") {
  const std::vector<kube::EnvVar> env = {{"POD", "web"}, {"UP", ".."}, {"ROOT", "/etc"}, {"EMPTY", ""}};
  const auto path = [&](const std::string& expression) {
    const Result<std::string> found = kube::sub_path_of({.sub_path_expr = expression}, env);
    return found ? *found : found.error().message;
  };
  CHECK(*kube::sub_path_of({.sub_path = "$(POD)"}, env) == "$(POD)");
  CHECK(path("logs/$(POD).log") == "logs/web.log");
  CHECK(path("$$(POD)/$") == "$(POD)/$");
  CHECK(path("$(EMPTY)$(B)$(A)$(B)") == "missing value for A, B, EMPTY");
  CHECK(path("$(POD") == "$(POD");
  CHECK(path("$(UP)") == "unable to provision SubPath `..`: must not contain '..'");
  CHECK(path("a/$(UP)/b") == "unable to provision SubPath `a/../b`: must not contain '..'");
  CHECK(path("$(UP).x") == "...x");
  CHECK(path("$(ROOT)/x") == "error SubPath `/etc/x` must not be an absolute path");
}

TEST_CASE("capabilities: defaults, ALL, and both together") {
  const auto bounding = [](const Words& add, const Words& drop) {
    kube::EffectiveSecurity security;
    security.add = {add.begin(), add.end()};
    security.drop = {drop.begin(), drop.end()};
    return kube::resolve_capabilities(security)->bounding;
  };
  CHECK(bounding({}, {}) == security::default_capabilities());
  CHECK(bounding({}, {"ALL"}) == 0);
  CHECK(bounding({"NET_ADMIN"}, {"all"}) == 1U << 12);
  CHECK(bounding({"cap_net_admin"}, {}) == (security::default_capabilities() | 1U << 12));
  CHECK(bounding({"ALL"}, {"CHOWN"}) == (security::all_capabilities() & ~security::CapabilityMask{1}));
  kube::EffectiveSecurity wrong;
  wrong.add = {"FLY"};
  CHECK(kube::resolve_capabilities(wrong).error().message == "unknown capability 'FLY'");
}

TEST_CASE("the sandbox: pause alone, without any privilege, with the pod's host name") {
  Setting setting;
  (void)setting.spec();
  const auto spec = *kube::sandbox_spec(setting.context, "S", "/data/sandbox/rootfs");
  CHECK(spec.process->args == Words{"/pause"});
  CHECK(spec.process->capabilities->bounding == 0);
  CHECK(spec.process->no_new_privileges);
  CHECK(spec.hostname == "web");
  CHECK(spec.mounts.empty());
  CHECK(path_of(spec, CLONE_NEWNET).empty());
}

TEST_CASE("host names: the pod's own, cut to 63 letters, the node's with hostNetwork") {
  kube::Pod pod;
  kube::NodeInfo node;
  node.name = "node";
  pod.metadata.name = std::string(62, 'a') + "-.b";
  CHECK(kube::pod_hostname(pod, node) == std::string(62, 'a'));
  pod.spec.hostname = "chosen";
  CHECK(kube::pod_hostname(pod, node) == "chosen");
  pod.spec.host_network = true;
  CHECK(kube::pod_hostname(pod, node) == "node");
}

TEST_CASE("scores below what the host allows become the least that it allows") {
  Setting setting;
  (void)setting.spec();
  CHECK(kube::container_oom_score_adj(setting.context, setting.pod.spec.containers[0]) == 1000);
  CHECK(kube::sandbox_spec(setting.context, "S", "/r")->process->oom_score_adj == -998);
  setting.context.node.least_oom_score_adj = 100;
  CHECK(kube::sandbox_spec(setting.context, "S", "/r")->process->oom_score_adj == 100);
}

TEST_CASE("stop signals of images") {
  CHECK(kube::stop_signal("SIGQUIT") == SIGQUIT);
  CHECK(kube::stop_signal("3") == SIGQUIT);
  CHECK(kube::stop_signal("") == SIGTERM);
  CHECK(kube::stop_signal("SIGNOTHING") == SIGTERM);
}

TEST_CASE("a spec survives being written as config.json") {
  Setting setting;
  setting.pod.spec.containers[0].tty = true;
  const auto spec = *setting.spec();
  const std::string text = oci::spec_to_json(spec);
  const auto read = oci::read_spec(text, "/bundle");
  REQUIRE_MESSAGE(read, read.error().text());
  CHECK(oci::spec_to_json(*read) == text);
  CHECK(read->process->terminal);
  CHECK(read->mounts.size() == spec.mounts.size());
}

TEST_CASE("/etc/hosts") {
  CHECK(kube::pod_hosts("web", "", {}).ends_with("127.0.0.1\tweb\n"));
  CHECK(kube::pod_hosts("web", "", {}, "10.0.0.2").ends_with("10.0.0.2\tweb\n"));
  CHECK(kube::host_network_hosts("1.2.3.4 host\n", {}) ==
        "# Kubernetes-managed hosts file (host network).\n1.2.3.4 host\n");
}
