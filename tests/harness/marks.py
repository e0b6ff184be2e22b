"""Reads the marks of all tests: which fields each @shows, which published holes each @withstands.

In Python they are decorators, and are read without running the file. In a unit test they are a comment line above it:

    // @shows linux.seccomp.architectures.SCMP_ARCH_{ARM,AARCH64}
    TEST_CASE("…")

Braces stand for several names, as in a shell.
"""

import ast
import dataclasses
import re

from .where import repo

KINDS = ("shows", "withstands")
CPP_MARK = re.compile(r"^// @(shows|withstands) (.+)$")
CPP_TEST = re.compile(r'^TEST_CASE\("(.+?)"')


@dataclasses.dataclass
class Marked:
    """A test with marks: its file relative to tests/, its sentence, its line, and the names under each kind of mark."""

    file: str
    sentence: str
    line: int
    marks: dict

    def __str__(self):
        return f"{self.file}: {self.sentence}"


def expand(name):
    """All names that a name with braces stands for: "a.{b,c}" is "a.b" and "a.c"."""
    found = re.search(r"\{([^{}]*)\}", name)
    if not found:
        return [name]
    return [whole for part in found[1].split(",")
            for whole in expand(name[:found.start()] + part.strip() + name[found.end():])]


def marked_tests():
    """Every test that carries a mark, by file and line."""
    folder = repo / "tests"
    tests = []
    for path in sorted(folder.rglob("test_*.py")):
        tests += _python_tests(path.read_text(), str(path.relative_to(folder)))
    for path in sorted(folder.rglob("*_test.cc")):
        tests += _cpp_tests(path.read_text(), str(path.relative_to(folder)))
    return tests


def tests_by_name(kind):
    """For each name under that kind of mark: the tests that carry it."""
    found = {}
    for test in marked_tests():
        for name in test.marks.get(kind, []):
            found.setdefault(name, []).append(test)
    return found


def _python_tests(text, file):
    for function in ast.walk(ast.parse(text, file)):
        if not isinstance(function, ast.FunctionDef):
            continue
        calls = {}
        for decorator in function.decorator_list:
            if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name):
                calls.setdefault(decorator.func.id, []).extend(decorator.args)
        if not any(kind in calls for kind in KINDS):
            continue
        if "test" not in calls:
            raise AssertionError(f"{file}:{function.lineno}: marks on what is no test: {function.name}")
        yield Marked(file, _text_of(calls["test"][0]), function.lineno,
                     {kind: [name for argument in calls.get(kind, []) for name in expand(_constant(argument, file))]
                      for kind in KINDS})


def _text_of(sentence):
    return sentence.value if isinstance(sentence, ast.Constant) else ast.unparse(sentence)


def _constant(argument, file):
    if not isinstance(argument, ast.Constant):
        raise AssertionError(f"{file}:{argument.lineno}: a mark takes plain words, or nobody can look them up: "
                             f"{ast.unparse(argument)}")
    return argument.value


def _cpp_tests(text, file):
    marks = {}
    for number, line in enumerate(text.splitlines(), 1):
        if found := CPP_MARK.match(line):
            marks.setdefault(found[1], []).extend(name for word in _words(found[2]) for name in expand(word))
        elif found := CPP_TEST.match(line):
            if marks:
                yield Marked(file, found[1], number, marks)
            marks = {}
        elif marks and not line.startswith("//"):
            raise AssertionError(f"{file}:{number}: marks on what is no test: {line}")


def _words(text):
    """Splits at blanks and commas that are not within braces."""
    return re.findall(r"(?:[^\s,{]|\{[^}]*\})+", text)
