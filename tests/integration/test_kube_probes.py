"""Probes: when a container is asked, what follows from its answers, and how all of it is shown."""

import json
import pathlib
import time

from harness import contains, equal, eventually, excludes, matches, run, test, that
from harness.pods import AGNHOST, SLEEP, Node, condition, event_counts, example, pod, row, shell
from harness.processes import lateness


def agnhost(*words, **more):
    """A container of the servers of agnhost.c."""
    return {"image": AGNHOST, "args": [str(word) for word in words], **more}


def event(node, name, reason):
    """The pod's event with that reason."""
    found = json.loads(node.kube("events", "--for", f"pod/{name}", "-o", "json").ok().out)["items"]
    return {one["reason"]: one for one in found}[reason]


def messages(node, name):
    """The messages of a pod's events, one a line."""
    return "\n".join(message for _, message in event_counts(node, name))


def probe(kind, **more):
    """A container's field of that probe, each second. It may take as long as a busy machine needs."""
    return {f"{kind}Probe": {"periodSeconds": 1, "timeoutSeconds": 30, **more}}


def command(*words):
    """A handler that runs a command."""
    return {"exec": {"command": list(words)}}


@test("the page's exec and http examples: the container is restarted when it is not healthy any more, and events say so")
def page():
    node = Node()
    node.apply(example("exec-liveness")).ok()
    node.apply(example("http-liveness")).ok()
    node.ready("liveness-exec")
    node.ready("liveness-http")
    excludes(messages(node, "liveness-exec"), "probe failed")
    described = node.kube("describe", "pod", "liveness-exec").ok().out
    matches(described, r"\n    Liveness: +exec \[cat /tmp/healthy\] delay=5s timeout=1s period=5s #success=1 #failure=3\n")
    matches(node.kube("describe", "pod", "liveness-http").ok().out,
            r"\n    Liveness: +http-get http://:8080/healthz delay=3s timeout=1s period=3s #success=1 #failure=3\n")
    # 10 seconds healthy, then three times not; agnhost ends on SIGTERM.
    eventually(lambda: that(int(row(node, "liveness-http")[2]) >= 1, "not restarted"))
    contains(messages(node, "liveness-http"), "Liveness probe failed: HTTP probe failed with statuscode: 500")
    contains(messages(node, "liveness-http"), "Container liveness failed liveness probe, will be restarted")
    eventually(lambda: contains(messages(node, "liveness-exec"),
                                "Container liveness failed liveness probe, will be restarted"))
    unhealthy = ("Unhealthy", "Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory")
    equal(event_counts(node, "liveness-exec")[unhealthy], 3)
    described = node.kube("describe", "pod", "liveness-exec").ok().out
    matches(described, r"\n  Warning +Unhealthy +\S+ \(x3 over \d+s\) +\S+ +Liveness probe failed: cat: can't open '/tmp/healthy'")
    matches(described, r"\n  Normal +Killing +\S+ +\S+ +Container liveness failed liveness probe, will be restarted\n")
    # A shell that is PID 1 does not end on SIGTERM: the grace period of 30 seconds goes by.
    node.kube("delete", "pod", "liveness-exec", "liveness-http", "--force").ok()


@test("a failed liveness probe ends the container with its own grace period, and it starts again")
def own_grace():
    node = Node()
    node.apply(pod("web", shell("trap '' TERM; while true; do sleep 0.1; done",
                                **probe("liveness", **command("false"), failureThreshold=2,
                                        terminationGracePeriodSeconds=1)),
                   terminationGracePeriodSeconds=300)).ok()
    eventually(lambda: that(int(row(node, "web")[2]) >= 1, "not restarted"))
    last = node.status("web")["lastState"]["terminated"]
    equal((last["exitCode"], last["reason"]), (137, "Error"))
    contains(messages(node, "web"), "Container c0 failed liveness probe, will be restarted")
    node.kube("delete", "pod", "web", "--force").ok()


@test("with restartPolicy Never a failed liveness probe ends the container for good")
def never():
    node = Node()
    node.apply(pod("web", shell(SLEEP, **probe("liveness", **command("false"), failureThreshold=1, initialDelaySeconds=2)),
                   restartPolicy="Never")).ok()
    eventually(lambda: equal(node.pod("web")["status"]["phase"], "Succeeded"))
    that(("Killing", "Container c0 failed liveness probe") in event_counts(node, "web"), "it is said to be restarted")


