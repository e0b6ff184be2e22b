"""What config.json's `process` asks for is what the program has."""

import os
import pathlib

from harness import contains, equal, excludes, matches, run, sh, shows, skip, test, that
from harness.bundle import PATH, Container, process_status, status_fields

READ_STATUS = "cat /proc/self/status"
CHOWN, SETUID, NET_BIND = 0, 7, 10


def caps(*numbers):
    return f"{sum(1 << number for number in numbers):016x}"


@shows("process.user.{uid,gid,umask,additionalGids}")
@test("user, group, additional groups and umask")
def user():
    said = Container("id -u; id -g; id -G; umask; " + READ_STATUS,
                     process={"user": {"uid": 1000, "gid": 3000, "additionalGids": [5, 70000], "umask": 0o27}}).run().ok()
    equal(said.lines()[:4], ["1000", "3000", "3000 5 70000", "0027"])
    fields = status_fields(said.out)
    equal(fields["Uid"].split(), ["1000"] * 4)
    equal(fields["Gid"].split(), ["3000"] * 4)


@test("without additional groups there are none, whatever the caller has")
def no_groups():
    fields = status_fields(Container(READ_STATUS, process={"user": {"uid": 1000, "gid": 3000}}).run().ok().out)
    that(fields["Groups"] in ("", "3000"), fields["Groups"])


@test("without a umask it is 0022")
def default_umask():
    equal(Container("umask").run().ok().out, "0022\n")


@shows("process.capabilities.{bounding,effective,permitted}")
@test("root has the capabilities of the four sets, and is bounded by them")
def root_capabilities():
    sets = {"bounding": ["CAP_CHOWN", "CAP_SETUID"], "effective": ["CAP_CHOWN"], "permitted": ["CAP_CHOWN", "CAP_SETUID"]}
    # Exec of a program by root fills the effective set again from what is bounded, unless no_new_privs were to keep it.
    fields = status_fields(Container(READ_STATUS, process={"capabilities": sets}).run().ok().out)
    equal(fields["CapBnd"], caps(CHOWN, SETUID))
    equal(fields["CapPrm"], caps(CHOWN, SETUID))
    equal(fields["CapInh"], caps())
    equal(fields["CapAmb"], caps())


