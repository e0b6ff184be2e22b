"""exec: a program more in a running container."""

import json
import os
import pathlib

from harness import contains, equal, eventually, excludes, matches, run, test, withstands
from harness.bundle import PATH, Container, namespace_of, namespaces, process_status, status_fields

SLEEP = "while :; do sleep 0.1; done"


@test("exec gives the program's exit code, passes stdin, stdout and stderr, and 128 + n for a signal")
def exit_code():
    box = Container(SLEEP)
    box.up()
    outcome = box.exec("read line; echo out $line; echo err >&2; exit 42", stdin="hello\n").exits(42)
    equal((outcome.out, outcome.err), ("out hello\n", "err\n"))
    box.exec("kill -9 $$; sleep 1").exits(128 + 9)


@test("what exec itself cannot do ends in 255, with the reason")
def failures():
    box = Container(SLEEP)
    box.create().ok()
    box.start().ok()
    missing = box.exec("nonesuch").exits(255)
    equal(missing.err, f"nacelle: exec in '{box.id}': executable file not found in $PATH: 'nonesuch': "
                       "no such file or directory\n")
    matches(box.exec("/etc/passwd").exits(255).err, "'/etc/passwd': permission denied")
    matches(box.exec("true", flags=["--process", "/nonesuch"]).exits(255).err, "/nonesuch.*: No such file or directory")
    box.kill("KILL").ok()
    eventually(lambda: box.status() == "stopped")
    contains(box.exec("true").exits(255).err, "container not running")


@test("exec works in a container that is created and not yet started")
def exec_in_created():
    box = Container("cat /tmp/given", root={"readonly": False})
    output = box.folder / "out"
    box.create(output=output).ok()
    box.exec("echo hello >/tmp/given").ok()
    box.start().ok()
    eventually(lambda: equal(output.read_text(), "hello\n"))


@test("an exec'd program is in the container's namespaces and cgroup, with its root, user, capabilities and environment")
def same_place():
    box = Container(SLEEP, process={"env": [PATH, "COLOUR=blue"], "cwd": "/tmp"})
    pid = box.up()
    said = box.exec("echo $COLOUR; pwd; for n in pid net ipc uts mnt cgroup; do readlink /proc/$$/ns/$n; done; "
                    "grep ^0: /proc/self/cgroup; cat /proc/self/status").ok()
    equal(said.lines()[:2], ["blue", "/tmp"])
    equal(said.lines()[2:8], [namespace_of(pid, kind) for kind in ("pid", "net", "ipc", "uts", "mnt", "cgroup")])
    equal(said.line(8), "0::/")
    inside, init = status_fields(said.out), process_status(pid)
    for field in "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp":
        equal(inside[field], init[field], field)


@test("exec --user, --additional-gids, --cwd, --env change what the container's config says")
def flags():
    box = Container(SLEEP)
    box.up()
    said = box.exec("id -u; id -g; id -G; pwd; echo $COLOUR; echo $HOME; grep ^Cap /proc/self/status",
                    flags=["--user", "1000:50", "--additional-gids", "7", "--additional-gids", "9", "--cwd", "/etc", "--env",
                           "COLOUR=red=x"]).ok()
    equal(said.lines()[:6], ["1000", "50", "50 7 9", "/etc", "red=x", "/home/user"])
    equal(status_fields(said.out)["CapEff"], "0000000000000000")


@test("exec --cap adds capabilities, --no-new-privs sets the flag")
def capabilities():
    box = Container(SLEEP, process={"noNewPrivileges": False})
    box.up()
    text = "grep -E '^(Cap|NoNew)' /proc/self/status"
    equal(status_fields(box.exec(text).ok().out)["NoNewPrivs"], "0")
    fields = status_fields(box.exec(text, flags=["--cap", "CAP_SYS_PTRACE", "--no-new-privs"]).ok().out)
    equal(fields["NoNewPrivs"], "1")
    equal(int(fields["CapEff"], 16) >> 19 & 1, 1)
    equal(int(fields["CapBnd"], 16) >> 19 & 1, 1)
    equal(int(fields["CapInh"], 16), 0, "inheritable (CVE-2022-29162)")


