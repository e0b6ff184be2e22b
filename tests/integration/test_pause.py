"""nacelle-pause as PID 1 of a PID namespace."""
import os
import signal
import subprocess

from harness import binary, contains, equal, eventually, run, sh, start, test, that

PAUSE = binary("nacelle-pause")


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        return [int(child) for child in children.read().split()]


def state_of(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]


def status_of(pid):
    with open(f"/proc/{pid}/status") as status:
        return dict(line.split(":\t", 1) for line in status.read().splitlines() if ":\t" in line)


def start_pause():
    """Starts pause as PID 1 of a namespace; gives unshare's Popen, whose exit code is pause's, and pause's pid."""
    unshare = start("unshare", "--pid", "--fork", "--mount-proc", PAUSE)
    pid = eventually(lambda: children_of(unshare.pid) or False)[0]
    eventually(lambda: status_of(pid)["Name"] == "pause" and state_of(pid) == "S")
    return unshare, pid


@test("nacelle-pause is at most 20 KiB, static and without a libc")
def size():
    that(os.path.getsize(PAUSE) <= 20 << 10, f"{os.path.getsize(PAUSE)} bytes")
    with open(PAUSE, "rb") as program:
        image = program.read()
    that(b"ld-linux" not in image and b"libc.so" not in image, "it asks for a loader")


@test("nacelle-pause --version names itself, anything else is refused")
def version():
    contains(sh(PAUSE, "--version").ok().out, "nacelle-pause ")
    refused = sh(PAUSE, "--foo").exits(2)
    equal(refused.err, "nacelle-pause: takes no argument but --version; it is PID 1 of a pod's sandbox and waits for "
                       "SIGTERM\n")


def ends_on(number):
    unshare, pid = start_pause()
    equal(status_of(pid)["NSpid"].split()[-1], "1", "its pid in the namespace")
    os.kill(pid, number)
    equal(unshare.wait(60), 0, "exit code")


@test("it exits with 0 on SIGTERM as PID 1")
def sigterm():
    ends_on(signal.SIGTERM)


@test("it exits with 0 on SIGINT as PID 1")
def sigint():
    ends_on(signal.SIGINT)


@test("a signal from inside its namespace ends it as well")
def from_inside():
    unshare, pid = start_pause()
    sent = sh("nsenter", "--target", pid, "--pid", "--mount", "kill", "-TERM", "1")
    # With PID 1 the kernel kills all of its namespace (pid_namespaces(7)): the sender, too, when that has not ended before.
    that(sent.code in (0, -signal.SIGKILL), str(sent))
    equal(unshare.wait(60), 0, "exit code")


@test("it ignores the other signals")
def other_signals():
    unshare, pid = start_pause()
    for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGQUIT, signal.SIGCHLD, signal.SIGPIPE, signal.SIGALRM):
        os.kill(pid, number)
    eventually(lambda: state_of(pid) == "S")
    that(unshare.poll() is None, "it ended")


@test("it reaps orphans: none stays a zombie")
def reaping():
    _, pid = start_pause()
    # Each shell leaves its background processes behind, which end after it.
    sh("nsenter", "--target", pid, "--pid", "--mount", "sh", "-c",
       "for i in 1 2 3 4 5 6 7 8; do sh -c 'sleep 0.1 & sleep 0.2 &'; done").ok()
    eventually(lambda: children_of(pid) == [])


@test("it reaps what ended while it was stopped, though the signals have merged")
def merged_signals():
    _, pid = start_pause()
    os.kill(pid, signal.SIGSTOP)
    eventually(lambda: state_of(pid) == "T")
    sh("nsenter", "--target", pid, "--pid", "--mount", "sh", "-c",
       "for i in 1 2 3 4 5; do sh -c 'sleep 0.05 &'; done").ok()
    eventually(lambda: equal([state_of(child) for child in children_of(pid)], ["Z"] * 5, "orphans of a stopped pause"))
    os.kill(pid, signal.SIGCONT)
    eventually(lambda: children_of(pid) == [])


@test("waiting, it does not wake")
def no_wakeups():
    _, pid = start_pause()

    def switches():
        status = status_of(pid)
        return int(status["voluntary_ctxt_switches"]), int(status["nonvoluntary_ctxt_switches"])

    before = switches()
    subprocess.run(["sleep", "1"], check=True)
    equal(switches(), before, "context switches in a second")


@test("ps shows it by the name it was called with")
def name():
    unshare = start("unshare", "--pid", "--fork", "bash", "-c", f"exec -a /pause {PAUSE}")
    pid = eventually(lambda: children_of(unshare.pid) or False)[0]
    eventually(lambda: status_of(pid)["Name"] == "pause")
    with open(f"/proc/{pid}/cmdline", "rb") as line:
        equal(line.read(), b"/pause\0")


run()
