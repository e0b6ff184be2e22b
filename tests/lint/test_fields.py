"""nacelle-pod(5) lists the fields of a Pod as the decoder has them."""

import difflib
import re

from fields.page import PAGE, with_fields
from harness import run, test, that


@test("the page's tables are those of the decoder")
def fields():
    page = PAGE.read_text()
    changes = difflib.unified_diff(page.splitlines(), with_fields(page).splitlines(), "man/nacelle-pod.5", "the decoder", n=1)
    text = "\n".join(changes)
    that(not text, f"(hint: ./dev fields)\n{text}")


@test("every part of a Pod is there, and every refusal has its reason or is not covered yet")
def complete():
    page = with_fields(PAGE.read_text())
    for part in "metadata", "spec", "spec.containers[]", "spec.containers[].securityContext", "spec.volumes[].projected.sources[]":
        that(f".Ss {part}\n" in page, f"{part} is missing")
    that(not re.search(r"Ta (refused|ignored)$", page, re.MULTILINE), "a field that is refused or ignored without a reason")


run()
