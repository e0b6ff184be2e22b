"""containerd-shim-nacelle-v2 as containerd runs it: `start`, `-info`, `-v`, and the daemon that start leaves."""

import json
import os
import pathlib
import subprocess
import tomllib

from harness import (binary, contains, defer, equal, eventually, excludes, matches, nacelle, repo, run, sh, skip, test, that)
from harness.bundle import cgroup_mount
from harness.leaks import begin
from harness.shim_program import PROGRAM, SOCKETS, Pod, environment, hide_run, is_served, options, shim, socket_of
from harness.ttrpc import ANY, decode, encode

PARAMS = {"instance_id": (1, str), "namespace": (2, str), "log_level": (3, int), "ttrpc_address": (5, str),
          "extensions": (8, [{"value": (1, ANY)}]), "socket_dir": (9, str)}
RESULT = {"version": (1, int), "address": (2, str), "protocol": (3, str)}
INFO = {"name": (1, str), "version": (2, {"version": (1, str), "revision": (2, str)}), "options": (3, ANY),
        "features": (4, ANY)}

begin()
hide_run()


@test("-v and --help need nothing; -v names version and commit")
def version():
    outcome = shim("-v")
    matches(outcome.stdout.decode(), r"^containerd-shim-nacelle-v2:\n  Version:  \d+\.\d+\.\d+\n  Revision: \w+\n$")
    equal(shim("-version").stdout, outcome.stdout)
    contains(shim("--help").stdout.decode(), "Usage: containerd-shim-nacelle-v2 [OPTION]... [start|delete]")


@test("-info tells what `nacelle features` tells, and gives back the options")
def info():
    told = decode(INFO, shim("-info").stdout)
    equal(told["name"], "io.containerd.nacelle.v2")
    that("options" not in told, "there are options")
    contains(shim("-v").stdout.decode(), f"Version:  {told['version']['version']}\n  Revision: {told['version']['revision']}\n")
    equal(told["features"]["type_url"], "types.containerd.io/opencontainers/runtime-spec/1/features/Features")
    equal(json.loads(told["features"]["value"]), json.loads(sh(nacelle(), "features").ok().out))
    given = options("SystemdCgroup = true\n")
    equal(decode(INFO, shim("-info", stdin=encode(ANY, given)).stdout)["options"], given)
    contains(shim("-info", stdin=b"\xff").stderr.decode(), "standard input: no options: malformed message")


@test("start answers containerd before 2.3 with the address alone, and says it in the bundle")
def legacy():
    pod = Pod()
    bundle = pod.bundle("web")
    address = pod.started("web")
    path = socket_of(address)
    equal(path.parent, SOCKETS)
    matches(path.name, "^[0-9a-f]{64}$")
    equal((path.stat().st_mode & 0o7777, SOCKETS.stat().st_mode & 0o7777), (0o600, 0o700))
    equal((bundle / "address").read_bytes(), address)
    equal((bundle / "address").stat().st_mode & 0o7777, 0o600)
    that(is_served(path), "nobody listens")


@test("start answers containerd 2.3 with version 3, address and protocol; the parameters reach the daemon")
def bootstrap():
    pod = Pod()
    bundle = pod.bundle("web")
    folder = pod.folder / "s"
    params = {"instance_id": "web", "namespace": "test", "log_level": -4 & (1 << 64) - 1, "socket_dir": str(folder),
              "ttrpc_address": "/run/c.ttrpc", "extensions": [{"value": options("BinaryName = 'crun'\n")}]}
    # From there on the bundle is named, and need not be the current directory.
    outcome = shim(*pod.words("start", "web", "-bundle", bundle), stdin=encode(PARAMS, params), cwd="/")
    equal((outcome.returncode, outcome.stderr), (0, b""))
    answer = decode(RESULT, outcome.stdout)
    equal((answer["version"], answer["protocol"]), (3, "ttrpc"))
    equal(socket_of(answer["address"].encode()).parent, folder)
    equal(outcome.stdout, encode(RESULT, answer), "fields besides these three")
    that(is_served(socket_of(answer["address"].encode())), "nobody listens")
    equal(environment(pod.daemon())["TTRPC_ADDRESS"], "/run/c.ttrpc")
    contains(pathlib.Path(f"/proc/{pod.daemon()}/cmdline").read_bytes().split(b"\0"), b"-debug")
    matches(pod.log("web"), r'^time="[-\dT:.]+Z" level=warning msg="options: BinaryName has no effect: the runtime is inside '
                            r'this shim" id=web namespace=test$')


