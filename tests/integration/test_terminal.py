"""Terminals: the master goes to the caller, the slave is the program's 0, 1, 2 and controlling terminal."""

import fcntl
import json
import os
import pty
import struct
import subprocess
import termios

from harness import contains, equal, eventually, matches, run, shows, test
from harness.bundle import PATH, Container
from harness.terminal import ConsoleSocket, Terminal

SLEEP = "while :; do sleep 0.1; done"
TERMINAL = {"terminal": True}


@shows("process.terminal")
@test("create sends the terminal's master over --console-socket; the program runs on the slave, and has job control")
def console_socket():
    box = Container("tty; ls -l /dev/console; [ -c /dev/console ] && stty -g </dev/console >/dev/null && echo same; "
                    "for fd in 0 1 2; do readlink /proc/$$/fd/$fd; done; echo to-tty >/dev/tty; read x; echo got $x",
                    process=TERMINAL)
    console = ConsoleSocket()
    box.create("--console-socket", console.path).ok()
    terminal = console.receive()
    matches(console.payload.decode(), r".")
    box.start().ok()
    said = terminal.expect("to-tty\r\n")
    lines = said.split("\r\n")
    equal(lines[0], "/dev/pts/0")
    matches(lines[1], r"^crw--w---- .* /dev/console$")
    equal(lines[2:6], ["same", "/dev/pts/0", "/dev/pts/0", "/dev/pts/0"])
    terminal.type("hello\n")
    contains(terminal.read_all(), "got hello\r\n")


@shows("process.consoleSize.{height,width}")
@test("consoleSize sets the size of the terminal")
def console_size():
    box = Container("stty size", process={"terminal": True, "consoleSize": {"height": 31, "width": 117}})
    console = ConsoleSocket()
    box.create("--console-socket", console.path).ok()
    terminal = console.receive()
    equal(terminal.size(), (31, 117))
    box.start().ok()
    equal(terminal.read_all(), "31 117\r\n")


@test("the terminal belongs to the user, with group tty when the devpts says so")
def terminal_owner():
    box = Container("stat -c '%u %g %a %t' /dev/pts/0; echo written >/dev/pts/0",
                    process={"terminal": True, "user": {"uid": 1000, "gid": 1000}})
    console = ConsoleSocket()
    box.create("--console-socket", console.path).ok()
    terminal = console.receive()
    box.start().ok()
    equal(terminal.read_all(), "1000 5 620 88\r\nwritten\r\n")


@test("exec --tty with --console-socket gives the new program a terminal of its own")
def exec_terminal():
    box = Container(SLEEP)
    box.up()
    console = ConsoleSocket()
    box.exec("tty; exit 3", flags=["--tty", "--detach", "--console-socket", console.path]).ok()
    equal(console.receive().read_all(), "/dev/pts/0\r\n")
    file = box.folder / "process.json"
    file.write_text(json.dumps({"terminal": True, "consoleSize": {"height": 9, "width": 8}, "cwd": "/", "env": [PATH],
                                "user": {"uid": 0, "gid": 0}, "args": ["stty", "size"]}))
    box.call("exec", "--detach", "--process", file, "--console-socket", console.path, box.id).ok()
    equal(console.receive().read_all(), "9 8\r\n")


def on_pty(words, rows=24, columns=80):
    """Runs the words on a terminal of the test's own. Gives the Popen object and the Terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen([str(word) for word in words], stdin=slave, stdout=slave, stderr=slave,
                               start_new_session=True,
                               preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    os.close(slave)
    return process, Terminal(master)


@test("run in the foreground joins its own terminal with the container's: input, output, size, window changes, exit code")
def run_on_terminal():
    box = Container("trap 'stty size' WINCH; stty size; until [ \"$line\" = end ]; do read -r line; echo got $line; done; "
                    "exit 5", process=TERMINAL)
    process, terminal = on_pty(box.words("run", "--bundle", box.bundle, box.id), 40, 100)
    terminal.expect("40 100\r\n")
    terminal.type("hello\n")
    terminal.expect("got hello\r\n")
    fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", 41, 101, 0, 0))

    def resized():  # a shell heeds the signal behind its `read`
        terminal.type("\n")
        terminal.expect("41 101\r\n", timeout=1)

    eventually(resized)
    terminal.type("end\n")
    equal(process.wait(60), 5)


@test("ctrl-c on the caller's terminal interrupts the program inside, not the runtime")
def control_c():
    box = Container("trap 'echo interrupted; exit 6' INT; echo ready; while :; do sleep 0.05; done", process=TERMINAL)
    process, terminal = on_pty(box.words("run", "--bundle", box.bundle, box.id))
    terminal.expect("ready\r\n")
    terminal.type("\x03")
    terminal.expect("interrupted\r\n")
    equal(process.wait(60), 6)


@test("exec --tty in the foreground joins the terminals, too, and puts the caller's back as it was")
def exec_on_terminal():
    box = Container(SLEEP)
    box.up()
    process, terminal = on_pty(box.words("exec", "--tty", box.id, "sh", "-c", "stty size; tty; exit 4"), 30, 90)
    terminal.expect("30 90\r\n/dev/pts/0\r\n")
    equal(process.wait(60), 4)
    # What is read from the master is what the slave is set to; a raw terminal would not echo.
    equal(flags_of(terminal), ["icrnl", "opost", "echo", "icanon", "isig"])


def flags_of(terminal):
    """Names of some flags that are on."""
    input_flags, output_flags, _, local_flags = termios.tcgetattr(terminal.master)[:4]
    names = {"icrnl": input_flags & termios.ICRNL, "opost": output_flags & termios.OPOST,
             "echo": local_flags & termios.ECHO, "icanon": local_flags & termios.ICANON,
             "isig": local_flags & termios.ISIG}
    return [name for name, on in names.items() if on]


@test("a terminal without a console socket when detached, and a console socket without a terminal, are refused")
def mismatches():
    box = Container(process=TERMINAL)
    for refused in box.create(), box.run("--detach"):
        matches(refused.exits(1).err, r"^nacelle: .*process\.terminal: .*--console-socket")
    plain = Container()
    console = ConsoleSocket()
    for refused in (plain.create("--console-socket", console.path), plain.run("--console-socket", console.path),
                    box.run("--console-socket", console.path)):
        contains(refused.exits(1).err, "--console-socket is for a detached container with process.terminal")
    matches(box.create("--console-socket", "/nonesuch/socket").exits(1).err, "'/nonesuch/socket': No such file or directory")
    eventually(lambda: equal(box.cgroups() + plain.cgroups(), []))


run()
