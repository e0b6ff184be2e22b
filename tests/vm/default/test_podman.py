"""Debian's podman with nacelle as its runtime: what people do with it."""

import json
import os
import pathlib

from harness import contains, equal, eventually, matches, nacelle, run, temp_dir, test, that
from harness.bundle import namespace_of, process_status
from harness.image import IMAGE, PAUSE_IMAGE
from harness.podman import Podman, nothing_left
from harness.processors import two_processors
from harness.terminal import on_terminal, use_shell


@test("run --rm gives output, errors and the exit code, takes input, and leaves nothing", timeout=120)
def run_rm():
    outcome = Podman().run("--interactive", IMAGE, "sh", "-c", "cat; echo err >&2; exit 42", stdin="hello\n")
    equal((outcome.code, outcome.out, outcome.err), (42, "hello\n", "err\n"))
    nothing_left()


@test("a program that is not there ends in 127, one that cannot be executed in 126, with the reason", timeout=120)
def bad_program():
    podman = Podman()
    matches(podman.run(IMAGE, "nonesuch").exits(127).err, r"executable file not found in \$PATH: 'nonesuch'")
    matches(podman.run(IMAGE, "/etc/passwd").exits(126).err, "/etc/passwd.*[Pp]ermission denied")
    nothing_left()


@test("--memory, --cpus, --pids-limit and their kin are in the kernel, are seen inside, and hold", timeout=120)
def limits():
    two_processors()
    files = {"memory.max": "67108864", "memory.swap.max": "16777216", "memory.low": "33554432",
             "cpu.max": "50000 100000", "pids.max": "50", "cpuset.cpus": "1"}
    shared = temp_dir()
    box = Podman().background(
        "--memory", "64m", "--memory-swap", "80m", "--memory-reservation", "32m", "--cpus", "0.5", "--cpu-shares", "2048",
        "--pids-limit", "50", "--cpuset-cpus", "1", "--volume", f"{shared}:/shared", IMAGE, "sh", "-c",
        f"cd /sys/fs/cgroup; cat {' '.join(files)} >/shared/seen; "
        "(for i in $(seq 60); do sleep 5 & done) 2>/shared/forks; touch /shared/done; sleep 1000")
    eventually(lambda: (shared / "done").exists(), timeout=20)
    for file, value in files.items():
        equal((box.cgroup() / file).read_text().strip(), value, file)
    that(int((box.cgroup() / "cpu.weight").read_text()) > 39, "cpu.weight is not above that of 1024 shares")
    equal((shared / "seen").read_text().splitlines(), list(files.values()))
    matches((shared / "forks").read_text(), "can't fork")


@test("a container over its memory limit is killed, with exit code 137", timeout=120)
def out_of_memory():
    Podman().run("--memory", "16m", "--memory-swap", "16m", IMAGE, "dd", "if=/dev/zero", "of=/dev/null", "bs=64M",
                 "count=1").exits(137)


@test("--user, --group-add, --cap-drop all, --cap-add, --security-opt, --ulimit, --env, --workdir, --hostname, --umask, "
      "--read-only, --tmpfs, --volume, --shm-size, --device and a seccomp profile of one's own, all at once", timeout=120)
def options():
    folder = temp_dir()
    folder.chmod(0o777)
    (folder / "in").write_text("from the host\n")
    profile = folder / "profile.json"
    profile.write_text(json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}))
    outcome = Podman().run(
        "--user", "1000:2000", "--group-add", "7", "--cap-drop", "all", "--cap-add", "net_bind_service",
        "--security-opt", "no-new-privileges", "--ulimit", "nofile=100:200", "--env", "COLOUR=red", "--workdir", "/tmp",
        "--hostname", "web-0", "--umask", "0027", "--security-opt", f"seccomp={profile}", "--read-only",
        "--read-only-tmpfs=false", "--tmpfs", "/scratch:size=1m,mode=1777", "--volume", f"{folder}:/data", "--volume",
        f"{folder}:/fixed:ro", "--volume", f"{folder}/in:/etc/motd:ro", "--shm-size", "2m", "--device", "/dev/rtc0:/dev/clock",
        IMAGE, "sh", "-c", "id -u; id -g; echo $COLOUR; pwd; hostname; umask; ulimit -Sn; ulimit -Hn; "
        "touch /file 2>/dev/null || echo root-ro; touch /scratch/file && echo scratch; df -k /scratch | tail -n1 | awk '{print $2}'; "
        "cat /data/in; echo out >/data/out; touch /fixed/x 2>/dev/null || echo fixed-ro; cat /etc/motd; "
        "df -k /dev/shm | tail -n1 | awk '{print $2}'; test -c /dev/clock && echo device; mkdir /scratch/x; "
        "id -G; grep -E '^(CapBnd|NoNewPrivs|Seccomp):' /proc/self/status").ok()
    equal(outcome.lines()[:16], ["1000", "2000", "red", "/tmp", "web-0", "0027", "100", "200", "root-ro", "scratch", "1024",
                                 "from the host", "fixed-ro", "from the host", "2048", "device"])
    contains(outcome.lines()[16].split(), "7")
    equal(outcome.lines()[17:], [f"CapBnd:\t{1 << 10:016x}", "NoNewPrivs:\t1", "Seccomp:\t2"])
    matches(outcome.err, "mkdir: .*No space left on device")
    equal((folder / "out").read_text(), "out\n")


