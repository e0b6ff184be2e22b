"""The tour of the documentation, docs/tour.md, page by page; the pages with limits are in tests/vm/default/test_kube_seed.py."""

from harness import run, test
from harness.pods import add_servers
from harness.tour import LIMITED, Tour, pages


def declare(number, title, steps):
    @test(f"page {number} of the tour: {title}", timeout=400)
    def page():
        add_servers()
        tour = Tour()
        for command, lines in steps:
            tour.take(command, lines)


for number, (title, steps) in pages().items():
    if number not in LIMITED:
        declare(number, title, steps)
run()
