"""The tables of fields in man/nacelle-pod.5, which the program print-fields makes from the decoder's tables.

Called as a program, it writes them into the page: `./dev fields`.
"""

import re
import subprocess

from harness.where import binary, repo

PAGE = repo / "man/nacelle-pod.5"
BEGIN = '.\\" The fields, written by `./dev fields`: do not edit.\n'
END = '.\\" End of the fields.\n'


def with_fields(page):
    """The page with the tables as the decoder has them now."""
    fields = subprocess.run([binary("print-fields")], check=True, capture_output=True, text=True).stdout
    found = re.fullmatch(f"(.*{re.escape(BEGIN)}).*({re.escape(END)}.*)", page, re.DOTALL)
    if not found:
        raise AssertionError(f"{PAGE.name} lacks the marks between which its fields stand")
    return found[1] + fields + found[2]


if __name__ == "__main__":
    PAGE.write_text(with_fields(PAGE.read_text()))
