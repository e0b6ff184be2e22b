"""Collects the tests of one file and runs them, printing TAP."""

import argparse
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import traceback

from .where import time_scale

_tests = []
_cleanups = []


class Skipped(Exception):
    """Raised by skip()."""


class TookTooLong(BaseException):
    """Raised by the alarm clock; no `except Exception` in a test swallows it."""


def test(sentence, timeout=200):
    """Declares a test. The sentence reads like a line of a specification; the timeout is in seconds, and longer where the
    machine is slow."""

    def declare(function):
        _tests.append((sentence, timeout * time_scale(), function))
        return function

    return declare


def shows(*fields):
    """Says which fields of the runtime-spec the test below sees the effect of, as the specification writes them:
    "process.scheduler.policy", "mounts[].options.idmap". tests/lint reads these lines and misses the fields without one."""
    that_are_named = all(isinstance(field, str) for field in fields)
    if not fields or not that_are_named:
        raise TypeError("@shows takes the names of fields")
    return lambda function: function


def withstands(*holes):
    """Says which published holes of container runtimes the test below attacks nacelle by, and shows shut:
    "CVE-2021-30465". The table of the documentation is made from these lines."""
    are_numbers = all(isinstance(hole, str) and re.fullmatch(r"CVE-\d{4}-\d{4,}", hole) for hole in holes)
    if not holes or not are_numbers:
        raise TypeError("@withstands takes numbers such as 'CVE-2021-30465'")
    return lambda function: function


def defer(function, *arguments, **keywords):
    """Has the function called when the test ends, passed or failed; the last deferred one first."""
    _cleanups.append((function, arguments, keywords))


def skip(reason):
    """Ends the test as skipped, for something that the machine lacks."""
    raise Skipped(reason)


def temp_dir(prefix="nacelle-test-"):
    """A new folder, removed when the test ends."""
    path = pathlib.Path(tempfile.mkdtemp(prefix=prefix))
    defer(shutil.rmtree, path)
    return path


def run():
    """Runs the declared tests, prints TAP, and exits: 0 when none failed. Diagnostics go before the line of their test."""
    parser = argparse.ArgumentParser(description="Runs the tests of this file and prints TAP.")
    parser.add_argument("-k", metavar="PATTERN", default="", help="only tests whose sentence has this text in it")
    pattern = parser.parse_args().k
    chosen = [declared for declared in _tests if pattern in declared[0]]
    signal.signal(signal.SIGALRM, _alarm)
    failed = 0
    _say(f"1..{len(chosen)}")
    for number, (sentence, timeout, function) in enumerate(chosen, 1):
        reason, failures = _run_one(function, timeout)
        for line in "\n".join(failures).splitlines():
            _say(f"# {line}")
        ending = f" # SKIP {reason}" if reason and not failures else ""
        _say(f"{'not ok' if failures else 'ok'} {number} - {sentence}{ending}")
        failed += bool(failures)
    sys.exit(1 if failed else 0)


def _run_one(function, timeout):
    """Gives the reason of a skip (or None), and the failures of the test and of its cleanups."""
    reason, failures = None, []
    signal.alarm(timeout)
    try:
        function()
    except Skipped as skipped:
        reason = str(skipped)
    except TookTooLong:
        failures.append(f"took longer than {timeout} s\n{_trace()}")
    except (Exception, SystemExit):
        failures.append(_trace())
    signal.alarm(0)
    while _cleanups:
        cleanup, arguments, keywords = _cleanups.pop()
        signal.alarm(120 * time_scale())
        try:
            cleanup(*arguments, **keywords)
        except (Exception, TookTooLong):
            failures.append("in a cleanup: " + _trace())
        signal.alarm(0)
    return reason, failures


def _trace():
    """The exception at hand: its message first, then the lines of the test that led to it."""
    kind, error, trace = sys.exc_info()
    message = str(error) if kind is AssertionError and str(error) else traceback.format_exception_only(kind, error)[-1]
    here = str(pathlib.Path(__file__).parent)
    frames = [frame for frame in traceback.extract_tb(trace) if not frame.filename.startswith(here)]
    places = [f"  at {pathlib.Path(frame.filename).name}:{frame.lineno}: {frame.line}" for frame in frames]
    return "\n".join([message.rstrip(), *places])


def _alarm(*_):
    raise TookTooLong()


def _say(line):
    print(line, flush=True)