@test("the daemon has nothing of start's but the environment: its own session, the bundle, the log, the socket")
def birth():
    pod = Pod()
    bundle = pod.bundle("web")
    file = open(repo / "README.md", "rb")
    reader, writer = os.pipe()
    defer(lambda: [file.close(), os.close(reader), os.close(writer)])
    score = int(pathlib.Path("/proc/self/oom_score_adj").read_text())
    pod.started("web", pass_fds=(file.fileno(), reader, writer), env={**os.environ, "TTRPC_ADDRESS": "/run/c.ttrpc"})
    pid = pod.daemon()
    links = {int(fd.name): os.readlink(fd) for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir()}
    equal([links.pop(fd) for fd in (0, 1, 2)], ["/dev/null", f"{bundle}/log", f"{bundle}/log"])
    matches(links.pop(3), r"^socket:")
    equal([link for link in links.values() if not link.startswith("anon_inode:")], [], "what else is open")
    equal(os.getsid(pid), pid)
    equal(os.readlink(f"/proc/{pid}/cwd"), str(bundle))
    equal(environment(pid)["TTRPC_ADDRESS"], "/run/c.ttrpc")
    equal(environment(pid)["PATH"], os.environ["PATH"])
    equal(pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")[1:-1],
          ["-namespace", "test", "-id", "web", "-address", str(pod.address)])
    equal(int(pathlib.Path(f"/proc/{pid}/oom_score_adj").read_text()), min(score + 1, 1000))


@test("containers of one pod share a shim, by the sandbox's id or the group; others do not")
def groups():
    pod = Pod()
    for id, annotations in {"pause": {}, "web": {"sandbox": "pause"}, "db": {"group": "pause", "sandbox": "x"}}.items():
        pod.bundle(id, **annotations)
        pod.started(id)
    addresses = {id: (pod.folder / id / "address").read_text() for id in ("pause", "web", "db")}
    equal(len(set(addresses.values())), 1, f"{addresses}")
    pod.daemon()
    pod.bundle("other")
    excludes(addresses.values(), pod.started("other").decode())
    equal(len(pod.daemons()), 2)


