"""clang-tidy over our sources, as .clang-tidy says. A file whose inputs have not changed since it was clean is not read again."""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess

from harness import repo, run, test, that
from harness.where import build

CLEAN = build() / "tidy-clean"


def compile_commands():
    """source file -> (compile command, object file), for the files of the repository but the tests: these are many, and say
    what doctest has them say."""
    commands = {}
    for entry in json.loads((build() / "compile_commands.json").read_text()):
        folder = pathlib.Path(entry["directory"])
        source = (folder / entry["file"]).resolve()
        if source.suffix == ".cc" and source.is_relative_to(repo) and not source.is_relative_to(repo / "tests") and (
                not source.is_relative_to(build())):
            commands[source] = (entry["command"], entry["output"])
    return commands


def dependencies():
    """object file -> the files that it was built from, as ninja recorded them."""
    listing = subprocess.run(["ninja", "-C", build(), "-t", "deps"], capture_output=True, text=True, check=True).stdout
    found, current = {}, None
    for line in listing.splitlines():
        if line.startswith("    "):
            found[current].append(build() / line.strip())
        elif ":" in line:
            current = line.split(":")[0]
            found[current] = []
    return found


def fingerprint(source, command, inputs):
    """Changes whenever clang-tidy might say something else about the file."""
    digest = hashlib.sha256(command.encode())
    for file in [repo / ".clang-tidy", source, *sorted(inputs)]:
        if file.is_relative_to(repo) or file.resolve().is_relative_to(repo):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def tidy(source):
    """The complaints of clang-tidy about a file and its headers, a line each; none when it is clean."""
    # gcc's options are not all clang's, and gcc's std::stable_sort uses what gcc's own headers deprecate.
    quiet = [f"--extra-arg=-Wno-{warning}" for warning in ("unknown-warning-option", "deprecated-declarations")]
    outcome = subprocess.run(["clang-tidy-19", "--quiet", "-p", build(), *quiet, source],
                             capture_output=True, text=True, check=False)
    if outcome.returncode == 0:
        return []
    lines = [line.replace(f"{repo}/", "") for line in outcome.stdout.splitlines() if ": error: " in line]
    return lines or [outcome.stdout + outcome.stderr]


@test("clang-tidy finds nothing in the sources", timeout=880)
def clean():
    CLEAN.mkdir(exist_ok=True)
    built_from = dependencies()
    prints = {source: fingerprint(source, command, built_from.get(output, []))
              for source, (command, output) in compile_commands().items()}
    that(prints, "compile_commands.json names no source of ours")
    changed = [source for source, mark in prints.items() if not (CLEAN / mark).exists()]
    complaints = set()  # many files share a header
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for source, found in zip(changed, pool.map(tidy, changed), strict=True):
            complaints.update(found)
            if not found:
                (CLEAN / prints[source]).touch()
    that(not complaints, "\n".join(sorted(complaints)))


run()
