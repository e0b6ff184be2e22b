"""Completion of the command line in bash."""

from harness import contains, equal, excludes, nacelle, repo, run, sh, test
from harness.bundle import Container

# Asks as bash does when TAB is pressed behind the words; "=" is a word of its own there.
ASK = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nacelle; printf "%s\\n" "${COMPREPLY[@]}"'


def complete(*words):
    """What stands to choose for the last of the words."""
    said = sh("bash", "-c", ASK, "bash", repo / "packaging/completions/nacelle.bash", nacelle(), *words).ok()
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


run()