@test("a readiness probe begins as failed; it turns READY and the conditions, and restarts nothing")
def readiness():
    node = Node()
    node.apply(pod("web", shell(SLEEP, **probe("readiness", **command("cat", "/tmp/ready"), failureThreshold=1)))).ok()
    eventually(lambda: contains(messages(node, "web"), "Readiness probe failed: cat: can't open '/tmp/ready'"))
    equal(row(node, "web"), ["0/1", "Running", "0"])
    equal((condition(node, "web", "Ready")["status"], condition(node, "web", "ContainersReady")["status"]), ("False", "False"))
    equal(node.status("web")["started"], True)
    node.kube("exec", "web", "--", "touch", "/tmp/ready").ok()
    eventually(lambda: equal(row(node, "web"), ["1/1", "Running", "0"]))
    equal(condition(node, "web", "Ready")["status"], "True")
    node.kube("exec", "web", "--", "rm", "/tmp/ready").ok()
    eventually(lambda: equal(row(node, "web"), ["0/1", "Running", "0"]))


@test("a startup probe holds the others back; until it has passed, the container has not started")
def startup():
    node = Node()
    node.apply(pod("web", shell(SLEEP, **probe("startup", **command("test", "-e", "/tmp/up"), failureThreshold=100),
                                **probe("liveness", **command("test", "-e", "/tmp/up"), failureThreshold=1)))).ok()
    eventually(lambda: contains(messages(node, "web"), "Startup probe failed:"))
    time.sleep(2)
    excludes(messages(node, "web"), "Liveness")
    equal((node.status("web")["started"], row(node, "web")), (False, ["0/1", "Running", "0"]))
    node.kube("exec", "web", "--", "touch", "/tmp/up").ok()
    eventually(lambda: equal(row(node, "web"), ["1/1", "Running", "0"]))
    equal(node.status("web")["started"], True)
    node.kube("exec", "web", "--", "rm", "/tmp/up").ok()
    eventually(lambda: contains(messages(node, "web"), "Container c0 failed liveness probe, will be restarted"))


@test("a container that does not start in time is restarted")
def startup_fails():
    node = Node()
    node.apply(pod("web", shell(SLEEP, **probe("startup", **command("false"), failureThreshold=2)))).ok()
    eventually(lambda: contains(messages(node, "web"), "Container c0 failed startup probe, will be restarted"))
    eventually(lambda: that(int(row(node, "web")[2]) >= 1, "not restarted"))


@test("tcpSocket, by number and by name; a port at which nobody listens is refused")
def tcp():
    node = Node()
    node.apply(pod("open", shell("while true; do nc -l -p 7000 >/dev/null; done",
                                 ports=[{"name": "door", "containerPort": 7000}],
                                 **probe("readiness", tcpSocket={"port": "door"})))).ok()
    node.apply(pod("shut", shell(SLEEP, **probe("readiness", tcpSocket={"port": 7001})))).ok()
    node.ready("open")
    eventually(lambda: contains(messages(node, "shut"),
                                "Readiness probe failed: dial tcp 127.0.0.1:7001: connect: connection refused"))


@test("grpc: SERVING is healthy, NOT_SERVING is not")
def grpc():
    node = Node()
    node.apply(pod("etcd", agnhost("health", 2379, 8, **probe("liveness", grpc={"port": 2379}, failureThreshold=1, initialDelaySeconds=3),
                                   **probe("readiness", grpc={"port": 2379})))).ok()
    node.ready("etcd")
    eventually(lambda: contains(messages(node, "etcd"),
                                'Liveness probe failed: service unhealthy (responded with "NOT_SERVING")'))
    eventually(lambda: that(int(row(node, "etcd")[2]) >= 1, "not restarted"))


@test("httpGet sends User-Agent and Accept unless they are given, and the headers that are")
def headers():
    node = Node()
    given = [{"name": "Accept", "value": "application/json"}, {"name": "Custom-Header", "value": "Awesome"}]
    node.apply(pod("web", agnhost("headers", 80, **probe("readiness", httpGet={"port": 80, "path": "/a b?c",
                                                                             "httpHeaders": given})))).ok()
    node.ready("web")
    expected = ["GET /a%20b?c HTTP/1.1", "Host: 127.0.0.1:80", "User-Agent: kube-probe/1.36", "Accept: application/json",
                "Custom-Header: Awesome", "Connection: close"]
    eventually(lambda: equal(node.kube("logs", "web").ok().out.split("\r\n\r\n")[0].splitlines(), expected))


@test("a command that takes too long is killed and has failed; one that is not there says nothing of the container")
def exec_ends():
    node = Node()
    node.apply(pod("slow", shell(SLEEP, **probe("liveness", **command("sleep", "33"), timeoutSeconds=1)))).ok()
    node.apply(pod("none", shell(SLEEP, **probe("liveness", **command("nosuch"), failureThreshold=1)))).ok()
    eventually(lambda: contains(messages(node, "slow"),
                                'Liveness probe failed: command timed out: "sleep 33" timed out after 1s'))
    # Never for long two: the next one may come while the last is being killed.
    eventually(lambda: excludes(node.kube("exec", "slow", "--", "ps").ok().out.replace("sleep 33", "", 1), "sleep 33"))
    eventually(lambda: contains(messages(node, "none"), "Liveness probe errored and resulted in unknown state: "))
    time.sleep(2)
    equal(row(node, "none"), ["1/1", "Running", "0"])


