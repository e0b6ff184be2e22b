"""Runs test suites one after another and keeps what they say: suites.py --results FOLDER [-k PATTERN] SUITE...

A suite is a file that prints TAP: a Python file, or a doctest executable. Its name is its path, relative to the folder given
by --base. Into the results folder go, for each suite, NAME.tap, NAME.err and at last NAME.status.
With --announce nothing is run; each suite is only written down as one that should run, for report.py to miss.
"""

import argparse
import concurrent.futures
import os
import pathlib
import signal
import subprocess
import sys
import time

from harness.where import repo, time_scale

SUITE_TIMEOUT = 3600


def command_of(suite, pattern):
    """The words that run a suite, restricted to the tests with the pattern in their names."""
    if suite.suffix == ".py":
        return [sys.executable, str(suite), *(["-k", pattern] if pattern else [])]
    return [str(suite), *([f"--test-case=*{pattern}*"] if pattern else [])]


def run_suite(suite, results, name, pattern):
    """Runs one suite to its end or to the timeout."""
    environment = {**os.environ, "PYTHONPATH": str(repo / "tests"), "PYTHONDONTWRITEBYTECODE": "1"}
    with open(results / f"{name}.tap", "wb") as out, open(results / f"{name}.err", "wb") as err:
        process = subprocess.Popen(command_of(suite, pattern), stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                   cwd=repo, env=environment, start_new_session=True)
        try:
            status = str(process.wait(SUITE_TIMEOUT * time_scale()))
        except subprocess.TimeoutExpired:
            status = "timeout"
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    (results / f"{name}.status").write_text(status + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--results", type=pathlib.Path, required=True)
    parser.add_argument("--base", type=pathlib.Path, default=repo / "tests")
    parser.add_argument("--prefix", default="", help="put before the names, for one suite run in two ways")
    parser.add_argument("--announce", action="store_true")
    parser.add_argument("--unfinished", action="store_true", help="run only what was announced and has not ended")
    parser.add_argument("-k", dest="pattern", default="")
    parser.add_argument("suites", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    names = {}
    for suite in options.suites:
        relative = suite.resolve().relative_to(options.base.resolve())
        names[suite] = options.prefix + str(relative.with_suffix("")).replace("/", ".")
        status = options.results / f"{names[suite]}.status"
        if options.unfinished and status.read_text() != "not run\n":
            del names[suite]
        else:
            status.write_text("not run\n")
    if options.announce:
        return

    def run_and_say(suite):
        begin = time.monotonic()
        run_suite(suite.resolve(), options.results, names[suite], options.pattern)
        print(f"   {names[suite]} ({time.monotonic() - begin:.0f} s)", flush=True)

    # Unit tests know nothing of each other; the others look at the whole machine, so they run one by one.
    alone = [suite for suite in names if suite.suffix == ".py"]
    with concurrent.futures.ThreadPoolExecutor(1 if alone else os.cpu_count()) as pool:
        list(pool.map(run_and_say, names))


if __name__ == "__main__":
    main()
