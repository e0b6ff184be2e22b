"""containerd-shim-nacelle-v2 `delete`: what containerd runs when a shim has died."""

import pathlib
import time

from harness import contains, equal, eventually, excludes, run, sh, test, that, time_scale
from harness.bundle import Container
from harness.leaks import begin
from harness.shim_program import Pod, hide_run, is_served, shim, socket_of
from harness.ttrpc import TIMESTAMP, decode

DELETED = {"pid": (1, int), "exit_status": (2, int), "exited_at": (3, TIMESTAMP)}

begin()
hide_run()


def delete(pod, id):
    """`delete`, which always succeeds. Gives what it said: the answer, the warnings."""
    began = time.monotonic()
    outcome = shim(*pod.words("delete", id, "-bundle", pod.folder / id), cwd="/")
    that(time.monotonic() - began < 5 * time_scale(), "containerd would have killed it")
    equal(outcome.returncode, 0, outcome.stderr.decode())
    answer = decode(DELETED, outcome.stdout)
    that(abs(answer["exited_at"]["seconds"] - time.time()) < 60, f"{answer}")
    return answer, outcome.stderr.decode()


def orphan(pod, command="sleep 1000", **config):
    """A running container whose shim is gone."""
    box = Container(command, **config)
    (pod.folder / box.id).symlink_to(box.bundle)
    (box.bundle / "runtime-root").write_text(str(box.state_root))
    sh("mount", "--bind", box.rootfs, box.rootfs).ok()
    sh("mount", "-t", "tmpfs", "none", box.rootfs / "tmp").ok()
    return box, box.up()


@test("delete: kills and removes the container of a shim that has died, and its mounts; the state on disk is enough")
def delete_orphan():
    pod = Pod()
    box, pid = orphan(pod)
    answer, warnings = delete(pod, box.id)
    equal((answer["pid"], answer["exit_status"], warnings), (pid, 137, ""))
    eventually(lambda: not pathlib.Path(f"/proc/{pid}").exists())
    equal(box.states(), [])
    equal(box.cgroups(), [])
    excludes(pathlib.Path("/proc/self/mountinfo").read_text(), str(box.rootfs))


@test("delete: a container that is not there is no error, nor is a bundle with nothing in it")
def delete_nothing():
    pod = Pod()
    bundle = pod.bundle("web")
    equal(delete(pod, "web")[1], "")
    (bundle / "runtime-root").write_text(str(pod.folder / "none"))
    answer, warnings = delete(pod, "web")
    equal((answer["pid"], answer["exit_status"], warnings), (0, 137, ""))


@test("delete: the dead shim's socket goes, a living one's stays")
def delete_socket():
    pod = Pod()
    bundle = pod.bundle("web")
    path = socket_of(pod.started("web"))
    delete(pod, "web")
    that(is_served(path), "the living shim's socket is gone")
    pod.kill()
    delete(pod, "web")
    that(not path.exists(), "the dead shim's socket is left")
    precious = pod.folder / "precious"
    precious.write_text("")
    (bundle / "address").write_text(f"unix://{precious}")
    contains(delete(pod, "web")[1], "is no socket")
    that(precious.exists(), "a file was taken for a socket")


@test("delete: answers in time though a hook hangs")
def delete_hanging():
    pod = Pod()
    box, _ = orphan(pod, hooks={"poststop": [{"path": "/bin/sleep", "args": ["sleep", "6"]}]})
    answer, warnings = delete(pod, box.id)
    equal(answer["exit_status"], 137)
    contains(warnings, f"remove container '{box.id}': takes longer than 4 s, and goes on")
    eventually(lambda: not box.states() and not box.cgroups())
    eventually(lambda: excludes(pathlib.Path("/proc/self/mountinfo").read_text(), str(box.rootfs)) is None)


run()
