"""appArmorProfile of pods on a kernel with AppArmor."""

from harness import contains, defer, equal, eventually, matches, run, sh, temp_dir, test, that
from harness.pods import SLEEP, Node, pod, shell

NAME = "k8s-apparmor-example-deny-write"
# As the Kubernetes page on AppArmor has it.
PROFILE = """
#include <tunables/global>

profile k8s-apparmor-example-deny-write flags=(attach_disconnected) {
  #include <abstractions/base>

  file,

  # Deny all file writes.
  deny /** w,
}
"""


def load():
    file = temp_dir() / "profile"
    file.write_text(PROFILE)
    sh("apparmor_parser", "--replace", "--skip-cache", file).ok()
    defer(lambda: sh("apparmor_parser", "--remove", "--skip-cache", file).ok())


def context(kind, name=None):
    return {"securityContext": {"appArmorProfile": {"type": kind, **({"localhostProfile": name} if name else {})}}}


def label(node, container):
    return node.kube("exec", "web", "-c", container, "--", "cat", "/proc/1/attr/current").ok().out.strip("\n\0")


@test("saying nothing and RuntimeDefault are the profile that we load, Localhost is the node's, the container's word wins")
def profiles():
    load()
    node = Node()
    node.apply(pod("web", shell(SLEEP), shell(SLEEP, **context("RuntimeDefault")), shell(SLEEP, **context("Localhost", NAME)),
                   shell(SLEEP, **context("Unconfined")), shell(SLEEP, securityContext={"privileged": True}))).ok()
    node.ready("web", timeout=120)
    labels = [label(node, f"c{number}") for number in range(5)]
    equal(labels, ["nacelle-default (enforce)"] * 2 + [f"{NAME} (enforce)"] + ["unconfined"] * 2)
    contains(node.kube("exec", "web", "-c", "c2", "--", "touch", "/tmp/test").exits(1).err, "/tmp/test: Permission denied")
    node.kube("exec", "web", "-c", "c0", "--", "touch", "/tmp/test").ok()


@test("the default profile keeps a container with every capability from mounting and from the kernel's settings")
def default_holds():
    node = Node()
    node.apply(pod("web", shell(SLEEP, securityContext={"capabilities": {"add": ["ALL"]}}))).ok()
    node.ready("web", timeout=120)
    inside = lambda *command: node.kube("exec", "web", "--", *command)
    matches(inside("mount", "-t", "tmpfs", "none", "/tmp").fails().err, "ermission denied")
    # With the read-only mount out of the way the profile is all that is left.
    inside("umount", "/proc/sys").ok()
    contains(inside("sh", "-c", "echo x >/proc/sys/kernel/core_pattern").fails().err, "Permission denied")
    inside("sh", "-c", "echo 1 >/proc/sys/kernel/shm_rmid_forced").ok()
    inside("sh", "-c", "kill -0 1").ok()


@test("a profile that is not loaded: the pod says so in get, and an event what to do; the old annotation is heard")
def unknown():
    node = Node()
    node.apply(pod("web", shell(SLEEP, **context("Localhost", "k8s-apparmor-example-allow-write")))).ok()
    eventually(lambda: equal(node.status("web")["state"]["waiting"]["reason"], "CreateContainerError"))
    contains(node.status("web")["state"]["waiting"]["message"], "apparmor profile not found k8s-apparmor-example-allow-write")
    matches(node.kube("get", "pod", "web").ok().out, r"^web +0/1 +CreateContainerError ")
    contains(node.kube("events", "--for", "pod/web").ok().out, "load it on this host with apparmor_parser -r FILE")
    old = pod("old", shell(SLEEP)).replace('"name": "old"', '"name": "old", "annotations": '
                                           '{"container.apparmor.security.beta.kubernetes.io/c0": "localhost/nosuch"}', 1)
    node.apply(old).ok()
    eventually(lambda: contains(node.status("old")["state"]["waiting"]["message"], "apparmor profile not found nosuch"))
    that(not node.status("old")["ready"], "it runs")


run()