@shows("process.capabilities.{inheritable,ambient}")
@test("a user other than root has capabilities by the ambient set only")
def ambient_capabilities():
    all_sets = {name: ["CAP_NET_BIND_SERVICE"] for name in
                ("bounding", "effective", "permitted", "inheritable", "ambient")}
    user = {"uid": 1000, "gid": 1000}
    fields = status_fields(Container(READ_STATUS, process={"user": user, "capabilities": all_sets}).run().ok().out)
    for name in "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb":
        equal(fields[name], caps(NET_BIND), name)
    del all_sets["ambient"], all_sets["inheritable"]
    fields = status_fields(Container(READ_STATUS, process={"user": user, "capabilities": all_sets}).run().ok().out)
    equal([fields[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")],
          [caps(), caps(), caps(), caps(NET_BIND), caps()])


@test("without `capabilities` there are none, for root either")
def no_capabilities():
    box = Container(READ_STATUS)
    del box.config["process"]["capabilities"]
    box.write()
    fields = status_fields(box.run().ok().out)
    equal([fields[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")], [caps()] * 5)


@test("a capability that nobody knows is warned about and left out (spec 1.1)")
def unknown_capability():
    sets = {"bounding": ["CAP_CHOWN", "CAP_NONESUCH"], "permitted": ["CAP_CHOWN", "CAP_NONESUCH"]}
    said = Container(READ_STATUS, process={"capabilities": sets}).run().ok()
    equal(status_fields(said.out)["CapBnd"], caps(CHOWN))
    matches(said.err, "warning: .*CAP_NONESUCH")


@shows("process.noNewPrivileges")
@test("noNewPrivileges is set when asked for, and not otherwise")
def no_new_privileges():
    for asked, shown in (True, "1"), (False, "0"):
        fields = status_fields(Container(READ_STATUS, process={"noNewPrivileges": asked}).run().ok().out)
        equal(fields["NoNewPrivs"], shown)


@shows("process.rlimits[].{type,soft,hard}")
@test("rlimits, soft and hard; those not given stay as the caller has them")
def rlimits():
    limits = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}, {"type": "RLIMIT_CORE", "soft": 0, "hard": 0},
              {"type": "RLIMIT_NPROC", "soft": 300, "hard": 400}]
    said = Container("cat /proc/self/limits", process={"rlimits": limits}).run().ok().out
    matches(said, r"^Max open files +100 +200 ")
    matches(said, r"^Max core file size +0 +0 ")
    matches(said, r"^Max processes +300 +400 ")
    own = pathlib.Path("/proc/self/limits").read_text()
    matches(said, "^" + matches(own, r"^Max stack size +\S+ +\S+ ")[0])


@test("an unlimited rlimit is the largest 64-bit number")
def unlimited():
    limits = [{"type": "RLIMIT_CORE", "soft": 2**64 - 1, "hard": 2**64 - 1}]
    matches(Container("cat /proc/self/limits", process={"rlimits": limits}).run().ok().out,
            r"^Max core file size +unlimited +unlimited ")


@shows("process.oomScoreAdj")
@test("oomScoreAdj is set when given, and is the caller's otherwise")
def oom_score():
    text = "cat /proc/self/oom_score_adj"
    equal(Container(text, process={"oomScoreAdj": 500}).run().ok().out, "500\n")
    own = pathlib.Path("/proc/self/oom_score_adj").read_text()
    equal(Container(text).run().ok().out, own)


@shows("process.cwd")
@test("the working directory is where the program starts, and is made when it is missing")
def working_directory():
    equal(Container("pwd", process={"cwd": "/home/user"}).run().ok().out, "/home/user\n")
    made = Container("pwd", process={"cwd": "/srv/deep/er"}, root={"readonly": False})
    equal(made.run().ok().out, "/srv/deep/er\n")
    that((made.rootfs / "srv/deep/er").is_dir(), "it was not made")


@test("the working directory may be one that only the user can enter")
def private_working_directory():
    box = Container("pwd", process={"cwd": "/home/user", "user": {"uid": 1000, "gid": 1000}})
    (box.rootfs / "home/user").chmod(0o700)
    os.chown(box.rootfs / "home/user", 1000, 1000)
    equal(box.run().ok().out, "/home/user\n")


@shows("process.env")
@test("the environment is the config's and nothing else; HOME comes from the container's /etc/passwd if it is not there")
def environment():
    env = [PATH, "A=b c", "EMPTY=", "X=1=2"]
    leak = {"LEAKED": "from the caller"}
    text = ["cat", "/proc/self/environ"]
    said = Container(text, process={"env": env}).run(env=leak).ok().out.split("\0")[:-1]
    equal(sorted(said), sorted([*env, "HOME=/root"]))
    said = Container(text, process={"env": env, "user": {"uid": 1000, "gid": 1}}).run().ok().out.split("\0")
    contains(said, "HOME=/home/user")
    said = Container(text, process={"env": env, "user": {"uid": 77, "gid": 1}}).run().ok().out.split("\0")
    contains(said, "HOME=/")
    said = Container(text, process={"env": [*env, "HOME=/elsewhere"]}).run().ok().out.split("\0")
    equal([entry for entry in said if entry.startswith("HOME=")], ["HOME=/elsewhere"])


@shows("process.args")
@test("args[0] without a slash is looked up in the container's PATH, with a slash it is taken as it is")
def lookup():
    box = Container(["tool", "a b", ""], process={"env": ["PATH=/nonesuch:/etc/passwd:/opt/tools:/bin"]})
    tools = box.rootfs / "opt/tools"
    tools.mkdir(parents=True)
    (tools / "tool").write_text('#!/bin/sh\nprintf "%s|" "$0" "$@"\n')
    (tools / "tool").chmod(0o755)
    equal(box.run().ok().out, "/opt/tools/tool|a b||")
    relative = Container(["./tool"], process={"cwd": "/opt"})
    (relative.rootfs / "opt").mkdir()
    (relative.rootfs / "opt/tool").write_text("#!/bin/sh\necho here\n")
    (relative.rootfs / "opt/tool").chmod(0o755)
    equal(relative.run().ok().out, "here\n")


@test("a file in PATH that is not executable is passed over for one that is")
def lookup_executable():
    box = Container(["tool"], process={"env": ["PATH=/a:/b:/bin"]})
    for folder, mode in ("a", 0o644), ("b", 0o755):
        (box.rootfs / folder).mkdir()
        (box.rootfs / folder / "tool").write_text(f"#!/bin/sh\necho {folder}\n")
        (box.rootfs / folder / "tool").chmod(mode)
    equal(box.run().ok().out, "b\n")


@test("signals are at their defaults and none is blocked, whatever the caller has")
def signals():
    box = Container(["cat", "/proc/self/status"])  # not by a shell: that changes signals itself
    words = box.words("run", "--bundle", box.bundle, box.id)
    fields = status_fields(sh("sh", "-c", 'trap "" HUP INT PIPE; exec "$@"', "sh", *words).ok().out)
    equal(fields["SigBlk"], "0" * 16)
    equal(int(fields["SigIgn"], 16), 0)


@test("the program leads its session, and dies of nothing that its parent does")
def session():
    box = Container("sleep 100; :")
    pid = box.up()
    equal(process_status(pid)["NSpid"].split()[-1], "1")
    equal(os.getsid(pid), pid)


@test("a program needs no terminal to read /dev/stdin or to write to /dev/stderr as another user")
def stdio_owner():
    said = Container("read a </dev/stdin; echo got $a >/dev/stdout; echo err >/dev/stderr",
                     process={"user": {"uid": 1000, "gid": 1000}}).run(stdin="x\n").ok()
    equal((said.out, said.err), ("got x\n", "err\n"))


@test("a null device that the caller passes as stdin or stdout is the container's own, whose mode is nobody else's")
def own_null_device():
    look = "for n in 0 1 2; do test $(stat -L -c %d:%i /proc/self/fd/$n) = $(stat -c %d:%i /dev/null); echo $?; done >/shared/seen"
    box = Container(look)
    shared = box.share()
    sh("sh", "-c", 'exec "$@" </dev/null >/dev/null', "sh", *box.words("run", "--bundle", box.bundle, box.id)).ok()
    equal((shared / "seen").read_text().split(), ["0", "1", "1"])  # stdout is the file while the shell looks
    box.config["process"]["args"] = ["sleep", "100"]
    box.write()
    box.up()
    sh("sh", "-c", 'exec "$@" </dev/null >/dev/null', "sh", *box.words("exec", box.id, "sh", "-c", look)).ok()
    equal((shared / "seen").read_text().split(), ["0", "1", "1"])


@test("a container has a session keyring of its own, named after it, unless --no-new-keyring says otherwise")
def keyring():
    keys = pathlib.Path("/proc/keys")
    if not keys.exists():
        skip("this kernel keeps no keys")
    own, shared = Container("sleep 100; :"), Container("sleep 100; :")
    own.up()
    shared.up("--no-new-keyring")
    contains(keys.read_text(), own.id)
    excludes(keys.read_text(), shared.id)


run()
