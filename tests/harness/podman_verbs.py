"""What people do with podman, one verb after the other on few containers, so that what two runtimes make of it can be compared.

Every step gives the exit code and the output, without what may differ: ids, and the runtimes' own words for an error."""

import os
import re
import socket

from .checks import eventually, that
from .command import sh
from .image import IMAGE
from .runner import defer, temp_dir
from .where import time_scale

LIVES = "trap 'echo stopped; exit 7' TERM; echo out; echo err >&2; sleep 1000 & touch /tmp/ok; wait"

COUNTS = "i=0; while :; do i=$((i + 1)); echo $i; echo $i >/tmp/count; sleep 0.1; done"

POD = f"""apiVersion: v1
kind: Pod
metadata: {{name: played}}
spec:
  hostNetwork: true
  containers:
  - {{name: one, image: "{IMAGE}", command: [sh, -c, "echo one; sleep 1000"]}}
  - {{name: two, image: "{IMAGE}", command: [sh, -c, "echo two; sleep 1000"]}}
"""


class Steps:
    """The steps that were done: name -> (exit code, output)."""

    def __init__(self, podman):
        self.podman, self.done = podman, {}

    def __call__(self, step, *arguments, **how):
        """Runs podman, and notes what came of it. Gives the Outcome."""
        outcome = self.podman(*arguments, **{"timeout": 90, **how})
        if step in self.done:
            raise KeyError(f"the step '{step}' is there already")
        self.done[step] = (outcome.code, re.sub(r"\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b", "ID", outcome.out))
        return outcome


def life(podman, has_cgroup=True):
    """create, start, inspect, logs, exec, top, stats, pause, update, cp, healthcheck, commit, stop, start, kill, wait, rm."""
    steps, name, folder = Steps(podman), "life", temp_dir()
    folder.chmod(0o777)
    (folder / "given").write_text("hello\n")
    defer(lambda: podman("rm", "--force", "--time", "0", "--ignore", name))
    limits = ["--memory", "64m", "--memory-swap", "80m", "--pids-limit", "50"] if has_cgroup else []
    steps("create", "create", "--name", name, "--network", "none", *limits, "--health-cmd", "test -e /tmp/ok",
          "--health-interval", "disable", IMAGE, "sh", "-c", LIVES)
    steps("start", "start", name)
    steps("inspect", "inspect", "--format", "{{.State.Status}} {{.State.Running}} {{.State.Paused}} {{.State.ExitCode}}", name)
    eventually(lambda: podman("logs", name).out == "out\n")
    steps("logs", "logs", name)
    steps("exec", "exec", "--user", "1000:50", "--env", "A=b", "--workdir", "/tmp", name, "sh", "-c",
          "id; echo $A; pwd; grep -E '^(Cap|NoNew|Seccomp:)' /proc/self/status; exit 4")
    steps("exec of nothing", "exec", name, "nonesuch")
    steps("exec with input", "exec", "--interactive", name, "cat", stdin="typed\n")
    steps("top", "top", name, "user", "comm")
    if has_cgroup:
        steps("limits", "exec", name, "sh", "-c", "cd /sys/fs/cgroup; cat memory.max memory.swap.max cpu.max pids.max")
        steps.done["stats"] = stats(podman, name)
        steps("pause", "pause", name)
        steps("state when paused", "inspect", "--format", "{{.State.Status}} {{.State.Paused}}", name)
        steps("exec when paused", "exec", name, "true")
        steps("unpause", "unpause", name)
        steps("update", "update", "--memory", "128m", "--memory-swap", "128m", "--cpus", "0.5", name)
        steps("limits after update", "exec", name, "sh", "-c", "cd /sys/fs/cgroup; cat memory.max memory.swap.max cpu.max pids.max")
    steps("cp in", "cp", folder / "given", f"{name}:/tmp/taken")
    steps("cp out", "cp", f"{name}:/tmp/taken", folder / "back")
    steps.done["cp"] = (0, (folder / "back").read_text())
    steps("healthy", "healthcheck", "run", name)
    steps("make it ill", "exec", name, "rm", "/tmp/ok")
    steps("unhealthy", "healthcheck", "run", name)
    steps("commit", "commit", "--quiet", name, "localhost/committed")
    steps("run what was committed", "run", "--rm", "--network", "none", "localhost/committed", "cat", "/tmp/taken")
    steps("stop", "stop", "--time", "20", name)
    steps("inspect after stop", "inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", name)
    steps("start again", "start", name)
    steps("kill", "kill", "--signal", "KILL", name)
    steps("wait", "wait", name)
    steps("rm", "rm", name)
    return steps.done


