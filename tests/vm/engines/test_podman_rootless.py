"""podman's verbs with nacelle and with crun, by an ordinary user without a cgroup of his own: the same comes out."""

from harness import equal, matches, run, test
from harness.machine_user import UID, RUNTIME_DIR, MachineUser
from harness.image import IMAGE
from harness.peers import same_as
from harness.podman import Podman
from harness.podman_verbs import kube_play, life, others


def by_user(runtime):
    return Podman(runtime, user=MachineUser())


def same(verbs, **more):
    """Runs the verbs with both runtimes, and compares what every step gave."""
    ours = same_as("crun", lambda runtime: verbs(by_user(runtime), **more))
    equal([path.name for path in (RUNTIME_DIR / "nacelle").iterdir()], [".empty"])
    return ours


@test("create start inspect logs exec top cp healthcheck commit stop start kill wait rm: as with crun", timeout=600)
def whole_life():
    ours = same(life, has_cgroup=False)
    equal([ours[step][0] for step in ("exec", "exec of nothing", "healthy", "unhealthy")], [4, 127, 0, 1])
    equal((ours["inspect after stop"], ours["wait"]), ((0, "exited 7\n"), (0, "137\n")))


@test("attach, --preserve-fds, --cgroups=disabled, --userns=auto and keep-id, the host's namespaces: as with crun", timeout=600)
def other_verbs():
    ours = same(others, rootless=True)
    equal(ours["keep-id"][1].split()[0], str(UID))
    equal([ours[step][0] for step in ("cgroups disabled", "userns auto", "keep-id", "not there")], [0, 0, 0, 127])


@test("kube play, pod ps, logs, kube down: as with crun", timeout=300)
def play():
    equal([code for code, _ in same(kube_play).values()], [0, 0, 0])


@test("a limit is not dropped, as crun does it, but refused, with a word on what gives a user one", timeout=120)
def limits():
    refused = by_user("nacelle").run("--memory", "64m", IMAGE, "true").exits(126)
    matches(refused.err, r"linux\.resources\.memory\..*: make cgroup .*Permission denied \(hint: .*Delegate=yes")
    equal(by_user("crun").run("--memory", "64m", IMAGE, "true").code, 0)


run()
