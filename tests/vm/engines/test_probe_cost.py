"""What an exec probe costs, beside podman's healthcheck of the same command."""

import resource
import time

from harness import run, test, that
from harness.image import IMAGE
from harness.pods import SLEEP, Node, pod, shell
from harness.podman import Podman
from harness.processes import processor_time
from harness.runner import defer


def of_podman(times):
    """Seconds of processor for one `podman healthcheck run`; what it leaves to itself (conmon) is not even counted."""
    podman = Podman()
    defer(lambda: podman("rm", "--force", "--time", "0", "checked"))
    podman("run", "--detach", "--name", "checked", "--network", "none", "--health-cmd", "true", "--health-interval", "disable",
           IMAGE, "sleep", "1000").ok()
    podman("healthcheck", "run", "checked").ok()

    def used():
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime

    before = used()
    for _ in range(times):
        podman("healthcheck", "run", "checked").ok()
    return (used() - before) / times


def of_nacelle(seconds):
    """Seconds of processor that a supervisor and its probes take, for each second with a probe."""
    node = Node()
    node.apply(pod("web", shell(SLEEP, readinessProbe={"exec": {"command": ["true"]}, "periodSeconds": 1, "timeoutSeconds": 5}))).ok()
    node.ready("web")
    supervisor = [node.supervisor("web")]
    before = processor_time(supervisor)
    time.sleep(seconds)
    return (processor_time(supervisor) - before) / seconds


@test("an exec probe each second takes less of the processor than a healthcheck of podman's", timeout=300)
def cheaper():
    theirs, ours = of_podman(5), of_nacelle(20)
    print(f"# {ours * 1000:.0f} ms of processor a probe, {theirs * 1000:.0f} ms a healthcheck of podman's", flush=True)
    that(ours < theirs, f"{ours:.3f} s, and podman's {theirs:.3f} s")


run()