def stats(podman, name):
    """The part of `stats` that does not change from second to second: the name, the limit of memory, whether there are pids."""
    said = podman("stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}} {{.PIDs}}", name)
    words = said.out.split()  # life 69.63kB / 67.11MB 2
    return (said.code, [words[0], words[3], int(words[4]) > 0] if len(words) == 5 else said.out)


def others(podman, rootless=False):
    """attach, --preserve-fds, --cgroups=disabled, --userns=auto and keep-id, the host's namespaces, devices, bad programs."""
    steps, folder = Steps(podman), temp_dir()
    folder.chmod(0o755)
    plain = ["run", "--rm", "--network", "none"]
    defer(lambda: podman("rm", "--force", "--time", "0", "--ignore", "attached"))
    steps("run for attach", "run", "--detach", "--interactive", "--name", "attached", "--network", "none", IMAGE, "sh", "-c",
          "read line; echo got $line; exit 3")
    steps("attach", "attach", "attached", stdin="typed\n")
    steps("inspect after attach", "inspect", "--format", "{{.State.ExitCode}}", "attached")
    steps("rm after attach", "rm", "attached")
    (folder / "passed").write_text("passed\n")
    words = podman.words(*plain, "--preserve-fds", "2", IMAGE, "sh", "-c", "cat <&3; cat <&4; ls /proc/self/fd | wc -l")
    file = str(folder / "passed")
    passed = sh("sh", "-c", f'exec "$@" 3<{file} 4<{file}', "sh", *words, timeout=90)
    steps.done["preserve-fds"] = (passed.code, passed.out)
    steps("cgroups disabled", *plain, "--cgroups", "disabled", IMAGE, "cat", "/proc/self/cgroup")
    steps("userns auto", *plain, "--userns", "auto", IMAGE, "sh", "-c", "id -u; cut -c1-40 /proc/self/uid_map | wc -l; "
          "cat /proc/kcore | wc -c; ls /sys/firmware /proc/acpi | wc -l; echo x >/dev/null")
    if rootless:
        steps("keep-id", *plain, "--userns", "keep-id", IMAGE, "sh", "-c", "id -u; cat /proc/self/uid_map")
    steps("host's network", "run", "--rm", "--network", "host", IMAGE, "sh", "-c", "ls /sys/class/net | grep -x lo")
    steps("host's pids", *plain, "--pid", "host", IMAGE, "sh", "-c", "cat /proc/1/comm")
    steps("privileged", *plain, "--privileged", IMAGE, "sh", "-c", "mkdir /m && mount -t tmpfs x /m && echo mounted; "
          "ls /proc/scsi /sys/firmware >/dev/null && echo seen; grep CapEff /proc/self/status")
    steps("device", *plain, "--device", "/dev/fuse", IMAGE, "stat", "-c", "%F %t %T %a %u %g", "/dev/fuse")
    steps("not there", *plain, IMAGE, "nonesuch")
    steps("not executable", *plain, IMAGE, "/etc/passwd")
    return steps.done


