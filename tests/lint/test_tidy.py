"""clang-tidy over our sources, as .clang-tidy says. A file whose inputs have not changed since it was clean is not read again.

Nearly all of its time goes into the standard library's headers, over and over. So files that declare nothing of the same name are
read together, as one: a group that does not even compile is read file by file."""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import tempfile

from harness import repo, run, test, that
from harness.where import build, cache

CLEAN = cache() / "tidy-clean"  # other checkouts have the same files
MOST_IN_A_GROUP = 12
HEADERS_AND_SOURCES = r"(base|cgroups|security|sandbox|runtime)/.*\.(h|cc)$"
# What gcc says to gcc alone; and gcc's std::stable_sort uses what gcc's own headers deprecate.
QUIET = [f"--extra-arg=-Wno-{warning}" for warning in ("unknown-warning-option", "deprecated-declarations")]


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
    digest = hashlib.sha256(re.sub(r"-DNACELLE_COMMIT=\S+", "", command).encode())
    for file in [repo / ".clang-tidy", source, *sorted(inputs)]:
        if file.is_relative_to(repo) or file.resolve().is_relative_to(repo):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def flags_of(command):
    """The options of a compile command that mean something to clang: the same for most files."""
    kept = ("-D", "-std", "-f", "-I", "-m")
    return tuple(word for word in shlex.split(command) if word.startswith(kept) and not word.startswith(("-I.", "-Iruntime",
                 "-Isandbox", "-Ibase", "-Icgroups", "-Isecurity")) and word != "-fno-plt")


def names_in(source):
    """Names that the file declares outside of functions: clang-format has such lines begin at the left."""
    text = source.read_text()
    found = set(re.findall(r"^#define (\w+)", text, re.M))
    for line in text.splitlines():
        if line[:1] not in (" ", "/", "#", "}") and not line.startswith("namespace"):
            found.update(re.findall(r"\b(\w+)(?=\s*(?:[({=;\[]|final\b|: ))", line))
    return found - {"const", "noexcept", "override", "TRY", "TRY_IN"}


def group(sources):
    """Groups of files that can be read as one."""
    groups = []
    for source, flags in sorted(sources.items()):
        names = names_in(source)
        for members, taken, same in groups:
            if same == flags and len(members) < MOST_IN_A_GROUP and not names & taken:
                members.append(source)
                taken |= names
                break
        else:
            groups.append(([source], names, flags))
    return [(members, flags) for members, _, flags in groups]


def complaints_about(members, flags):
    """The complaints of clang-tidy about the files and their headers, a line each; none when they are clean."""
    with tempfile.TemporaryDirectory(prefix="nacelle-tidy-") as folder:
        unit = pathlib.Path(folder, "group.cc")
        unit.write_text("".join(f'#include "{member}"\n' for member in members))
        outcome = subprocess.run(
            ["clang-tidy-19", "--quiet", f"--config-file={repo / '.clang-tidy'}", f"--header-filter={HEADERS_AND_SOURCES}",
             "--checks=-bugprone-suspicious-include", *QUIET, unit, "--", *flags, f"-I{repo}", f"-I{build()}",
             *(f"-I{folder}" for folder in generated())],
            capture_output=True, text=True, check=False)
    if outcome.returncode == 0:
        return []
    if len(members) > 1 and "clang-diagnostic-error" in outcome.stdout:
        return [line for member in members for line in complaints_about([member], flags)]
    lines = [line.replace(f"{repo}/", "") for line in outcome.stdout.splitlines() if ": error: " in line]
    return lines or [outcome.stdout + outcome.stderr]


def generated():
    """The folders of headers that the build makes."""
    return sorted({path.parent for path in build().glob("runtime/**/*.h")})


@test("clang-tidy finds nothing in the sources", timeout=3000)
def clean():
    CLEAN.mkdir(parents=True, exist_ok=True)
    built_from, commands = dependencies(), compile_commands()
    prints = {source: fingerprint(source, command, built_from.get(output, []))
              for source, (command, output) in commands.items()}
    that(prints, "compile_commands.json names no source of ours")
    changed = {source: flags_of(commands[source][0]) for source, mark in prints.items() if not (CLEAN / mark).exists()}
    groups = group(changed)
    print(f"# {len(changed)} of {len(prints)} files to read, in {len(groups)} groups")
    complaints = set()  # many files share a header
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (members, _), found in zip(groups, pool.map(lambda each: complaints_about(*each), groups), strict=True):
            complaints.update(found)
            if not found:
                for member in members:
                    (CLEAN / prints[member]).touch()
    that(not complaints, "\n".join(sorted(complaints)))


run()
