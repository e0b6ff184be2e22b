"""Attaching to a container: what it writes from now on, its stdin, its terminal; and clients that do not read."""

import fcntl
import os
import signal
import struct
import subprocess
import termios

from harness import contains, defer, equal, eventually, excludes, run, test, that, withstands
from harness.pods import SLEEP, Node, pod, shell
from harness.terminal import on_terminal

HINT = "If you don't see a command prompt, try pressing enter.\n"
# Says something once it is told to; so that a test knows what came after it was attached.
TOLD = "while ! [ -e /tmp/go ]; do sleep 0.1; done; "


def attached(node, *words, **options):
    """A client that has been let in: it has said so. Its stdout is a pipe."""
    process = subprocess.Popen([str(word) for word in [*node.words, "attach", *words]], stdin=options.pop("stdin", subprocess.PIPE),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    defer(process.kill)
    equal(process.stderr.readline(), HINT)
    return process


def go(node, name="web"):
    node.kube("exec", name, "--", "touch", "/tmp/go").ok()


@test("a client gets what the container writes from then on, stdout and stderr apart, until it ends")
def output():
    node = Node()
    node.apply(pod("web", shell("echo early; " + TOLD + "echo out; echo err >&2; printf rest"), restartPolicy="Never")).ok()
    node.ready("web")
    first, second = attached(node, "web"), attached(node, "pod/web", "-c", "c0")
    go(node)
    for client in (first, second):
        out, err = client.communicate(timeout=60)
        equal((out, err, client.returncode), ("out\nrest", "err\n", 0))
    equal(sorted(node.kube("logs", "web").ok().lines()), ["early", "err", "out", "rest"])
    eventually(lambda: equal(node.pod("web")["status"]["phase"], "Succeeded"))
    equal(node.kube("attach", "web").exits(1).err,
          "error: cannot attach a container in a completed pod; current phase is Succeeded\n")


@test("stdin: what a client types the container reads, its prompts come at once, and its stdin stays open for the next one")
def stdin_open():
    node = Node()
    node.apply(pod("web", shell("printf 'name? '; while read name; do printf \"hello $name, name? \"; done; echo end", stdin=True))).ok()
    node.ready("web")
    for name in ("ann", "bob"):
        client = attached(node, "-i", "web")
        os.write(client.stdin.fileno(), f"{name}\n".encode())
        answer = f"hello {name}, name? "
        equal(client.stdout.read(len(answer)), answer)
        client.stdin.close()
        equal(client.wait(60), 0)
    excludes(node.kube("logs", "web").ok().out, "end")
    equal(node.status("web")["restartCount"], 0)


@test("a container that does not read costs its client nothing of what it writes")
def stdin_closed():
    node = Node()
    node.apply(pod("web", shell("exec <&-; sleep 1; echo end", stdin=True), restartPolicy="Never")).ok()
    node.ready("web")
    client = attached(node, "-i", "web")
    os.write(client.stdin.fileno(), b"nobody reads this\n")
    equal((client.stdout.read(), client.wait(60)), ("end\n", 0))


@test("stdinOnce: the container's stdin ends with that of the first client, who stays for what it makes of it")
def stdin_once():
    node = Node()
    for name, death in (("web", False), ("other", True)):
        node.apply(pod(name, shell("cat; echo end", stdin=True, stdinOnce=True), shell(SLEEP), restartPolicy="Never")).ok()
        node.ready(name)
        client = attached(node, "-i", name, "-c", "c0")
        os.write(client.stdin.fileno(), b"a\nb\n")
        if death:
            equal(client.stdout.readline(), "a\n")
            client.kill()
        else:
            client.stdin.close()
            equal((client.stdout.read(), client.wait(60)), ("a\nb\nend\n", 0))
        eventually(lambda: equal(node.status(name)["state"].get("terminated", {}).get("exitCode"), 0))
        equal(node.kube("logs", name, "-c", "c0").ok().out, "a\nb\nend\n")


@test("tty: our terminal is the container's, with its size, and is set back when we are done")
def terminal():
    node = Node()
    node.apply(pod("web", {"command": ["sh"], "stdin": True, "tty": True})).ok()
    node.ready("web")
    process, ours = on_terminal([str(word) for word in [*node.words, "attach", "-it", "web"]])
    ours.expect("try pressing enter.")
    ours.type("tty\n")
    ours.expect("/dev/pts/0\r\n")
    fcntl.ioctl(ours.master, termios.TIOCSWINSZ, struct.pack("HHHH", 41, 97, 0, 0))
    process.send_signal(signal.SIGWINCH)
    ours.type("until [ \"$(stty size)\" = '41 97' ]; do :; done; echo si''zed\n")
    ours.expect("sized\r\n")
    # A second client, who may only look; and ^C is the container's.
    other = attached(node, "web")
    # Said by what ^C is to end: what the shell says comes before that is in the terminal's foreground.
    ours.type("sh -c 'echo ru\"\"n; sleep 1000'\n")
    ours.expect("run\r\n")
    ours.type("\x03")
    ours.expect("# ")  # what is typed before the shell asks again may be lost
    ours.type("echo ov''er\n")
    ours.expect("over\r\n")
    while "over" not in other.stdout.readline():
        pass
    process.send_signal(signal.SIGTERM)
    equal(process.wait(60), 128 + signal.SIGTERM)
    that(termios.tcgetattr(ours.master)[3] & termios.ICANON, "the terminal was left raw")
    # The shell goes on, and can be attached to again.
    process, ours = on_terminal([str(word) for word in [*node.words, "attach", "-it", "web"]])
    ours.expect("try pressing enter.")
    ours.type("exit\n")
    ours.expect("Session ended, resume using 'nacelle kube attach web -c c0 -i -t' command when the pod is running")
    equal(process.wait(60), 0)
    eventually(lambda: equal(node.status("web")["restartCount"], 1))


@test("what cannot be had is said: stdin, a terminal, a container that does not run, a command")
def refusals():
    node = Node()
    node.apply(pod("web", shell(SLEEP), {"image": "nosuch:1"}, shell("cat", stdin=True))).ok()
    eventually(lambda: equal(node.status("web")["state"].get("running") is not None, True))
    equal(node.kube("attach", "-it", "web", "bash", "-c", "c0").exits(1).err.splitlines(),
          ["error: 'bash' is not run: attach joins what container c0 runs",
           "error: Unable to use a TTY - container c0 did not allocate one",
           "error: the container does not read stdin (hint: its manifest needs stdin: true; or use exec -it)"])
    equal(node.kube("attach", "web", "-c", "c1").exits(1).err, 'error: container not running ("c1")\n')
    equal(node.kube("attach", "web", "-c", "c9").exits(1).err, "error: container c9 is not valid for pod web\n")
    equal(node.kube("attach", "nosuch").exits(1).err, 'error: pods "nosuch" not found\n')


@test("all of much output arrives, as fast as the client takes it")
def much():
    node = Node()
    node.apply(pod("web", shell(TOLD + "i=0; while [ $i -lt 40 ]; do seq 1 50000; i=$((i+1)); done"), restartPolicy="Never")).ok()
    node.ready("web")
    client = attached(node, "web")
    go(node)
    want = "".join(f"{number}\n" for number in range(1, 50001)) * 40
    that(client.stdout.read() == want, "something is missing, or doubled")
    equal((client.stderr.read(), client.wait(60)), ("", 0))


@withstands("CVE-2025-64329")
@test("a client that does not read is dropped after a second, and told: the container, its log and its probes go on")
def slow():
    node = Node()
    node.apply(pod("web", shell(TOLD + "seq 1 400000; touch /tmp/done; " + SLEEP,
                                livenessProbe={"exec": {"command": ["true"]}, "periodSeconds": 1, "timeoutSeconds": 30, "failureThreshold": 1}))).ok()
    node.ready("web")
    asleep, gone = attached(node, "web"), attached(node, "web")
    asleep.send_signal(signal.SIGSTOP)
    gone.stdout.close()
    go(node)
    eventually(lambda: node.kube("exec", "web", "--", "test", "-e", "/tmp/done").ok(), timeout=60)
    eventually(lambda: equal(node.kube("logs", "web", "--tail=1").ok().out, "400000\n"), timeout=60)
    asleep.send_signal(signal.SIGCONT)
    asleep.stdout.read()
    contains(asleep.stderr.read(), "error: we took what the container writes too slowly, and have lost it")
    equal(asleep.wait(60), 1)
    that(gone.wait(60) != 0, "it did not notice")
    equal(node.status("web")["restartCount"], 0)

    def nothing_left():  # a probe that is running has a pipe, too
        folder = f"/proc/{node.supervisor('web')}/fd"
        links = [os.readlink(f"{folder}/{fd}") for fd in os.listdir(folder)]
        equal(len([link for link in links if link.startswith("pipe:")]), 2, links)

    eventually(nothing_left)


@test("a client is told when the supervisor has been killed")
def orphaned():
    node = Node()
    node.apply(pod("web", shell(SLEEP))).ok()
    node.ready("web")
    client = attached(node, "web")
    os.kill(node.supervisor("web"), signal.SIGKILL)
    equal((client.stderr.read(), client.wait(60)), ("error: the pod's supervisor has ended\n", 1))


run()
