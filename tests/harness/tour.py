"""docs/tour.md as a test: its commands are run as a reader would type them, and what they print is compared."""

import re

from .checks import eventually, that
from .command import sh, start
from .pods import Node
from .runner import temp_dir
from .where import repo

# The pages that need a kernel with all controllers.
LIMITED = {1, 2, 3, 7}
# These may be said again: until they print what the tour says, they only look.
LOOKS = re.compile(r"nacelle kube (-\S+ )*(get|describe|logs|events|top) |nacelle kube exec \S+( -\S+ \S+)* -- (cat|id|ls|ps|wget|grep|readlink)\b")


def pages():
    """The tour: number and title of each page, with its commands and the lines that they print."""
    found = {}
    for section in re.split(r"^## ", (repo / "docs/tour.md").read_text(), flags=re.MULTILINE)[1:]:
        number, title = re.match(r"(\d+)\. (.*)\n", section).groups()
        steps = []
        for block in re.findall(r"^```console\n(.*?)^```$", section, re.MULTILINE | re.DOTALL):
            for text in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                words, *printed = text.splitlines()
                while printed and re.match(r"> ?", printed[0]):
                    words += "\n" + re.sub(r"^> ?", "", printed.pop(0))
                steps.append((words, printed))
        found[int(number)] = (title, steps)
    return found


def _spaced(line):
    return " ".join(line.split())


def _pattern(lines):
    """What the lines match: blanks are all alike, `…` is anything within a line, and alone any number of lines."""
    parts = [r"(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, _spaced(line).split("…"))) + r"\n" for line in lines]
    return re.compile("".join(parts))


class Tour(Node):
    """A node for a reader, whose /mnt is his own, as is the folder that he is in; examples/ is there."""

    def __init__(self):
        self.place = temp_dir()
        script = f"mount -t tmpfs tmpfs /mnt && touch {self.place}/ready && exec sleep 10000"
        self.process = start("unshare", "--mount", "--propagation", "private", "sh", "-c", script)
        eventually((self.place / "ready").exists)
        super().__init__()
        (self.place / "examples").symlink_to(repo / "examples")
        program = self.place / "bin/nacelle"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\nshift\nexec {' '.join(map(str, self.words))} \"$@\"\n")
        program.chmod(0o755)

    def _words(self, text):
        shell = f"cd {self.place}; PATH={self.place}/bin:$PATH; {text}"
        return "nsenter", "-t", self.process.pid, "--mount", "sh", "-c", shell

    def take(self, text, lines):
        """One step: runs the command and compares what it prints, standard output first."""
        if text.endswith(" &"):
            start(*self._words("exec " + text.removesuffix(" &")))
            return
        pattern = _pattern(lines)

        def said():
            outcome = sh(*self._words(text), timeout=320)
            printed = "".join(_spaced(line) + "\n" for line in (outcome.out + outcome.err).splitlines())
            that(pattern.fullmatch(printed), "the tour says\n{}\nbut there came\n{}".format("\n".join(lines), outcome))

        if LOOKS.match(text):
            eventually(said, timeout=120)
        else:
            said()
        self.uids |= {pod["metadata"]["uid"] for pod in self.pods()}