@test("run -it on a terminal: a shell with job control and the terminal's size, its exit code", timeout=120)
def interactive():
    equal(use_shell(Podman().words("run", "--rm", "-it", "--network", "none", IMAGE, "sh")), 7)


@test("exec: output, exit code, user, environment, workdir, a terminal; stop lets the program end; start, kill, rm", timeout=240)
def whole_life():
    podman = Podman()
    box = podman.background(IMAGE, "sh", "-c", "trap 'echo ends; exit 9' TERM; echo begins; while :; do sleep 0.1; done")
    said = podman("exec", "--user", "1000", "--env", "A=b", "--workdir", "/tmp", box.name, "sh", "-c", "id -u; echo $A; pwd; exit 5")
    equal((said.code, said.lines()), (5, ["1000", "b", "/tmp"]))
    podman("exec", box.name, "nonesuch").exits(127)
    process, terminal = on_terminal(podman.words("exec", "-it", box.name, "sh", "-c", "tty; exit 6"))
    terminal.expect("/dev/pts/", timeout=20)
    equal(process.wait(60), 6)
    podman("stop", "--time", "20", box.name).ok()
    shown = podman("ps", "--all", "--format", "{{.Status}}").ok().out
    matches(shown, r"^Exited \(9\)")
    podman("start", box.name).ok()
    podman("kill", box.name).ok()
    equal(podman("wait", box.name).ok().out.strip(), "137")
    equal(podman("logs", box.name).ok().out, "begins\nends\nbegins\n")
    podman("rm", box.name).ok()
    nothing_left()


@test("a pod: its containers share network, ipc and uts, each has its own pid namespace; rm takes all of it away", timeout=240)
def pod():
    podman = Podman()
    # Beside a cgroup of the pod: podman 4.3's, made by itself, forbids every device, for crun's containers just as well.
    podman("pod", "create", "--name", "pod", "--infra-image", PAUSE_IMAGE, "--infra-command", "/pause", "--network", "none",
           "--hostname", "pod-host", "--share-parent=false").ok()
    one, two = (podman.background(IMAGE, "sleep", "1000", pod="pod") for _ in range(2))
    for kind in "net", "ipc", "uts":
        equal(namespace_of(one.pid, kind), namespace_of(two.pid, kind), kind)
        that(namespace_of(one.pid, kind) != namespace_of("self", kind), f"{kind} is the host's")
    for kind in "pid", "mnt":
        that(namespace_of(one.pid, kind) != namespace_of(two.pid, kind), f"they share {kind}")
    equal(podman("exec", two.name, "hostname").ok().out, "pod-host\n")
    podman("pod", "rm", "--force", "--time", "0", "pod").ok()
    nothing_left()


@test("podman info shows nacelle's name, path and version", timeout=120)
def info():
    shown = json.loads(Podman()("info", "--format", "json").ok().out)["host"]["ociRuntime"]
    equal(os.path.basename(shown["name"]), "nacelle")
    equal(shown["path"], nacelle())
    matches(shown["version"], "^nacelle version ")


@test("a user namespace: root inside is another user outside", timeout=120)
def user_namespace():
    box = Podman().background("--uidmap", "0:100000:65536", "--gidmap", "0:100000:65536", IMAGE, "sleep", "1000")
    equal(process_status(box.pid)["Uid"].split()[0], "100000")
    equal(pathlib.Path(f"/proc/{box.pid}/uid_map").read_text().split(), ["0", "100000", "65536"])


@test("a volume with mapped ids: what is root's on the host is root's in the container's user namespace, and stays so", timeout=120)
def mapped_volume():
    folder = temp_dir()
    (folder / "file").write_text("host\n")
    maps = ["--uidmap", "0:100000:65536", "--gidmap", "0:100000:65536"]
    look = ["sh", "-c", "stat -c %u:%g /data/file; touch /data/made"]
    equal(Podman().run(*maps, "--volume", f"{folder}:/data:idmap", IMAGE, *look).ok().out, "0:0\n")
    equal([(folder / name).stat().st_uid for name in ("file", "made")], [0, 0])


# What has no reason to be different, in a form that does not depend on the order of mounts or on names that podman chooses.
LOOK = r"""
for field in Uid Gid Groups CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp; do grep "^$field:" /proc/self/status; done
awk '{print $5}' /proc/self/mountinfo | sort
awk '$5 !~ "^/(proc|sys)/" {print $5, $6, $(NF - 2)}' /proc/self/mountinfo | sort
ls -l /dev | awk 'NR > 1 {print $1, $3, $4, $NF}' | sort
cat /proc/self/limits; umask; pwd; env | sort; cat /proc/sys/net/ipv4/ping_group_range; ls /proc/$$/fd
cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max /sys/fs/cgroup/cpu.max; grep ^0: /proc/self/cgroup
touch /proc/sys/kernel/x 2>&1; head -c 1 /proc/kcore | wc -c; cat /proc/self/oom_score_adj
mknod /tmp/fuse c 10 229 2>&1; (exec 3</tmp/fuse) 2>&1; true
"""


@test("what a container sees is the same as with crun", timeout=240)
def same_as_crun():
    for options in (), ("--privileged",):
        seen = {runtime: Podman(runtime).run("--hostname", "same", *options, IMAGE, "sh", "-c", LOOK).ok()
                for runtime in (nacelle(), "crun")}
        equal(seen[nacelle()].out, seen["crun"].out, f"with {options}")
        equal(seen[nacelle()].err, seen["crun"].err, f"stderr with {options}")


run()
