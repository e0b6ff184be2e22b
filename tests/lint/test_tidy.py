"""clang-tidy over our sources, as .clang-tidy says. A file whose inputs have not changed since it was clean is not read again.

Nearly all of its time goes into the standard library's headers, over and over. So files that declare nothing of the same name are
read together, as one: a group that does not even compile is halved."""

import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import tempfile

from harness import repo, run, test, that
from harness.where import build, cache

CLEAN = cache() / "tidy-clean"  # other checkouts have the same files
MOST_IN_A_GROUP = 80
HEADERS_AND_SOURCES = r"(base|cgroups|security|sandbox|runtime)/.*\.(h|cc)$"
# What gcc says to gcc alone; and gcc's std::stable_sort uses what gcc's own headers deprecate.
QUIET = [f"--extra-arg=-Wno-{warning}" for warning in ("unknown-warning-option", "deprecated-declarations")]


def sources():
    """source file -> the options that it is compiled with and that mean something to clang (the same for most files), for the
    files of the repository but the tests: these are many, and say what doctest has them say."""
    found = {}
    said = subprocess.run(["meson", "introspect", "--targets", build()], capture_output=True, text=True, check=True).stdout
    for part in [part for target in json.loads(said) for part in target["target_sources"]]:
        flags = tuple(word for word in part.get("parameters", []) if word.startswith(("-D", "-std", "-f", "-I/usr", "-m"))
                      and word not in ("-fno-plt", "-fPIC") and not word.startswith("-DNACELLE_"))
        for source in [source for file in part.get("sources", []) + part.get("generated_sources", []) for source in joined(file)]:
            if source.suffix == ".cc" and source.is_relative_to(repo) and not source.is_relative_to(repo / "tests") and (
                    not source.is_relative_to(build())):
                found[source] = flags
    return found


@functools.cache
def definitions():
    """The -DNACELLE_… of all targets: a file that asks for none is the same with them."""
    said = subprocess.run(["meson", "introspect", "--targets", build()], capture_output=True, text=True, check=True).stdout
    return sorted({word for target in json.loads(said) for part in target["target_sources"]
                   for word in part.get("parameters", []) if word.startswith("-DNACELLE_")})


def joined(file):
    """The sources that a file of meson's joins into one (`unity`), else the file itself."""
    if not re.search(r"-unity\d+\.\w+$", file):
        return [pathlib.Path(file)]
    return [(build() / place).resolve() for place in re.findall(r"^#include\s*<(.*)>$", pathlib.Path(file).read_text(), re.M)]


def dependencies():
    """source file -> the files that went into its object, as ninja recorded them. An object may have several sources."""
    listing = subprocess.run(["ninja", "-C", build(), "-t", "deps"], capture_output=True, text=True, check=True).stdout
    found = {}
    for entry in listing.split("\n\n"):
        files = {(build() / line.strip()).resolve() for line in entry.splitlines() if line.startswith("    ")}
        found.update({file: files for file in files if file.is_relative_to(repo) and file.suffix == ".cc"})
    return found


def fingerprint(source, flags, inputs):
    """Changes whenever clang-tidy might say something else about the file."""
    digest = hashlib.sha256(re.sub(r"-DNACELLE_COMMIT=\S+", "", " ".join(flags)).encode())
    # The files that meson makes to join others name them by the place of the checkout.
    ours = (file for file in inputs if file.is_relative_to(repo) and joined(str(file)) == [file])
    for file in [repo / ".clang-tidy", source, *sorted(ours)]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def names_in(text, before=r"[({=;\[]|final\b|: "):
    """The names that the text declares outside of functions: clang-format has such lines begin at the left."""
    found = set(re.findall(r"^(?:#define (?=\w)|using (?=\w+ =))(\w+)", text, re.M))
    for line in text.splitlines():
        if line[:1] not in (" ", "/", "#", "}") and not line.startswith(("namespace", "using")):
            head = re.match(r"[^(]*\(?", line)[0]  # without the names of parameters
            found.update(re.findall(rf"(?<![\w'])([A-Za-z_]\w*)(?=\s*(?:{before}))", head))
    return found - {"const", "noexcept", "override", "TRY", "TRY_IN", "uint8_t", "uint32_t", "void"}


def names_of(source, headers):
    """The names that are the file's own, and those of types and variables that it shares with others (functions can have a name
    together); each with its namespace."""
    text = source.read_text()
    namespace = re.search(r"^namespace (\w+)", text, re.M)
    private = r"^namespace \{$.*?^\}  // namespace$|^#define.*?$|^(?:static |constexpr |int main).*?$"
    own = names_in("".join(re.findall(private, text, re.M | re.S)))
    shared = set().union(*(names_in(header.read_text(), r"[{=;\[]|final\b|: ") for header in headers))
    return [{(namespace and namespace[1], name) for name in names} for names in (own, shared)]


def group(flags_of, built_from):
    """Groups of files that can be read as one: of the same flags, and none has a name of its own that another one knows. Beside
    <iomanip>, which has std::quoted, not every call of our quoted() compiles."""
    groups = []
    for source, flags in sorted(flags_of.items()):
        inputs = built_from.get(source, set())
        like = (flags, any(file.name == "iomanip" for file in inputs))
        own, shared = names_of(source, [file for file in inputs if file.suffix == ".h" and file.is_relative_to(repo)])
        for members, others_own, others_shared, same in groups:
            collide = own & (others_own | others_shared) or shared & others_own
            if same == like and len(members) < MOST_IN_A_GROUP and not collide:
                members.append(source)
                others_own |= own
                others_shared |= shared
                break
        else:
            groups.append(([source], own, shared, like))
    return [(members, flags) for members, _, _, (flags, _) in groups]


def complaints_about(members, flags):
    """The complaints of clang-tidy about the files and their headers, a line each; none when they are clean."""
    with tempfile.TemporaryDirectory(prefix="nacelle-tidy-") as folder:
        unit = pathlib.Path(folder, "group.cc")
        unit.write_text("".join(f'#include "{member}"\n' for member in members))
        outcome = subprocess.run(
            ["clang-tidy-19", "--quiet", f"--config-file={repo / '.clang-tidy'}", f"--header-filter={HEADERS_AND_SOURCES}",
             "--checks=-bugprone-suspicious-include", *QUIET, unit, "--", *flags, *definitions(), f"-I{repo}", f"-I{build()}",
             *(f"-I{folder}" for folder in generated())],
            capture_output=True, text=True, check=False)
    if outcome.returncode == 0:
        return []
    if len(members) > 1 and "clang-diagnostic-error" in outcome.stdout:
        half = len(members) // 2
        return complaints_about(members[:half], flags) + complaints_about(members[half:], flags)
    lines = [line.replace(f"{repo}/", "") for line in outcome.stdout.splitlines() if ": error: " in line]
    return lines or [outcome.stdout + outcome.stderr]


def generated():
    """The folders of headers that the build makes."""
    return sorted({path.parent for path in build().glob("runtime/**/*.h")})


@test("clang-tidy finds nothing in the sources", timeout=3000)
def clean():
    CLEAN.mkdir(parents=True, exist_ok=True)
    built_from, flags_of = dependencies(), sources()
    prints = {source: fingerprint(source, flags, built_from.get(source, [])) for source, flags in flags_of.items()}
    that(prints, "meson knows no source of ours")
    changed = {source: flags_of[source] for source, mark in prints.items() if not (CLEAN / mark).exists()}
    groups = group(changed, built_from)
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
