"""Looking into pods: logs of several containers, of a time, with prefixes; what containers and the machine use; ports."""

import datetime
import json
import os
import re
import socket
import subprocess
import time

from harness import contains, equal, eventually, excludes, matches, run, start, temp_dir, test, that
from harness.pods import SLEEP, Node, finish, mounted, pod, shell, volume


@test("logs of all containers, in the pod's order, each line with where it comes from")
def all_containers():
    node = Node()
    node.apply(pod("web", shell("echo one; echo two; " + SLEEP), shell("echo three; " + SLEEP),
                   initContainers=[{"name": "first", "image": "busybox:1.28", **shell("echo zero")}])).ok()
    node.ready("web")
    eventually(lambda: equal(node.kube("logs", "web", "--all-containers").ok().lines(), ["zero", "one", "two", "three"]))
    equal(node.kube("logs", "web", "--all-containers", "--prefix", "--tail=1").ok().lines(),
          ["[pod/web/first] zero", "[pod/web/c0] two", "[pod/web/c1] three"])
    equal(node.kube("logs", "web", "c0", "--prefix", "--timestamps", "--tail=1").ok().out.split(" ")[0], "[pod/web/c0]")
    contains(node.kube("logs", "web", "-c", "c0", "--all-containers").exits(1).err,
             "--all-containers=true should not be specified with container name")


@test("all containers are followed together, until the last has ended")
def followed():
    node = Node()
    told = "; until [ -e /work/go ]; do sleep 0.1; done; echo "
    node.apply(pod("web", shell("echo one" + told + "two", volumeMounts=[mounted("work", "/work")]),
                   shell("echo three" + told + "four", volumeMounts=[mounted("work", "/work")]),
                   restartPolicy="Never", volumes=[volume("work", emptyDir={})])).ok()
    node.ready("web")
    seen = temp_dir() / "seen"
    with open(seen, "w") as out:
        process = start(*node.words, "logs", "web", "-f", "--all-containers", stdout=out)
    eventually(lambda: equal(sorted(seen.read_text().split()), ["one", "three"]))
    node.kube("exec", "web", "--", "touch", "/work/go").ok()
    equal(process.wait(60), 0)
    equal(sorted(seen.read_text().split()), ["four", "one", "three", "two"])


@test("logs since a duration, and since a time")
def since():
    node = Node()
    node.apply(pod("web", shell("echo early; while ! [ -e /tmp/go ]; do sleep 0.1; done; echo late; " + SLEEP))).ok()
    eventually(lambda: contains(node.kube("logs", "web").ok().out, "early"))
    time.sleep(3)  # a time has no fractions: it is a whole second between the two lines
    between = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    node.kube("exec", "web", "--", "touch", "/tmp/go").ok()
    eventually(lambda: contains(node.kube("logs", "web").ok().out, "late"))
    equal(node.kube("logs", "web", f"--since-time={between}").ok().out, "late\n")
    written = node.kube("logs", "web", "--timestamps", "--tail=1").ok().out.split()[0]

    def not_older():
        # A second more than the later line's age: that is too little only if the command itself takes longer.
        age = time.time() - datetime.datetime.fromisoformat(written[:26] + "+00:00").timestamp()
        equal(node.kube("logs", "web", f"--since={int(age * 1000) + 1000}ms").ok().out, "late\n")

    eventually(not_older)
    equal(node.kube("logs", "web", "--since=1h").ok().out, "early\nlate\n")
    contains(node.kube("logs", "web", "--since=1h", f"--since-time={between}").exits(1).err, "at most one of")
    contains(node.kube("logs", "web", "--since-time=yesterday").exits(1).err, "'yesterday' is not a time of RFC 3339")
    contains(node.kube("logs", "web", "--since=x").exits(1).err, "--since: ")


@test("get -w has a line for every change of what it shows")
def watched():
    node = Node()
    finish(node, "done")
    record = node.folder / "pods/default_done/pod.json"
    watch = start(*node.words, "get", "pods", "-w", "-o", "wide", stdout=subprocess.PIPE, text=True)
    for _ in range(2):
        watch.stdout.readline()
    for field, value in (("restartCount", 1), ("restartCount", 2), ("podIP", "10.0.0.9")):
        text = json.loads(record.read_text())
        part = text["status"]["containerStatuses"][0] if field == "restartCount" else text["status"]
        part[field] = value
        changed = record.with_suffix(".new")
        changed.write_text(json.dumps(text))
        changed.rename(record)
        matches(watch.stdout.readline(), rf"^done +0/1 +Completed +.*\b{value}\b")


@test("top shows pods, their containers, and the machine")
def top():
    node = Node()
    node.apply(pod("web", shell("while true; do :; done", name="busy"), shell(SLEEP, name="idle"))).ok()
    node.ready("web")
    matches(node.kube("top", "pod").ok().out, r"^NAME +CPU\(cores\) +MEMORY\(bytes\)\nweb +\d+m +\S+\n$")

    def compared():
        rows = [line.split() for line in node.kube("top", "pod", "web", "--containers").ok().lines()]
        equal(rows[0], ["POD", "NAME", "CPU(cores)", "MEMORY(bytes)"])
        equal([row[:2] for row in rows[1:]], [["web", "busy"], ["web", "idle"]])
        busy, idle = (int(row[2].removesuffix("m")) for row in rows[1:])
        that(busy > 50 > idle, f"the busy one uses {busy}m, the idle one {idle}m")

    eventually(compared)
    matches(node.kube("top", "node").ok().out,
            r"^NAME +CPU\(cores\) +CPU\(%\) +MEMORY\(bytes\) +MEMORY\(%\)\n\S+ +\d+m +\d+% +\d+Mi +\d+%\n$")
    excludes(node.kube("top", "node", "--no-headers").ok().out, "NAME")


def forwarding(node, *words):
    """A running port-forward; gives the process and the ports of this machine."""
    process = start(*node.words, "port-forward", *words, stdout=subprocess.PIPE, text=True)
    return process, int(re.match(r"Forwarding from 127.0.0.1:(\d+) -> 80\n", process.stdout.readline())[1])


def talk(port, text):
    """Says the text to the port, ends, and gives all that is answered."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@test("port-forward leads to a port of the pod, both ways and to the end, for several at once; it ends with the pod")
def port_forward():
    node = Node()
    node.apply(pod("web", shell("nc -ll -p 80 -e cat", ports=[{"name": "door", "containerPort": 80}]))).ok()
    node.ready("web")
    process, port = forwarding(node, "web", ":door")
    eventually(lambda: equal(talk(port, b"up"), b"up"))
    large = os.urandom(1 << 20)
    with socket.create_connection(("127.0.0.1", port)) as idle:
        equal(talk(port, large) == large, True)
        idle.sendall(b"still")
        equal(idle.recv(5), b"still")
    node.kube("delete", "pod", "web", "--force").ok()
    equal(process.wait(60), 1)


@test("port-forward refuses what it cannot do")
def port_forward_refused():
    node = Node()
    node.apply(pod("web", shell(SLEEP))).ok()
    node.ready("web")
    contains(node.kube("port-forward", "web", "80:nosuch").exits(1).err, "invalid port number or name: 'nosuch'")
    contains(node.kube("port-forward", "web", "x:80").exits(1).err, "invalid port number: 'x'")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        contains(node.kube("port-forward", "web", f"{taken.getsockname()[1]}:80").exits(1).err, "unable to listen on 127.0.0.1:")
    _, port = forwarding(node, "web", ":80")
    equal(talk(port, b""), b"")  # nobody listens in the pod


run()
