"""docs/withstand.md, the published holes and the tests that attack nacelle by them, is in step with the tests' marks."""

import re

from harness import equal, repo, run, test, that
from harness.marks import tests_by_name

PAGE = repo / "docs" / "withstand.md"
NUMBER = re.compile(r"CVE-\d{4}-\d{4,}")


def rows(columns):
    """The cells of every row of the tables with so many columns, without their heads."""
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.read_text().splitlines()
             if line.startswith("|")]
    return [cells for cells in found if len(cells) == columns and NUMBER.search(cells[0])]


def files_by_number():
    return {number: sorted({test.file for test in tests}) for number, tests in tests_by_name("withstands").items()}


@test("each hole that concerns us has tests, and the table names the files of exactly those")
def ours():
    marked, listed = files_by_number(), {}
    for numbers, _, _, files in rows(4):
        for number in NUMBER.findall(numbers):
            that(number not in listed, f"{number} is listed twice")
            listed[number] = sorted(file.strip() for file in files.split(","))
    that(len(listed) > 30, f"only {len(listed)} holes are listed")
    complaints = [f"{number}: the page names {listed.get(number, 'nothing')}, the marks are in {marked.get(number, 'no test')}"
                  for number in sorted({*marked, *listed}) if marked.get(number) != listed.get(number)]
    that(not complaints, "\n".join(complaints))


@test("no hole is both ours and not ours, and each row says why")
def not_ours():
    ours = {number for cells in rows(4) for number in NUMBER.findall(cells[0])}
    others = {number for cells in rows(2) for number in NUMBER.findall(cells[0])}
    equal(sorted(ours & others), [])
    that(len(others) > 20, f"only {len(others)} holes of others are listed")
    that(all(all(cells) for cells in rows(4) + rows(2)), "a cell is empty")


run()
