"""The program that becomes a container's first process knows nothing but system calls."""

import struct

from harness import equal, repo, run, sh, test, that
from harness.where import build

# The compiler calls these two whether it is told to or not (GCC, "Standards": freestanding).
ALLOWED = {"memcpy", "memset"}
BY_LINKER = {"_GLOBAL_OFFSET_TABLE_"}  # an address, which the linker fills in
PROGRAM = build() / "sandbox/nacelle-init"
PT_DYNAMIC, PT_INTERP = 2, 3


def objects():
    found = sorted((build() / "sandbox/nacelle-init.p").glob("*.o"))
    that(found, "no object of the child was built")
    return found


def symbols(kind, file):
    """Names of the undefined or defined symbols of an object, demangled."""
    return {line.split(maxsplit=2 if kind == "--defined-only" else 1)[-1]
            for line in sh("nm", "-C", kind, file).ok().lines()}


@test("the child's objects need nothing but each other, memcpy and memset")
def undefined_symbols():
    own = set().union(*(symbols("--defined-only", file) for file in objects()))
    for file in objects():
        needed = symbols("--undefined-only", file) - BY_LINKER
        equal(sorted(needed - own - ALLOWED), [], file.name)
        strangers = {name for name in needed - ALLOWED if "child::" not in name}
        equal(sorted(strangers), [], f"{file.name}: names outside of the namespace child")


@test("memcpy and memset are the child's own")
def own_memcpy():
    own = set().union(*(symbols("--defined-only", file) for file in objects()))
    equal(sorted(ALLOWED - own), [])


@test("no object of the child allocates, throws or has constructors to run before its entry")
def no_runtime():
    for file in objects():
        sections = sh("objdump", "-h", file).ok().out
        for section in ".init_array", ".gcc_except_table", ".eh_frame", ".tdata", ".tbss":
            that(f" {section}" not in sections, f"{file.name} has a section {section}")


@test("the child is a static program: no interpreter, no dynamic section, no segment writable and executable at once")
def static_program():
    image = PROGRAM.read_bytes()
    offset, size, count = *struct.unpack_from("<Q", image, 32), *struct.unpack_from("<HH", image, 54)
    headers = [struct.unpack_from("<II", image, offset + i * size) for i in range(count)]
    kinds = {kind for kind, _ in headers}
    that(PT_INTERP not in kinds, "it has an interpreter")
    that(PT_DYNAMIC not in kinds, "it has a dynamic section")
    that(all(flags & 3 != 3 for _, flags in headers), "a segment is writable and executable")


@test("the child carries no path of the machine that built it")
def no_paths():
    that(str(repo).encode() not in PROGRAM.read_bytes(), f"it names {repo}")


run()
