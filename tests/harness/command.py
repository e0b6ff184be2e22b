"""Running commands."""

import dataclasses
import os
import shlex
import signal
import subprocess
import tempfile

from . import runner
from .where import time_scale


@dataclasses.dataclass
class Outcome:
    """What became of a command: its exit code (negative: the signal that killed it), its output, its error output."""

    command: str
    code: int
    out: str
    err: str

    def ok(self):
        """Fails unless the command succeeded. Gives back itself."""
        return self.exits(0)

    def exits(self, code):
        """Fails unless the command had this exit code. Gives back itself."""
        if self.code != code:
            raise AssertionError(f"exit code {self.code}, not {code}, of\n{self}")
        return self

    def fails(self):
        """Fails if the command succeeded or was killed by a signal. Gives back itself."""
        if self.code <= 0:
            raise AssertionError(f"should have failed with an exit code:\n{self}")
        return self

    def lines(self):
        """The lines of the output."""
        return self.out.splitlines()

    def line(self, index):
        """One line of the output, counted from 0; empty where there is none."""
        return self.lines()[index] if index < len(self.lines()) else ""

    def __str__(self):
        parts = [f"$ {self.command}  (exit code {self.code})"]
        parts += [f"stdout: {line}" for line in self.out.splitlines()]
        parts += [f"stderr: {line}" for line in self.err.splitlines()]
        return "\n".join(parts)


def sh(*command, stdin="", timeout=60, env=None, cwd=None, pass_fds=()):
    """Runs a command (words; one string with blanks is a shell command) and gives back its Outcome.

    `env` is added to the environment. After `timeout` seconds (longer where the machine is slow) it is killed with all
    that it started in its session, and the test fails. Output goes to files, not pipes: a container that outlives the
    command holds on to them, and must not keep the test waiting.
    """
    words = _words(command)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as given:
        given.write(stdin.encode() if isinstance(stdin, str) else stdin)
        given.seek(0)
        process = subprocess.Popen(words, stdin=given, stdout=out, stderr=err, cwd=cwd, pass_fds=pass_fds,
                                   env={**os.environ, **(env or {})}, start_new_session=True)
        late = False
        try:
            process.wait(timeout * time_scale())
        except subprocess.TimeoutExpired:
            late = True
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        outcome = Outcome(shlex.join(map(str, words)), process.returncode, _text(out), _text(err))
    if late:
        raise AssertionError(f"took longer than {timeout * time_scale()} s:\n{outcome}")
    return outcome


def start(*command, **options):
    """Starts a command that goes on beside the test; it is killed when the test ends. Options are those of Popen; the
    command reads and writes nothing unless they say so. Gives back the Popen object."""
    nothing = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(_words(command), start_new_session=True, **{**nothing, **options})

    def stop():
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    runner.defer(stop)
    return process


def _words(command):
    if len(command) == 1 and isinstance(command[0], str) and " " in command[0]:
        return ["sh", "-c", command[0]]
    return [str(word) for word in command]


def _text(file):
    file.seek(0)
    return file.read().decode(errors="backslashreplace")
