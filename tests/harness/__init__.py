"""The test harness: `from harness import test, run, sh, equal, ...` is all that a test file needs.

    from harness import equal, nacelle, run, sh, test

    @test("nacelle --version names the specification it follows")
    def version():
        equal(sh(nacelle(), "--version").ok().line(1), "spec: 1.3.0")

    run()

A file runs by itself (`PYTHONPATH=tests python3 FILE [-k PATTERN]`) and prints TAP; `./dev test` runs them all.
"""

from .checks import contains, eventually, equal, excludes, matches, that
from .command import Outcome, sh, start
from .runner import defer, run, shows, skip, temp_dir, test, withstands
from .where import binary, in_vm, nacelle, repo, time_scale

__all__ = [
    "Outcome", "binary", "contains", "defer", "equal", "eventually", "excludes", "in_vm", "matches", "nacelle", "repo",
    "run", "sh", "shows", "skip", "start", "temp_dir", "test", "that", "time_scale",
    "withstands",
]
