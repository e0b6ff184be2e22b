"""A step that fails: the error line is exact, and cgroups, mounts, processes and files are as before."""

import ctypes
import json
import os
import pathlib

from harness import contains, equal, eventually, matches, run, test
from harness.bundle import NAMESPACES, Container, cgroup_mount, cgroups_named, mount, namespaces

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_CHILD_SUBREAPER, CLONE_NEWNS, MS_REC, MS_PRIVATE = 36, 0x20000, 0x4000, 0x40000


def isolate():
    """From now on what others do on the machine is not seen: mounts are this process's own, and whatever process is left
    behind becomes its child."""
    if LIBC.unshare(CLONE_NEWNS) or LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
        raise OSError(ctypes.get_errno(), "private mount namespace")
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children():
    """Processes below this one, whatever they are."""
    pid = os.getpid()
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:  # what has ended, and waits only for us to take note
            pass
    except ChildProcessError:
        pass
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def files(folder):
    """path -> kind and content of all below a folder; a root's own content is left out but for the names in it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if name != "state/.empty" and path.name != ".empty":
            found[name] = path.read_bytes() if path.is_file() and not name.startswith("bundle/rootfs") else path.is_dir()
    return found


def snapshot(box):
    """All that a container could leave: cgroups, mounts, processes, files."""
    places = [path for path in files(box.folder) if not path.startswith("bundle/rootfs/")]
    return {"mounts": pathlib.Path("/proc/self/mountinfo").read_text(), "children": children(),
            "cgroups": cgroups_named(box.id), "files": sorted(path for path in places if path != "state"),
            "config": (box.bundle / "config.json").read_text()}


def leaves_nothing(box, line, verb="create"):
    """The command fails with exactly this line on stderr, nothing on stdout and in the log, and nothing is left."""
    before = snapshot(box)
    outcome = getattr(box, verb)().exits(1)
    equal(outcome.err, f"nacelle: create '{box.id}': {line}\n")
    equal(outcome.out, "")
    after = snapshot(box)
    for what, was in before.items():
        equal(after[what], was, f"{what} after: {line}")


isolate()


@test("a missing bundle, config.json or root")
def missing_root():
    box = Container(root={"path": "nonesuch"})
    leaves_nothing(box, f"root.path '{box.bundle}/nonesuch': No such file or directory")
    leaves_nothing(Container(root={"path": "/etc/passwd"}), "root.path '/etc/passwd': Not a directory")
    box = Container()
    missing = box.call("create", "--bundle", "/nonesuch", box.id).exits(1)
    equal(missing.err, f"nacelle: create '{box.id}': bundle '/nonesuch': find '/nonesuch': No such file or directory\n")
    (box.bundle / "config.json").unlink()
    equal(box.create().exits(1).err, f"nacelle: create '{box.id}': find '{box.bundle}/config.json': "
                                         "No such file or directory\n")


@test("mounts: an unknown file system, a missing source, an option that the file system does not know, a place that cannot be")
def bad_mounts():
    leaves_nothing(Container(mounts=[mount("/data", "nonesuchfs", "none")]),
                   "mounts[7] '/data': fsopen 'nonesuchfs': No such device (hint: this kernel has no such file system)")
    leaves_nothing(Container(mounts=[mount("/data", "bind", "/nonesuch/source", "bind")]),
                   "mounts[7] '/data': open_tree '/nonesuch/source': No such file or directory "
                   "(hint: the source of the mount does not exist on the host)")
    leaves_nothing(Container(mounts=[mount("/data", "tmpfs", "tmpfs", "size=1m", "colour=red")]),
                   "mounts[7] '/data': option 'colour=red': tmpfs: Unknown parameter 'colour': Invalid argument")
    leaves_nothing(Container(mounts=[mount("/data", "tmpfs", "tmpfs", "size=many")]),
                   "mounts[7] '/data': option 'size=many': tmpfs: Bad value for 'size': Invalid argument")
    leaves_nothing(Container(mounts=[mount("/etc/passwd/data", "tmpfs", "tmpfs")]),
                   "mounts[7] '/etc/passwd/data': openat2: Not a directory")
    leaves_nothing(Container(mounts=[mount("/etc/passwd", "tmpfs", "tmpfs")]),
                   "mounts[7] '/etc/passwd': move_mount: Invalid argument "
                   "(hint: a directory is mounted on a file, or a file on a directory)")
    leaves_nothing(Container(mounts=[mount("/data", "", "none")]),
                   "mounts[7] '/data': type: missing, and the options name no bind")


@test("namespaces: an unknown type, a type twice, a path that is no namespace")
def bad_namespaces():
    leaves_nothing(Container(linux={"namespaces": namespaces(*NAMESPACES, "vtpm")}),
                   "config.json: linux.namespaces[6].type: unknown namespace 'vtpm'")
    leaves_nothing(Container(linux={"namespaces": namespaces(*NAMESPACES, "pid")}),
                   "config.json: linux.namespaces[6].type: 'pid' is listed twice")
    leaves_nothing(Container(linux={"namespaces": namespaces("mount", "pid", "uts", ipc="/etc/passwd")}),
                   "linux.namespaces: join the ipc namespace: '/etc/passwd' is not a namespace")


@test("seccomp: an unknown action, operator, architecture")
def bad_seccomp():
    def profile(**rule):
        return {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
            {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", **rule}]}}

    leaves_nothing(Container(linux=profile(action="SCMP_ACT_FORBID")),
                   "linux.seccomp.syscalls[0].action: unknown action 'SCMP_ACT_FORBID'")
    leaves_nothing(Container(linux=profile(args=[{"index": 6, "value": 0, "op": "SCMP_CMP_EQ"}])),
                   "linux.seccomp.syscalls[0].args[0].index: 6 is more than 5, the last argument")
    leaves_nothing(Container(linux=profile(args=[{"index": 0, "value": 0, "op": "EQUALS"}])),
                   "linux.seccomp.syscalls[0].args[0].op: unknown operator 'EQUALS'")


@test("the program: missing in PATH, missing at its path, not executable, a directory, with a missing interpreter")
def bad_program():
    leaves_nothing(Container(["nonesuch"]), "executable file not found in $PATH: 'nonesuch': no such file or directory")
    leaves_nothing(Container(["/bin/nonesuch"]), "executable file not found: '/bin/nonesuch': no such file or directory")
    leaves_nothing(Container(["/etc/passwd"]), "executable file '/etc/passwd': permission denied")
    leaves_nothing(Container(["/etc"]), "executable file '/etc': permission denied")
    leaves_nothing(Container(["/etc/passwd/x"]), "executable file not found: '/etc/passwd/x': no such file or directory")


@test("a program that turns out to be none at start: start fails, and delete removes the container")
def bad_format():
    box = Container(["/tmp/none"])
    (box.rootfs / "tmp/none").write_bytes(b"\x7fELFnonsense")
    (box.rootfs / "tmp/none").chmod(0o755)
    before = snapshot(box)
    box.create().ok()
    equal(box.start().exits(1).err, f"nacelle: start '{box.id}': exec '/tmp/none': Exec format error\n")
    eventually(lambda: box.status() == "stopped")
    box.delete().ok()
    box.pid_file.unlink()
    equal(snapshot(box), before)
    leaves_nothing(box, "exec '/tmp/none': Exec format error (hint: the file is for another architecture, or a script "
                        "without a #! line)", verb="run")


@test("a failing hook")
def bad_hook():
    for kind in "prestart", "createRuntime":
        leaves_nothing(Container(hooks={kind: [{"path": "/bin/sh", "args": ["sh", "-c", "echo no luck >&2; exit 9"]}]}),
                       f"hooks.{kind}[0] '/bin/sh': exit status 9: no luck")
    leaves_nothing(Container(hooks={"createContainer": [{"path": "/bin/sh", "args": ["sh", "-c", "exit 9"]}]}),
                   "hooks.createContainer[0] '/bin/sh': exit status 9")


@test("cgroups: a path that leads out, a controller that this machine's hierarchy has not, an unknown file")
def bad_cgroup():
    leaves_nothing(Container(linux={"cgroupsPath": "/../escape"}),
                   "linux.cgroupsPath: '/../escape': '..' in a cgroup path")
    if "memory" not in (cgroup_mount() / "cgroup.controllers").read_text().split():
        box = Container(linux={"resources": {"memory": {"limit": 100 << 20}}})
        before = snapshot(box)
        matches(box.create().exits(1).err, r"^nacelle: create '\S+': linux\.resources\.memory\.limit: .*memory controller")
        equal(snapshot(box), before)
    box = Container(linux={"resources": {"unified": {"cgroup.nonesuch": "1"}}})
    before = snapshot(box)
    matches(box.create().exits(1).err, r"linux\.resources\.unified.*'?cgroup\.nonesuch'?.*No such file or directory")
    equal(snapshot(box), before)


@test("process: a working directory that is a file, a limit above the caller's, an id that is not mapped, a bad label")
def bad_process():
    leaves_nothing(Container(process={"cwd": "/etc/passwd"}), "process.cwd '/etc/passwd': openat2: Not a directory")
    leaves_nothing(Container(process={"rlimits": [{"type": "RLIMIT_FOO", "soft": 1, "hard": 1}]}),
                   "config.json: process.rlimits[0].type: unknown rlimit 'RLIMIT_FOO'")
    if not pathlib.Path("/sys/kernel/security/apparmor").exists():
        box = Container(process={"apparmorProfile": "web"})
        before = snapshot(box)
        matches(box.create().exits(1).err, r"process\.apparmorProfile: .*AppArmor")
        equal(snapshot(box), before)


@test("a pid file or a console socket that cannot be used fails create like any other step")
def bad_outside():
    box = Container()
    box.pid_file = pathlib.Path("/nonesuch/pid")
    before = snapshot(box)
    matches(box.create().exits(1).err, r"^nacelle: create '\S+': pid file: create '/nonesuch/pid\S*': No such file or directory$")
    equal(snapshot(box), before)
    box = Container(process={"terminal": True})
    before = snapshot(box)
    contains(box.create("--console-socket", "/nonesuch/socket").exits(1).err, "'/nonesuch/socket': No such file or directory")
    equal(snapshot(box), before)


@test("with --log and json the log is one object, with the same text (podman reads it whole)")
def logged():
    box = Container(["nonesuch"])
    log = box.folder / "log.json"
    outcome = box.call("create", "--bundle", box.bundle, box.id, options=["--log", log, "--log-format=json"]).exits(1)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    equal([(line["level"], line["msg"]) for line in lines],
          [("error", outcome.err.removeprefix("nacelle: ").rstrip("\n"))])


run()
