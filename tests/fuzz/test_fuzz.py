"""Each fuzz target for a bounded time, from the seeds: $NACELLE_FUZZ_SECONDS (5) a target, as many at once as there are
processors. For longer, by hand: `NACELLE_FUZZ_SECONDS=600 ./dev test fuzz -k config`."""

import base64
import concurrent.futures
import functools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from harness import matches, repo, run, test, that

SECONDS = int(os.environ.get("NACELLE_FUZZ_SECONDS", "5"))
BUILT = pathlib.Path(os.environ.get("NACELLE_BUILD_ASAN", repo / "build-asan")) / "tests" / "fuzz"
SEEDS = repo / "tests" / "fuzz" / "seeds"
OPTIONS = {"ASAN_OPTIONS": "detect_stack_use_after_return=1", "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}

pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())


def targets():
    """The names of all targets: every source file here is one."""
    return sorted(file.stem for file in (repo / "tests" / "fuzz").glob("*.cc"))


def fuzz(name):
    """Runs one target. Gives its exit code, what it said, and the input that it died of."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nacelle-fuzz-"))
    try:
        (folder / "found").mkdir()
        outcome = subprocess.run(
            [BUILT / f"fuzz-{name}", f"-max_total_time={SECONDS}", "-timeout=10", "-rss_limit_mb=1500", "-print_final_stats=1",
             f"-artifact_prefix={folder}/", folder / "found", SEEDS / name],
            cwd=folder, env={**os.environ, **OPTIONS}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, timeout=SECONDS + 120, check=False)
        inputs = [file.read_bytes() for file in folder.glob("*-*") if file.is_file()]
        return outcome.returncode, outcome.stderr.decode(errors="backslashreplace"), inputs
    finally:
        shutil.rmtree(folder)


def assert_survives(name):
    code, said, inputs = running[name].result()
    shown = "".join(f"\ninput, base64: {base64.b64encode(data).decode()}" for data in inputs)
    that(code == 0, f"exit code {code}:\n{said[-6000:]}{shown}")
    runs = int(matches(said, r"stat::number_of_executed_units: +(\d+)")[1])
    seeds = len(list((SEEDS / name).iterdir()))
    print(f"# {name}: {runs} inputs from {seeds} seeds in {SECONDS} s")
    that(runs > 10 * seeds, f"only {runs} inputs were tried")


pattern = sys.argv[sys.argv.index("-k") + 1] if "-k" in sys.argv else ""
sentence = "{}: whatever it reads, it comes back, says an error on one line, and breaks nothing".format
running = {name: pool.submit(fuzz, name) for name in targets() if pattern in sentence(name)}
for target in targets():
    test(sentence(target), timeout=len(targets()) * (SECONDS + 30))(functools.partial(assert_survives, target))

run()
