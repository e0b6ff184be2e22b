"""Reads what suites.py kept, shows what failed and was skipped, and closes with the count: report.py RESULTS."""

import dataclasses
import pathlib
import re
import sys

LINE = re.compile(r"^(?P<verdict>ok|not ok)\b *(?P<number>\d+)?(?: *-)? *(?P<name>.*?)(?: *# *SKIP *(?P<reason>.*))?$")
PLAN = re.compile(r"^1\.\.(\d+)")


@dataclasses.dataclass
class Suite:
    """The tests of one suite: how many passed, (name, reason) of the skipped, (name, text) of the failed."""

    name: str
    passed: int = 0
    skipped: list = dataclasses.field(default_factory=list)
    failed: list = dataclasses.field(default_factory=list)

    def count(self):
        return self.passed + len(self.skipped) + len(self.failed)


def read_tap(suite, text):
    """Counts the lines of a TAP stream. What stands before a line belongs to its test. Gives the plan, or None."""
    plan, said = None, []
    for line in text.splitlines():
        if found := PLAN.match(line):
            plan = int(found[1])
            continue
        found = LINE.match(line)
        if not found:
            said.append(line.removeprefix("# "))
            continue
        if found["verdict"] == "not ok":
            suite.failed.append((found["name"], "\n".join(said)))
        elif found["reason"] is not None:
            suite.skipped.append((found["name"], found["reason"]))
        else:
            suite.passed += 1
        said = []
    return plan


def complaint(suite, plan, status):
    """What is wrong with a suite as a whole, beyond its failed tests; or None."""
    if status == "not run":
        return "did not run"
    if status == "timeout":
        return "was stopped: it took too long"
    if status.startswith("-"):
        return f"was killed by signal {status[1:]}"
    if plan is None:
        return f"printed no plan (exit code {status})"
    if plan != suite.count():
        return f"planned {plan} tests and ran {suite.count()} (exit code {status})"
    if status != "0" and not suite.failed:
        return f"ended with exit code {status} though no test failed"
    return None


def read_suite(status_file):
    """Reads one suite's files. A suite that went wrong as a whole counts as a failed test."""
    stem = status_file.name.removesuffix(".status")
    suite = Suite(stem)
    tap, err = (status_file.with_name(f"{stem}.{ending}") for ending in ("tap", "err"))
    text = tap.read_text(errors="backslashreplace") if tap.exists() else ""
    plan = read_tap(suite, text)
    wrong = complaint(suite, plan, status_file.read_text().strip())
    if wrong:
        errors = err.read_text(errors="backslashreplace") if err.exists() else ""
        last = [line for line in text.splitlines()[-10:] if not LINE.match(line)]
        suite.failed.append((f"the suite {wrong}", "\n".join(last + errors.splitlines()[-60:])))
    return suite


def main():
    suites = [read_suite(file) for file in sorted(pathlib.Path(sys.argv[1]).glob("*.status"))]
    for suite in suites:
        for name, reason in suite.skipped:
            print(f"skipped: {suite.name}: {name}: {reason}")
    for suite in suites:
        for name, text in suite.failed:
            print(f"\nFAILED: {suite.name}: {name}")
            print("\n".join(f"    {line}" for line in text.splitlines()))
    passed, failed, skipped = (sum(counts) for counts in zip(
        *((suite.passed, len(suite.failed), len(suite.skipped)) for suite in suites), strict=True)) if suites else (0, 0, 0)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed or passed + skipped == 0 else 0)


if __name__ == "__main__":
    main()
