"""Debian's Docker with nacelle and with runc: the same comes out."""

import json
import re

from harness import equal, eventually, run, test, that
from harness.bundle import cgroups_named
from harness.docker import Docker
from harness.image import IMAGE
from harness.peers import same_as
from harness.processors import two_processors
from harness.terminal import use_shell

FILES = "cd /sys/fs/cgroup; cat memory.max cpu.max pids.max cpuset.cpus"
LIVES = "trap 'echo stopped; exit 7' TERM; echo out; echo err >&2; sleep 1000 & wait"


class Steps:
    """The steps that were done with a runtime: name -> (exit code, output), without ids and the runtime's own words."""

    def __init__(self, docker, runtime):
        self.docker, self.runtime, self.done = docker, runtime, {}

    def __call__(self, step, *arguments, **how):
        outcome = self.docker(*arguments, **{"timeout": 90, **how})
        said = re.sub(r"(OCI runtime \w+ failed).*", r"\1", outcome.out)
        self.done[step] = (outcome.code, re.sub(r"\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b", "ID", said))
        return outcome

    def run(self, step, *arguments, **how):
        """`docker run` of a container that is gone afterwards."""
        return self(step, "run", "--rm", "--runtime", self.runtime, "--network", "none", *arguments, **how)


def life(docker, runtime):
    """run -d with limits, exec, stats, top, update, pause, stop, start, kill, rm."""
    steps, name = Steps(docker, runtime), "life"
    steps("run", "run", "--detach", "--runtime", runtime, "--name", name, "--network", "none", "--memory", "64m", "--memory-swap",
          "64m", "--cpus", "0.5", "--pids-limit", "50", "--cpuset-cpus", "1", IMAGE, "sh", "-c", LIVES)
    steps("limits", "exec", name, "sh", "-c", FILES)
    steps("exec", "exec", "--user", "1000:50", "--workdir", "/tmp", "--env", "A=b", name, "sh", "-c", "id; pwd; echo $A; exit 5")
    steps("exec with input", "exec", "--interactive", name, "cat", stdin="typed\n")
    steps("exec of nothing", "exec", name, "nonesuch")
    steps("exec of no program", "exec", name, "/etc/passwd")
    said = docker("stats", "--no-stream", "--format", "{{json .}}", name, timeout=90)
    seen = json.loads(said.ok().out)
    steps.done["stats"] = (seen["MemUsage"].split(" / ")[1], int(seen["PIDs"]) > 0)
    steps.done["top"] = [line.split()[-1] for line in docker("top", name, "-o", "pid,comm").ok().lines()]
    steps("update", "update", "--memory", "128m", "--memory-swap", "128m", "--cpus", "1", "--pids-limit", "60", name)
    steps("limits after update", "exec", name, "sh", "-c", FILES)
    steps("pause", "pause", name)
    steps("state when paused", "inspect", "--format", "{{.State.Status}} {{.State.Paused}}", name)
    steps("unpause", "unpause", name)
    steps("stop", "stop", "--time", "20", name)
    steps("state after stop", "inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", name)
    steps("logs", "logs", name)
    steps("start again", "start", name)
    steps("kill", "kill", name)
    steps("wait", "wait", name)
    steps("rm", "rm", name)
    return steps.done


def options(docker, runtime):
    """What `docker run` can ask for; how it fails; a terminal."""
    steps = Steps(docker, runtime)
    steps.run("plain", "--env", "C=red", "--workdir", "/tmp", "--hostname", "web", "--interactive", IMAGE, "sh", "-c",
              "cat; id; echo $C; pwd; hostname; exit 42", stdin="typed\n")
    steps.run("confined", "--user", "1000:2000", "--group-add", "7", "--cap-drop", "all", "--cap-add", "net_bind_service",
              "--read-only", "--security-opt", "no-new-privileges", "--tmpfs", "/scratch:size=1m", "--ulimit", "nofile=100:200",
              IMAGE, "sh", "-c", "id; grep -E '^(Cap|NoNew|Seccomp:)' /proc/self/status; touch /x; touch /scratch/y && echo scratch; "
              "ulimit -Sn; ulimit -Hn; awk '{print $5}' /proc/self/mountinfo | sort; ls /dev")
    steps.run("privileged", "--privileged", IMAGE, "sh", "-c", "grep CapEff /proc/self/status; mkdir /m; mount -t tmpfs x /m && echo mounted")
    steps.run("init", "--init", IMAGE, "cat", "/proc/1/comm")
    steps.run("not there", IMAGE, "nonesuch")
    steps.run("not there by path", IMAGE, "/nonesuch")
    steps.run("not executable", IMAGE, "/etc/passwd")
    steps.run("out of memory", "--memory", "16m", "--memory-swap", "16m", IMAGE, "dd", "if=/dev/zero", "of=/dev/null", "bs=64M",
              "count=1")
    steps.done["terminal"] = use_shell(docker.words("run", "--rm", "-it", "--runtime", runtime, "--network", "none", IMAGE, "sh"))
    return steps.done


@test("run, exec, stats, top, update, pause, stop, start, kill: as with runc; nothing is left", timeout=600)
def whole_life():
    two_processors()  # before dockerd, which counts them when it starts
    docker = Docker()
    ours = same_as("runc", lambda runtime: life(docker, runtime))
    equal(ours["limits"], (0, "67108864\n50000 100000\n50\n1\n"))
    equal(ours["limits after update"], (0, "134217728\n100000 100000\n60\n1\n"))
    equal((ours["exec"][0], ours["state after stop"], ours["wait"]), (5, (0, "exited 7\n"), (0, "137\n")))
    eventually(lambda: equal(cgroups_named("docker/"), []))


@test("--user --cap-drop --read-only --tmpfs --ulimit --privileged --init -it, bad programs, memory that runs out: as with runc",
      timeout=600)
def run_options():
    docker = Docker()
    ours = same_as("runc", lambda runtime: options(docker, runtime))
    equal([ours[step][0] for step in ("plain", "not there", "not there by path", "not executable", "out of memory")],
          [42, 127, 127, 126, 137])
    equal(ours["terminal"], 7)
    that("CapBnd:\t0000000000000400" in ours["confined"][1], "the capabilities are not those that were asked for")


run()