@test("of many starters at once for one group one makes the shim, and all give its address", timeout=120)
def race():
    for _ in range(5):
        pod = Pod()
        ids = [f"c{number}" for number in range(8)]
        starters = []
        for id in ids:
            pod.bundle(id, group="pod")
            starters.append(subprocess.Popen([binary(PROGRAM), *map(str, pod.words("start", id))], cwd=pod.folder / id,
                                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
        answers = {starter.communicate()[0] for starter in starters}
        equal(len(answers), 1, f"{answers}")
        that(is_served(socket_of(answers.pop())), "nobody listens")
        pod.daemon()
        pod.kill()


@test("a socket that a killed shim left is taken over")
def stale():
    pod = Pod()
    pod.bundle("web")
    path = socket_of(pod.started("web"))
    pod.kill()
    that(path.exists() and not is_served(path), "the socket is not stale")
    equal(socket_of(pod.started("web")), path)
    that(is_served(path), "nobody listens")


@test("the log may be missing, unread, or no fifo: the daemon then writes to /dev/null")
def logs():
    for make in (lambda path: None, os.mkfifo, pathlib.Path.touch, lambda path: path.symlink_to("/dev/tty")):
        pod = Pod()
        make(pod.bundle("web", log=False) / "log")
        pod.started("web")
        equal([os.readlink(f"/proc/{pod.daemon()}/fd/{fd}") for fd in (0, 1, 2)], ["/dev/null"] * 3)
        pod.kill()


@test("the options in the snippets of packaging/ are taken")
def packaged():
    pod = Pod()
    snippets = sorted((repo / "packaging/containerd").glob("shim-version-*.toml"))
    equal(len(snippets), 3)
    for snippet in snippets:
        (plugin,) = tomllib.loads(snippet.read_text())["plugins"].values()
        handler = plugin["containerd"]["runtimes"]["nacelle"]
        equal(handler["runtime_type"], decode(INFO, shim("-info").stdout)["name"])
        pod.bundle(snippet.stem)
        # JSON's strings, numbers and truths are TOML's, too.
        table = "".join(f"{key} = {json.dumps(value)}\n" for key, value in handler["options"].items())
        pod.started(snippet.stem, stdin=encode(ANY, options(table)))


@test("ShimCgroup: the daemon is in it from its beginning; one that is missing or outside is an error")
def shim_cgroup():
    pod = Pod()
    pod.bundle("web")
    cgroup = cgroup_mount() / f"shims-{os.getpid()}"
    cgroup.mkdir()
    defer(cgroup.rmdir)
    defer(lambda: [pod.kill(), eventually(lambda: not (cgroup / "cgroup.procs").read_text())])
    contains(pod.refused("web", stdin=encode(ANY, options("ShimCgroup = '/none'"))),
             "shim: ShimCgroup '/none': open './none': No such file or directory")
    contains(pod.refused("web", stdin=encode(ANY, options("ShimCgroup = '/../..'"))), "shim: ShimCgroup '/../..': ")
    pod.started("web", stdin=encode(ANY, options(f"ShimCgroup = '/{cgroup.name}'")))
    equal((cgroup / "cgroup.procs").read_text().split(), [str(pod.daemon())])


@test("SCHED_CORE: the daemon has a cookie of its own, or the log says that the kernel has none")
def core_scheduling():
    pod = Pod()
    pod.bundle("web")
    pod.started("web", env={**os.environ, "SCHED_CORE": "1"})
    if "core scheduling was asked for, and the kernel has none" in pod.log("web"):
        return
    threads = pathlib.Path("/sys/devices/system/cpu/smt/active")
    if not threads.exists() or threads.read_text().strip() == "0":
        skip("one thread a core")
    code = ("import ctypes, sys\ncookie = ctypes.c_ulong()\n"
            "ctypes.CDLL(None).prctl(62, 0, int(sys.argv[1]), 0, ctypes.byref(cookie))\nprint(cookie.value)")
    that(int(sh("python3", "-c", code, pod.daemon()).ok().out) != 0, "there is no cookie")


@test("what is wrong with start's input is said in one line, and nothing is left")
def bad_input():
    pod = Pod()
    bundle = pod.bundle("web")
    for stdin, said in [
        (b"\xff\xff\xff", "standard input: neither bootstrap parameters nor options: malformed message"),
        (b"\x0a\x03abc" * 300000, "standard input: read: more than 1048576 bytes"),
        (encode(ANY, options("Foot = 1")), "options: unknown key 'Foot'"),
        (encode(ANY, {"type_url": "example.Options"}), "options: unknown type 'example.Options'"),
        (encode(PARAMS, {"instance_id": "web", "namespace": "test", "socket_dir": "/" + "d" * 41}), "longer than 106 bytes"),
        (encode(PARAMS, {"instance_id": "web", "namespace": "test", "socket_dir": "/tmp"}), "others may write to it"),
    ]:
        error = pod.refused("web", stdin=stdin)
        contains(error, said)
        equal(error.count("\n"), 1)
    (bundle / "config.json").write_text("{")
    contains(pod.refused("web"), f"bundle '{bundle}': config.json: line 1, column 2: ")
    (bundle / "config.json").write_text(json.dumps({"annotations": {"io.containerd.runc.v2.group": "../k8s.io/pod"}}))
    contains(pod.refused("web"), "'../k8s.io/pod' is not a name")
    contains(pod.refused("web", "-bundle", "/none"), "bundle: ")
    with open(bundle / "config.json", "w", encoding="ascii") as file:
        file.truncate(20 << 20)
    contains(pod.refused("web"), "File too large")


@test("a start that fails after the daemon is there takes it back")
def taken_back():
    pod = Pod()
    bundle = pod.bundle("web")
    (bundle / "address").mkdir()
    outcome = pod.start("web")
    equal((outcome.returncode, outcome.stdout), (1, b""))
    contains(outcome.stderr.decode(), "address': Is a directory")
    equal((pod.daemons(), list(SOCKETS.glob("*"))), ([], []))


@test("what is wrong with the command line is said in one line")
def bad_command_line():
    for words, said in [
        ([], "-namespace is missing (hint: see containerd-shim-nacelle-v2 --help)"),
        (["-namespace", "a", "start"], "-id is missing (hint: see containerd-shim-nacelle-v2 --help)"),
        (["-namespace", "a", "-id", "../b", "start"], "-id: '../b' is no name"),
        (["-namespace", "a/b", "-id", "b", "start"], "-namespace: 'a/b' is no name"),
        (["-namespace", "a", "-id", "b", "start"], "-address is missing"),
        (["-namespace", "a", "-id", "b", "stop"], "unknown action 'stop'"),
        (["-namespace", "a", "-id", "b", "start", "c"], "too many arguments: 'c'"),
        (["-namespace", "a", "-id", "b", "-socket", "/s", "start"], "-socket does not go with start"),
        (["-namespace", "a", "-id", "b"], "descriptor 3 is no local socket that listens"),
    ]:
        outcome = shim(*words)
        equal((outcome.returncode, outcome.stdout), (1, b""), f"{words}")
        matches(outcome.stderr.decode(), r"^containerd-shim-nacelle-v2: .*\n$")
        contains(outcome.stderr.decode(), said)


@test("-socket: a daemon by hand, at a path of one's own; a second one is refused")
def own_socket():
    pod = Pod()
    words = ["-namespace", "test", "-id", "web", "-address", pod.address, "-socket", pod.folder / "s"]
    log = open(pod.folder / "log", "wb")
    defer(log.close)
    subprocess.Popen([binary(PROGRAM), *map(str, words)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    eventually(lambda: is_served(pod.folder / "s"))
    contains(shim(*words).stderr.decode(), "another shim listens there")


run()