@test("of what a command prints the first 10 KiB are kept")
def long_output():
    node = Node()
    node.apply(pod("web", shell(SLEEP, **probe("readiness", **command("sh", "-c", "yes | head -c 100000; exit 1"))))).ok()
    eventually(lambda: contains(messages(node, "web"), "Readiness probe failed: y"))
    message = next(message for reason, message in event_counts(node, "web") if reason == "Unhealthy")
    that(10_000 < len(message) < 11_000, f"{len(message)} bytes were kept")


@test("probes neither drift nor hold each other up: each is within 100 ms of its time, beside one that hangs")
def timing():
    node = Node()
    marks = "cut -d ' ' -f 1 /proc/uptime >>/tmp/marks"
    node.apply(pod("web", shell(SLEEP, **probe("readiness", **command("sh", "-c", marks), initialDelaySeconds=2),
                                **probe("liveness", **command("sleep", "60"), timeoutSeconds=3, failureThreshold=100)))).ok()
    asked = lambda: node.kube("exec", "web", "--", "cat", "/tmp/marks").out.split()
    times = [float(mark) for mark in eventually(lambda: len(asked()) > 10 and asked())]
    # Most of them: when the machine has something else to do, one comes late, and one that is too late is left out.
    late = lateness(times)
    that(late[len(late) // 2] < 0.1, f"probes came at {times}")


def asking(node, name, *words):
    """How many processes of the pod are this command."""
    uid = node.pod(name)["metadata"]["uid"]
    found = 0
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            found += (process / "cmdline").read_bytes() == b"".join(word.encode() + b"\0" for word in words) and uid in (process / "cgroup").read_text()
        except OSError:
            continue  # it has just ended
    return found


@test("a pod that is changed under its probes and its preStop handler keeps both")
def changed():
    node = Node()
    # Longer than what a string keeps within itself, so that what was freed is written over.
    ready, name = "/tmp/ready-as-long-as-this-file-is-there", "container-that-says-so-when-its-hook-has-failed"
    node.apply(pod("web", shell("trap '' TERM; while true; do sleep 0.1; done", name=name,
                                lifecycle={"preStop": command("sh", "-c", "sleep 2; exit 3")},
                                **probe("readiness", **command("cat", ready), failureThreshold=1)),
                   terminationGracePeriodSeconds=60)).ok()
    eventually(lambda: contains(messages(node, "web"), f"Readiness probe failed: cat: can't open '{ready}'"))

    def change():
        for number in range(5):
            node.kube("label", "pod", "web", f"number={number}", "--overwrite").ok()

    change()
    node.kube("exec", "web", "--", "touch", ready).ok()
    eventually(lambda: equal(row(node, "web"), ["1/1", "Running", "0"]))
    change()
    node.kube("exec", "web", "--", "rm", ready).ok()
    eventually(lambda: equal(row(node, "web"), ["0/1", "Running", "0"]))
    node.kube("delete", "pod", "web", "--wait=false").ok()
    change()
    failed = eventually(lambda: event(node, "web", "FailedPreStopHook"))
    equal(failed["involvedObject"]["fieldPath"], f"spec.containers{{{name}}}")
    node.kube("delete", "pod", "web", "--force").ok()


@test("a probe whose command alone is killed has failed")
def killed():
    node = Node()
    node.apply(pod("web", shell(SLEEP, **probe("liveness", **command("sh", "-c", "kill -9 $$"), failureThreshold=1)))).ok()
    eventually(lambda: contains(messages(node, "web"), "Container c0 failed liveness probe, will be restarted"))
    contains(messages(node, "web"), "Liveness probe failed:")


@test("probes end with their container, and with the pod")
def ended():
    node = Node()
    hangs = probe("liveness", **command("sleep", "3777"), timeoutSeconds=3777)
    node.apply(pod("web", shell("until [ -e /tmp/go ]; do sleep 0.1; done", **hangs), shell(SLEEP, **hangs), restartPolicy="Never")).ok()
    eventually(lambda: equal(asking(node, "web", "sleep", "3777"), 2))
    node.kube("exec", "web", "-c", "c0", "--", "touch", "/tmp/go").ok()
    eventually(lambda: equal(node.status("web")["state"].get("terminated", {}).get("reason"), "Completed"))
    eventually(lambda: equal(asking(node, "web", "sleep", "3777"), 1))
    # The command was killed with its container, a moment before that had ended.
    excludes(messages(node, "web"), "probe failed")
    node.kube("delete", "pod", "web").ok()
    node.nothing_left()


run()