@test("exec --detach returns once the program runs; --pid-file has its pid; it is the child of no runtime process")
def detach():
    box = Container(SLEEP)
    box.up()
    pid_file = box.folder / "exec.pid"
    equal(box.exec("sleep 100; :", flags=["--detach", "--pid-file", pid_file]).ok().out, "")
    matches(pid_file.read_text(), r"\A[1-9][0-9]*\Z")
    status = process_status(pid_file.read_text())
    equal(namespace_of(pid_file.read_text(), "pid"), namespace_of(box.pid(), "pid"))
    excludes(pathlib.Path(f"/proc/{status['PPid']}/comm").read_text(), "nacelle")


@test("exec --process FILE takes everything from the file, and so does '-p FILE'")
def process_file():
    box = Container(SLEEP)
    box.up()
    file = box.folder / "process.json"
    file.write_text(json.dumps({"user": {"uid": 1000, "gid": 1000, "additionalGids": [5]}, "cwd": "/tmp",
                                "env": [PATH, "A=b"], "args": ["sh", "-c", "id -u; id -G; pwd; echo $A; exit 3"]}))
    for flag in "--process", "-p":
        said = box.call("exec", flag, file, box.id).exits(3)
        equal(said.lines(), ["1000", "1000 5", "/tmp", "b"])


@test("a bad process file is an error that names the field")
def bad_process_file():
    box = Container(SLEEP)
    box.up()
    file = box.folder / "process.json"
    good = {"user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["true"]}
    for field, value, reason in ("args", [], "args: empty"), ("cwd", "tmp", "cwd: "), ("user", 5, "user: not an object"):
        file.write_text(json.dumps({**good, field: value}))
        matches(box.call("exec", "--process", file, box.id).exits(255).err, rf"^nacelle: exec in '{box.id}': {file}: {reason}")


@withstands("CVE-2026-30892", "CVE-2024-40635")
@test("--user takes 'uid' and 'uid:gid' as whole numbers within 32 bits, and nothing else", timeout=120)
def user_syntax():
    # CVE-2026-30892: what is parsed in part gives another user than the one asked for.
    box = Container(SLEEP)
    box.up()
    equal(box.exec("id -u; id -g", flags=["--user", "1000"]).ok().lines(), ["1000", "0"])
    equal(box.exec("id -u; id -g", flags=["-u", "1:2"]).ok().lines(), ["1", "2"])
    for bad in ("", ":", "1:", ":1", "-1", "+1", " 1", "1 ", "1x", "x1", "0x10", "1:2:3", "1:-2", "1.0", "4294967295",
                "4294967296", "1:4294967296", "18446744073709551616"):
        refused = box.exec("true", flags=["--user", bad])
        equal(refused.code, 255, f"exit code for '{bad}'")
        contains(refused.err, f"'{bad}'")


@test("a container that joined its namespaces can be exec'd into, too")
def joined():
    first = Container(SLEEP)
    pid = first.up()
    second = Container(SLEEP, hostname=None, linux={"namespaces": namespaces(
        "mount", pid=f"/proc/{pid}/ns/pid", network=f"/proc/{pid}/ns/net", ipc=f"/proc/{pid}/ns/ipc",
        uts=f"/proc/{pid}/ns/uts")})
    inner = second.up()
    said = second.exec("readlink /proc/$$/ns/pid; readlink /proc/$$/ns/net; readlink /proc/$$/ns/mnt").ok()
    equal(said.lines(), [namespace_of(pid, "pid"), namespace_of(pid, "net"), namespace_of(inner, "mnt")])


@test("the state of the container is enough for exec: neither its bundle nor its config.json is read again")
def from_state():
    box = Container(SLEEP)
    box.up()
    (box.bundle / "config.json").write_text("not json")
    equal(box.exec("echo hello").ok().out, "hello\n")
    (box.bundle / "config.json").unlink()
    equal(box.exec("echo hello").ok().out, "hello\n")


@withstands("CVE-2024-21626")
@test("a program whose parent leaked descriptors to the runtime does not get them (exec)")
def descriptors():
    box = Container(SLEEP)
    box.up()
    leaked = [os.open("/etc/hostname", os.O_RDONLY) for _ in range(3)]
    try:
        said = box.exec("ls /proc/$$/fd; true", pass_fds=leaked).ok()
        equal(said.out.split(), ["0", "1", "2"])
    finally:
        for fd in leaked:
            os.close(fd)


run()
