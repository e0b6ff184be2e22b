"""podman's verbs with nacelle and with crun, by root, with the cgroupfs manager: the same comes out."""

from harness import contains, equal, run, test
from harness.peers import same_as
from harness.podman import Podman, nothing_left
from harness.podman_verbs import checkpoint, kube_play, life, moved, notified, others

NOTIFY = ["sh", "-c", "systemd-notify --ready --status=up; sleep 1000"]


def same(verbs, peer="crun"):
    """Runs the verbs with nacelle and with a peer, and compares what every step gave."""
    ours = same_as(peer, lambda runtime: verbs(Podman(runtime)))
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


@test("container checkpoint and restore, --leave-running: the program goes on where it was, as with runc", timeout=600)
def checkpointed():
    ours = same(checkpoint, peer="runc")  # Debian's crun is built without criu
    equal([step for step, (code, _) in ours.items() if code != 0], [])
    equal((ours["counted"], ours["counted on"]), ((0, "in order"), (0, "in order")))


@test("container checkpoint --export and restore --import: the program goes on under another name", timeout=300)
def imported():
    # Not compared: with Debian's runc the imported container is not running.
    moved(Podman("nacelle"))
    nothing_left()


run()