def checkpoint(podman):
    """container checkpoint and restore, and a checkpoint with --leave-running."""
    steps, name = Steps(podman), "counts"
    defer(lambda: podman("rm", "--force", "--time", "0", "--ignore", name))
    state = ["inspect", "--format", "{{.State.Status}} {{.State.Running}} {{.State.Checkpointed}}"]
    steps("run", "run", "--detach", "--name", name, "--network", "none", IMAGE, "sh", "-c", COUNTS)
    steps.done["counted"] = counts_on(podman, name, 0)
    steps("checkpoint", "container", "checkpoint", name)
    steps("state when checkpointed", *state, name)
    before = len(podman("logs", name).ok().lines())
    steps("restore", "container", "restore", name)
    steps("state when restored", *state, name)
    steps.done["counted on"] = counts_on(podman, name, before)
    steps("checkpoint and go on", "container", "checkpoint", "--leave-running", name)
    steps("state when left running", *state, name)
    steps("kill", "kill", name)
    steps("wait", "wait", name)
    steps("rm", "rm", name)
    return steps.done


def moved(podman):
    """container checkpoint --export, and restore --import under another name."""
    folder = temp_dir()
    for each in "counts", "moved":
        defer(lambda each=each: podman("rm", "--force", "--time", "0", "--ignore", each))
    podman("run", "--detach", "--name", "counts", "--network", "none", IMAGE, "sh", "-c", COUNTS).ok()
    podman("container", "checkpoint", "--export", folder / "counts.tar.gz", "counts").ok()
    before = len(podman("logs", "counts").ok().lines())
    podman("rm", "counts").ok()
    podman("container", "restore", "--import", folder / "counts.tar.gz", "--name", "moved").ok()
    eventually(lambda: that(int(podman("exec", "moved", "cat", "/tmp/count").ok().out or 0) > before, "it does not count on"))
    podman("rm", "--force", "--time", "0", "moved").ok()


def counts_on(podman, name, before):
    """Waits until a container has counted further than before; says whether it left out nothing."""
    eventually(lambda: that(len(podman("logs", name).ok().lines()) > before, "it does not count on"))
    lines = podman("logs", name).ok().lines()
    return 0, "in order" if lines == [str(number + 1) for number in range(len(lines))] else str(lines)


def kube_play(podman):
    """A pod of two containers: kube play, pod ps, logs, kube down."""
    steps, folder = Steps(podman), temp_dir()
    folder.chmod(0o755)
    (folder / "pod.yaml").write_text(POD)
    defer(lambda: podman("pod", "rm", "--force", "--ignore", "--time", "0", "played"))
    steps("kube play", "kube", "play", folder / "pod.yaml")
    steps("pod ps", "pod", "ps", "--format", "{{.Name}} {{.Status}} {{.NumberOfContainers}}")
    eventually(lambda: podman("logs", "played-two").out == "two\n")
    steps("kube down", "kube", "down", folder / "pod.yaml")
    return steps.done


def notified(podman, mode, *command):
    """What arrives at $NOTIFY_SOCKET when a container is run with --sdnotify=MODE, until READY=1, and what podman said."""
    folder = temp_dir()
    folder.chmod(0o777)
    path = str(folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        os.chmod(path, 0o777)
        listener.settimeout(20 * time_scale())
        name = f"notify-{mode}"
        defer(lambda: podman("rm", "--force", "--time", "0", "--ignore", name))
        # The machine's own programs: busybox cannot notify.
        mine = [word for place in ("/usr:/usr", "/usr/lib:/lib", "/usr/lib64:/lib64") for word in ("--volume", place + ":ro")]
        words = podman.words("run", "--detach", "--name", name, "--network", "none", "--sdnotify", mode, *mine, IMAGE, *command)
        outcome = sh("sh", "-c", f'NOTIFY_SOCKET={path} exec "$@"', "sh", *words, timeout=90).ok()
        words = []
        while "READY=1" not in words:
            words += listener.recv(4096).decode().split()
    podman("rm", "--force", "--time", "0", name).ok()
    return outcome.code, sorted(word.partition("=")[0] for word in words)
