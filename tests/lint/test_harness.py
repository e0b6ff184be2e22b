"""The test harness itself: nothing that goes wrong in a suite passes for success."""

import os
import sys

from harness import contains, equal, repo, run, sh, temp_dir, test

HEAD = "from harness import *\nimport os, time, sys\n"


def report_on(body):
    """Runs a suite with this body and gives the outcome of the report on it."""
    folder = temp_dir()
    (folder / "test_it.py").write_text(HEAD + body)
    results = folder / "results"
    tools = repo / "tests" / "harness"
    sh(sys.executable, tools / "suites.py", "--results", results, "--base", folder, folder / "test_it.py",
       env={"PYTHONPATH": str(repo / "tests"), **os.environ}).ok()
    return sh(sys.executable, tools / "report.py", results)


def closing(outcome, line):
    equal(outcome.lines()[-1], line)
    equal(outcome.code, 0 if " 0 failed" in line else 1, "exit code of the report")


@test("passed and skipped tests are counted, and the reason of a skip is shown")
def passes():
    outcome = report_on('@test("a")\ndef a(): pass\n@test("b")\ndef b(): skip("no moon")\nrun()')
    closing(outcome, "1 passed, 0 failed, 1 skipped")
    contains(outcome.out, "skipped: test_it: b: no moon")


@test("a failed assertion is shown with its test, its values and its place")
def failure():
    outcome = report_on('@test("sums")\ndef a(): equal(1 + 1, 3)\nrun()')
    closing(outcome, "0 passed, 1 failed")
    equal(outcome.out.splitlines()[1:5], [
        "FAILED: test_it: sums", "    not equal", "    expected: 3", "    actual:   2"])
    contains(outcome.out, "at test_it.py:4: def a(): equal(1 + 1, 3)")


@test("a suite that is killed, ends early or prints no plan is a failure")
def crashes():
    closing(report_on('@test("a")\ndef a(): pass\n@test("b")\ndef b(): os.kill(os.getpid(), 9)\nrun()'), "1 passed, 1 failed")
    closing(report_on('@test("a")\ndef a(): os._exit(0)\nrun()'), "0 passed, 1 failed")
    closing(report_on('print("nothing")'), "0 passed, 1 failed")
    contains(report_on("raise ValueError('dizzy')").out, "ValueError: dizzy")


@test("a suite that never ran is a failure, and so is a run without any test")
def silence():
    folder = temp_dir()
    report = repo / "tests" / "harness" / "report.py"
    equal(sh(sys.executable, report, folder).code, 1)
    (folder / "vm.status").write_text("not run\n")
    closing(sh(sys.executable, report, folder), "0 passed, 1 failed")


@test("a test that takes too long fails, and its cleanups still run")
def timeout():
    outcome = report_on('@test("slow", timeout=1)\ndef a():\n    defer(print, "# tidied")\n    time.sleep(60)\nrun()')
    closing(outcome, "0 passed, 1 failed")
    contains(outcome.out, "took longer than 1 s")
    contains(outcome.out, "tidied")


@test("a failing cleanup fails the test")
def cleanup():
    outcome = report_on('@test("a")\ndef a(): defer(os.rmdir, "/nonexistent")\nrun()')
    closing(outcome, "0 passed, 1 failed")
    contains(outcome.out, "in a cleanup: FileNotFoundError")


@test("a command's output is kept though a process that it left behind holds on to it")
def left_behind():
    outcome = sh("sleep 5 & echo done", timeout=2).ok()
    equal(outcome.out, "done\n")


@test("the test machine's tree gets its kernel from Debian's security archive, though the host's apt does not know it")
def security_archive():
    def archives(*lines):
        return sh(". tests/vm/root.sh && vm_with_security", cwd=repo, stdin="".join(f"deb {line} main\n" for line in lines)).ok().lines()

    main, security = "http://deb.debian.org/debian/ bookworm", "http://deb.debian.org/debian-security/ bookworm-security"
    equal(archives(main), [f"deb {main} main", f"deb {security} main"])
    equal(archives(security, main), [f"deb {security} main", f"deb {main} main"])
    equal(archives("http://snapshot.debian.org/archive/debian/20250520T000000Z/ bookworm")[1],
          "deb http://snapshot.debian.org/archive/debian-security/20250520T000000Z/ bookworm-security main")
    equal(archives("http://mirror.example/d/ bookworm")[1], f"deb {security} main")
    equal(archives(), [])


run()
