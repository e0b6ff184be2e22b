"""Assertions whose failure shows what was expected and what came."""

import difflib
import re
import time

from .where import time_scale


def that(condition, message):
    """Fails with the message unless the condition holds."""
    if not condition:
        raise AssertionError(message)


def equal(actual, expected, what=""):
    """Fails unless both are equal; longer texts are shown as a diff."""
    if actual == expected:
        return
    prefix = f"{what}: " if what else ""
    if isinstance(actual, str) and isinstance(expected, str) and "\n" in actual + expected:
        diff = difflib.unified_diff(expected.splitlines(), actual.splitlines(), "expected", "actual", lineterm="")
        raise AssertionError(prefix + "the texts differ\n" + "\n".join(diff))
    raise AssertionError(f"{prefix}not equal\nexpected: {expected!r}\nactual:   {actual!r}")


def contains(whole, part, what=""):
    """Fails unless the part is in the text or collection."""
    if part not in whole:
        raise AssertionError(f"{what + ': ' if what else ''}{part!r} is not in\n{_shown(whole)}")


def excludes(whole, part, what=""):
    """Fails if the part is in the text or collection."""
    if part in whole:
        raise AssertionError(f"{what + ': ' if what else ''}{part!r} should not be in\n{_shown(whole)}")


def matches(text, pattern, what=""):
    """Fails unless the regular expression is found in the text. Gives back the match."""
    found = re.search(pattern, text, re.MULTILINE)
    if not found:
        raise AssertionError(f"{what + ': ' if what else ''}nothing matches /{pattern}/ in\n{_shown(text)}")
    return found


def eventually(check, timeout=60, interval=0.05):
    """Calls check() until it neither fails an assertion, nor looks for what is not there yet, nor gives False, 0 or something
    empty, for up to `timeout` seconds (longer where the machine is slow); gives back what it gave. The last failure is the one
    that is reported. The time is ample, since it costs nothing when all is well: say a shorter one only where it is the point."""
    deadline = time.monotonic() + timeout * time_scale()
    while True:
        failure, began = None, time.monotonic()
        try:
            value = check()
            if value is None or value:
                return value
        except AssertionError as error:
            failure = error
        except (LookupError, FileNotFoundError, ProcessLookupError) as error:
            failure = f"{type(error).__name__}: {error}"
        if time.monotonic() > deadline:
            raise AssertionError(f"still not so after {timeout * time_scale()} s: {failure or check.__name__}")
        # A look that takes long must not keep the machine from what it looks for.
        time.sleep(max(interval, time.monotonic() - began))


def _shown(value):
    return value if isinstance(value, str) else repr(value)
