"""Completion of the command line in bash."""

import functools
import shutil

from harness import contains, equal, excludes, nacelle, repo, run, sh, temp_dir, test
from harness.bundle import Container
from harness.pods import SLEEP, Node, pod, shell
from harness.where import binary

# Asks as bash does when TAB is pressed behind the words; "=" is a word of its own there.
ASK = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nacelle; printf "%s\\n" "${COMPREPLY[@]}"'


def complete(*words, program=None):
    """What stands to choose for the last of the words."""
    said = sh("bash", "-c", ASK, "bash", repo / "packaging/completions/nacelle.bash", program or nacelle(), *words).ok()
    equal(said.err, "")
    return sorted(line for line in said.lines() if line)


@test("commands, and the options of the program and of a command, are those of --help")
def names():
    commands = [line.split()[0] for line in sh(nacelle(), "--help").ok().out.split("Commands:\n")[1].split("\n\n")[0].splitlines()]
    equal(complete(""), sorted(commands))
    equal(complete("pa"), ["pause"])
    equal(complete("--systemd-cgroup", "pa"), ["pause"])
    contains(complete("--"), "--log-format")
    equal(complete("update", "--memory"), ["--memory", "--memory-reservation", "--memory-swap"])
    equal(complete("kill", "--a"), ["--all"])


@test("values: words where there are few, files where one is wanted")
def values():
    equal(complete("list", "--format", ""), ["json", "table"])
    equal(complete("--cgroup-manager", "=", "s"), ["systemd"])
    contains(complete("update", "--resources", str(repo) + "/"), str(repo / "README.md"))
    equal(complete("create", "--bundle", str(repo) + "/cg"), [str(repo / "cgroups")])
    equal(complete("update", "--memory", ""), [])


@test("containers, of the state directory that is given; none for a new one; then signals for kill")
def containers():
    box = Container("sleep 100")
    box.up()
    root = str(box.state_root)
    for verb in "state", "exec", "kill", "pause", "events", "update", "delete", "ps":
        equal(complete("--root", root, verb, ""), [box.id], verb)
        equal(complete("--root", "=", root, verb, ""), [box.id], verb)
    equal(complete("--root", root, "delete", "--force", box.id[:3]), [box.id])
    equal(complete("--root", root, "create", ""), [])
    contains(complete("--root", root, "kill", box.id, "SIGT"), "SIGTERM")
    excludes(complete("--root", root, "state", box.id, ""), box.id)


@test("nacelle kube: verbs, their options, kinds, and the names of what there is")
def pods():
    node, installed = Node(), temp_dir()
    for name in "nacelle", "nacelle-kube":
        shutil.copy(binary(name), installed)
    typed = functools.partial(complete, "kube", program=installed / "nacelle")
    node.apply(pod("web", shell(SLEEP))).ok()
    node.kube("create", "configmap", "special", "--from-literal=a=b").ok()
    node.kube("create", "namespace", "other").ok()
    place = ["--root", str(node.folder)]
    verbs = node.kube("--help").ok().out.split("Verbs:\n")[1].split("\n\n")[0].splitlines()
    equal(typed(""), sorted(line.split()[0] for line in verbs))
    equal(typed(*place, "port"), ["port-forward"])
    equal(typed("logs", "--since"), ["--since", "--since-time"])
    contains(typed("get", ""), "configmaps")
    equal(typed(*place, "get", "cm", ""), ["special"])
    for verb in "logs", "exec", "attach", "wait":
        equal(typed(*place, verb, ""), ["web"], verb)
        equal(typed(verb, "--root", "=", place[1], "w"), ["web"], verb)
    equal(typed(*place, "logs", "-n", ""), ["default", "other"])
    equal(typed(*place, "-n", "other", "logs", ""), [])
    equal(typed(*place, "delete", "pod", "web", ""), ["web"])
    equal(typed(*place, "top", ""), ["node", "pod"])
    equal(typed("image", ""), ["import", "ls", "rm"])
    equal(typed(*place, "exec", "web", "--", ""), [])
    contains(typed("apply", "-f", str(repo) + "/"), str(repo / "README.md"))
    equal(typed(*place, "get", "pods", "-o", "y"), ["yaml"])


run()
