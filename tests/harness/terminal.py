"""The other end of a container's terminal: a socket that the runtime sends the master to, and a reader of what comes out."""

import array
import fcntl
import os
import pty
import select
import socket
import struct
import subprocess
import termios
import time

from .checks import that
from .runner import defer, temp_dir
from .where import time_scale


class ConsoleSocket:
    """A socket to give as --console-socket."""

    def __init__(self):
        self.path = str(temp_dir() / "console.sock")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        self._listener.settimeout(60 * time_scale())
        self.payload = b""
        defer(self._listener.close)

    def receive(self):
        """Waits for the runtime. Gives the Terminal; .payload is what came beside the descriptor."""
        connection, _ = self._listener.accept()
        with connection:
            connection.settimeout(60 * time_scale())
            descriptors = array.array("i")
            room = socket.CMSG_SPACE(4 * descriptors.itemsize)
            self.payload, control, _, _ = connection.recvmsg(4096, room)
            for level, kind, data in control:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                    descriptors.frombytes(data)
        that(len(descriptors) == 1, f"{len(descriptors)} descriptors came, not one")
        return Terminal(descriptors[0])


class Terminal:
    """The master of a terminal."""

    def __init__(self, master):
        self.master = master
        self.seen = ""
        defer(os.close, master)

    def size(self):
        """Rows and columns."""
        rows, columns, _, _ = struct.unpack("HHHH", fcntl.ioctl(self.master, termios.TIOCGWINSZ, b"\0" * 8))
        return rows, columns

    def type(self, text):
        """Types the text."""
        os.write(self.master, text.encode())

    def expect(self, text, timeout=60):
        """Reads until the text has come. Gives all that came since the text that was expected before."""
        deadline = time.monotonic() + timeout * time_scale()
        while text not in self.seen:
            left = deadline - time.monotonic()
            that(left > 0, f"{text!r} did not come on the terminal, only {self.seen!r}")
            if select.select([self.master], [], [], left)[0] and not self._read():
                that(text in self.seen, f"the terminal was closed before {text!r} came, after {self.seen!r}")
        before, _, self.seen = self.seen.partition(text)
        return before + text

    def read_all(self, timeout=60):
        """Reads until the last process has closed the terminal. Gives all that came."""
        deadline = time.monotonic() + timeout * time_scale()
        while True:
            left = deadline - time.monotonic()
            that(left > 0, f"the terminal stayed open after {self.seen!r}")
            if select.select([self.master], [], [], left)[0] and not self._read():
                break
        seen, self.seen = self.seen, ""
        return seen

    def _read(self):
        try:
            data = os.read(self.master, 4096)
        except OSError:  # EIO: the last slave is closed
            return False
        self.seen += data.decode(errors="backslashreplace")
        return bool(data)


def on_terminal(words):
    """Runs the words on a terminal of the test's own. Gives the Popen object and the Terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    return process, Terminal(master)


def use_shell(words):
    """The exit code of a container's shell on a terminal, which a job was interrupted from, and which was then told to exit 7."""
    process, terminal = on_terminal(words)
    terminal.expect("# ", timeout=60)
    # The job says that it runs: before that it may not be in the foreground, and ^C reaches nobody.
    terminal.type("tty; stty size | wc -w; sh -c 'echo ru\"\"ns; sleep 100'\n")
    terminal.expect("/dev/pts/0", timeout=60)
    terminal.expect("runs\r\n", timeout=60)
    terminal.type("\x03")
    terminal.expect("# ", timeout=60)
    terminal.type("echo over && exit 7\n")
    terminal.expect("over\r\n", timeout=60)
    return process.wait(60)
