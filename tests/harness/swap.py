"""An attacker outside of the container: exchanges two names over and over, as fast as it can, while the test goes on."""

import ctypes
import os
import signal
import sys

RENAME_EXCHANGE = 2
AT_FDCWD = -100

_libc = ctypes.CDLL(None, use_errno=True)


class Swapping:
    """with Swapping(path, other): in the meantime `path` is now the one, now the other, and never missing."""

    def __init__(self, path, other):
        self._names = os.fsencode(path), os.fsencode(other)
        self._pid = None

    def __enter__(self):
        self._pid = os.fork()
        if self._pid == 0:
            self._swap_for_ever()
        return self

    def __exit__(self, *_):
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def _swap_for_ever(self):
        _libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: not longer than the test
        first, second = self._names
        while _libc.renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE) == 0:
            pass
        print(f"swap {first} and {second}: {os.strerror(ctypes.get_errno())}", file=sys.stderr)
        os._exit(1)
