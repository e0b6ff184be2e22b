"""podman's verbs with nacelle and with crun, by root, with the cgroupfs manager: the same comes out."""

from harness import contains, equal, run, skip, test
from harness.command import sh
from harness.podman import Podman, nothing_left
from harness.podman_verbs import kube_play, life, notified, others

NOTIFY = ["sh", "-c", "systemd-notify --ready --status=up; sleep 1000"]


def same(verbs, *arguments, **more):
    """Runs the verbs with both runtimes, and compares what every step gave."""
    ours, theirs = (verbs(Podman(runtime), *arguments, **more) for runtime in ("nacelle", "crun"))
    for step, said in theirs.items():
        equal(ours[step], said, step)
    nothing_left()
    return ours


@test("create start inspect logs exec top stats pause update cp healthcheck commit stop start kill wait rm: as with crun", timeout=600)
def whole_life():
    ours = same(life)
    equal(ours["limits"], (0, "67108864\n16777216\nmax 100000\n50\n"))
    equal(ours["limits after update"], (0, "134217728\n0\n50000 100000\n50\n"))
    equal([ours[step][0] for step in ("exec", "exec of nothing", "exec when paused", "healthy", "unhealthy")], [4, 127, 255, 0, 1])
    equal((ours["inspect after stop"], ours["wait"]), ((0, "exited 7\n"), (0, "137\n")))
    equal(ours["stats"][1][1:], ["67.11MB", True])


@test("attach, --preserve-fds, --cgroups=disabled, --userns=auto, the host's namespaces, --privileged: as with crun", timeout=600)
def other_verbs():
    for file in "/etc/subuid", "/etc/subgid":  # where --userns=auto takes its ids from
        with open(file, "a") as opened:
            opened.write("containers:200000:1000000\n")
    ours = same(others)
    contains(ours["attach"][1], "got typed\n")
    equal(ours["inspect after attach"], (0, "3\n"))
    equal([ours[step][0] for step in ("cgroups disabled", "userns auto", "not there", "not executable")], [0, 0, 127, 126])


@test("kube play, pod ps, logs, kube down", timeout=300)
def play():
    # Not compared: in a pod's cgroup, as podman 4.3 makes it itself, crun may not make /dev/null.
    equal([(step, code) for step, (code, _) in kube_play(Podman("nacelle")).items() if code != 0], [])
    nothing_left()


@test("--sdnotify=conmon and container: READY=1 comes from whom it should, as with crun", timeout=300)
def sdnotify():
    for mode, command in ("conmon", ["sleep", "1000"]), ("container", NOTIFY):
        ours, theirs = (notified(Podman(runtime), mode, *command) for runtime in ("nacelle", "crun"))
        equal(ours, theirs, mode)


@test("container checkpoint and restore: the program goes on where it was", timeout=300)
def checkpoint():
    podman = Podman("nacelle")
    box = podman.background("localhost/busybox-test:latest", "sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.2; done")
    if sh(podman.options[1], "checkpoint", "--help").code != 0:
        skip("nacelle has no checkpoint yet")
    podman("container", "checkpoint", box.name).ok()
    before = len(podman("logs", box.name).ok().lines())
    podman("container", "restore", box.name).ok()
    lines = podman("logs", box.name).ok().lines()
    equal(lines[:before + 1], [str(n) for n in range(1, before + 2)])


run()
