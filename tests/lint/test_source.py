"""What holds for every source file: format, includes, sizes."""

import re
import subprocess

from harness import repo, run, sh, test, that

# Who may include whom. A folder may always include itself; the longest folder name that fits a file counts.
BASE = ["base"]
CORE = ["base", "cgroups", "security", "sandbox", "runtime/oci", "runtime/lifecycle"]
INCLUDES = {
    "base": [],
    "cgroups": BASE,
    "security": BASE,
    "sandbox": ["base", "cgroups", "security"],
    "runtime/oci": ["base", "cgroups", "security", "sandbox"],
    "runtime/lifecycle": ["base", "cgroups", "security", "sandbox", "runtime/oci"],
    "runtime/cli": CORE,
    "runtime/shim": CORE,
    "runtime/kube": CORE,
}
MAX_FILE_LINES = 400


def sources(*endings):
    """Our source files as paths relative to the repository."""
    folders = ["base", "cgroups", "security", "sandbox", "runtime", "tests"]
    files = [file for folder in folders for file in (repo / folder).rglob("*") if file.suffix in endings]
    return sorted(file.relative_to(repo) for file in files)


def folder_of(path):
    """The folder of the table that a path is in, or None."""
    fitting = [folder for folder in INCLUDES if f"{path}".startswith(folder + "/")]
    return max(fitting, key=len, default=None)


def included(path, quotes='["<]'):
    """(line number, included file) of each include with these opening quotes."""
    lines = (repo / path).read_text().splitlines()
    found = [(number, re.match(rf'\s*#\s*include\s*{quotes}([^">]+)', line)) for number, line in enumerate(lines, 1)]
    return [(number, match[1]) for number, match in found if match]


def report(complaints):
    that(not complaints, "\n".join(complaints))


@test("clang-format would change no source file", timeout=120)
def formatted():
    outcome = sh("clang-format-19", "--dry-run", "-Werror", *sources(".cc", ".h", ".c"), cwd=repo, timeout=100)
    places = [line.split(": error:")[0] for line in outcome.err.splitlines() if ": error:" in line]
    that(outcome.code == 0, "(hint: ./dev fmt)\n" + "\n".join(places or [outcome.err]))


@test("no Python file imports what it does not use, or uses a name that is not there", timeout=120)
def python_names():
    outcome = sh("pyflakes3", *sources(".py"), cwd=repo, timeout=100)
    that(outcome.code == 0, outcome.out + outcome.err)


@test("a folder includes only folders that it may know")
def include_table():
    complaints = []
    for path in sources(".cc", ".h", ".c"):
        folder = folder_of(path)
        if folder is None:
            continue
        for line, name in included(path):
            other = folder_of(name)
            if other not in (None, folder) and other not in INCLUDES[folder]:
                complaints.append(f"{path}:{line}: {folder} must not know {other} ({name})")
    report(complaints)


@test("every source file is in a folder of the include table")
def table_is_complete():
    report([f"{path}: its folder is not in the include table" for path in sources(".cc", ".h", ".c")
            if path.parts[0] != "tests" and folder_of(path) is None])


@test("our own headers are included from the root of the repository")
def includes_from_root():
    complaints = []
    for path in sources(".cc", ".h"):
        for line, name in included(path, '"'):
            if (repo / path.parent / name).exists() and not (repo / name).exists():
                complaints.append(f"{path}:{line}: '{name}' should be '{path.parent / name}'")
    report(complaints)


@test("JSON is known to runtime/ only")
def json_in_runtime():
    report([f"{path}:{line}: {name}" for path in sources(".cc", ".h") if path.parts[0] not in ("runtime", "tests")
            for line, name in included(path) if "nlohmann" in name])


@test(f"no source file is longer than {MAX_FILE_LINES} lines")
def file_sizes():
    lengths = {path: len((repo / path).read_text().splitlines()) for path in sources(".cc", ".h", ".c", ".py")}
    report([f"{path}: {lines} lines" for path, lines in lengths.items() if lines > MAX_FILE_LINES])


@test("library code does not print: outside runtime/ and tests/ nothing names std::cout, std::cerr or printf")
def libraries_do_not_print():
    pattern = re.compile(r"std::(cout|cerr|clog)|\b(printf|fprintf|puts|perror)\s*\(")
    report([f"{path}:{number}: {line.strip()}" for path in sources(".cc", ".h")
            if path.parts[0] not in ("runtime", "tests")
            for number, line in enumerate((repo / path).read_text().splitlines(), 1)
            if pattern.search(line.split("//")[0])])


@test("shellcheck finds nothing in the shell scripts")
def shell_scripts():
    scripts = ["dev", ".ci/run", "tests/vm/init", "tests/vm/small-init", "tests/vm/run-command"]
    scripts += [str(file.relative_to(repo)) for file in sorted((repo / "examples").rglob("*.sh"))]
    scripts += [str(file.relative_to(repo)) for file in sorted((repo / "packaging/completions").glob("*.bash"))]
    sh("shellcheck", "-x", *scripts, cwd=repo).ok()


@test("mandoc finds nothing in the man pages")
def man_pages():
    pages = [str(page.relative_to(repo)) for page in sorted((repo / "man").glob("*.[1-8]"))]
    that(pages, "there are no man pages in man/")
    outcome = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *pages], cwd=repo, capture_output=True, text=True, check=False)
    report(outcome.stdout.splitlines())


run()
