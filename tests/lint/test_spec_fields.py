"""Every field of the runtime-spec has a test that sees its effect: the table of fields and tests, printed and complete.

tests/spec-fields.txt lists the fields of runtime-spec 1.3 for Linux; a test says by @shows(...) which of them it sees.
"""

import difflib

from harness import repo, run, test, that
from harness.marks import expand, tests_by_name

LIST = repo / "tests" / "spec-fields.txt"


def fields():
    """The names of the list, in its order."""
    lines = [line.strip() for line in LIST.read_text().splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


@test("the list of fields names each field once")
def listed_once():
    names = fields()
    that(len(names) > 300, f"only {len(names)} fields are listed")
    twice = sorted({name for name in names if names.count(name) > 1})
    that(not twice, "\n".join(twice))


@test("a mark names a field of the list")
def marks_are_known():
    names = fields()
    complaints = []
    for name, tests in tests_by_name("shows").items():
        if name not in names:
            near = difflib.get_close_matches(name, names, 3)
            complaints += [f"{test.file}:{test.line}: no such field: '{name}'" +
                           (f" (hint: {', '.join(near)}?)" if near else "") for test in tests]
    that(not complaints, "\n".join(complaints))


@test("braces in a mark stand for several names")
def braces():
    that(expand("a.{b,c}.{d,e}") == ["a.b.d", "a.b.e", "a.c.d", "a.c.e"], expand("a.{b,c}.{d,e}"))
    that(expand("mounts[].options.ro") == ["mounts[].options.ro"], "a name without braces")


@test("the table of fields, and of the tests that see them, is complete")
def table():
    seen = tests_by_name("shows")
    for name in fields():
        print(f"# {name}: {'; '.join(map(str, seen.get(name, []))) or 'NO TEST'}")
    missing = [name for name in fields() if name not in seen]
    print(f"# {len(fields()) - len(missing)} of {len(fields())} fields are seen by a test")
    that(not missing, "no test sees\n" + "\n".join(missing))


run()
