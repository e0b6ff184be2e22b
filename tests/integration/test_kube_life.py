"""The life of a pod: deadlines, and what its containers say at their end."""

import time

from harness import contains, equal, eventually, excludes, matches, run, test, that
from harness.pods import SLEEP, Node, event_counts, host_folder, mounted, pod, shell, volume

WORK = [mounted("work", "/work")]


@test("a pod that is active for longer than its deadline has failed, and says why")
def deadline():
    node = Node()
    node.apply(pod("web", shell(SLEEP), shell("exit 3"), activeDeadlineSeconds=2)).ok()
    node.apply(pod("waits", shell(SLEEP, image="nosuch"), activeDeadlineSeconds=1)).ok()
    eventually(lambda: equal(node.pod("web")["status"]["phase"], "Failed"))
    message = "Pod was active on the node longer than the specified deadline"
    for name in ("web", "waits"):
        status = eventually(lambda: node.pod(name)["status"]["phase"] == "Failed" and node.pod(name)["status"])
        equal((status["reason"], status["message"]), ("DeadlineExceeded", message))
    matches(node.kube("get", "pods").ok().out, r"^web +0/2 +(DeadlineExceeded|Completed|Error) ")
    matches(node.kube("describe", "pod", "web").ok().out, rf"^  Normal +DeadlineExceeded +\S+ +nacelle +{message}$")
    equal(node.status("web")["state"]["terminated"]["exitCode"], 0)


@test("with FallbackToLogsOnError a container that failed without a message has the end of its log as one")
def fallback():
    node = Node()
    spec = {"restartPolicy": "Never"}
    fall = {"terminationMessagePolicy": "FallbackToLogsOnError"}
    lines = "i=0; while [ $i -lt 100 ]; do i=$((i+1)); echo line $i; done; "
    node.apply(pod("web", shell(lines + "exit 1", **fall), shell(lines + "exit 0", **fall),
                   shell(lines + "echo mine >/dev/termination-log; exit 1", **fall), shell(lines + "exit 1"), **spec)).ok()
    eventually(lambda: equal(node.pod("web")["status"]["phase"], "Failed"))
    messages = [node.status("web", number)["state"]["terminated"].get("message") for number in range(4)]
    equal(messages, ["".join(f"line {number}\n" for number in range(21, 101)), None, "mine\n", None])


@test("the messages of a pod's containers are 12 KiB together")
def messages_together():
    node = Node()
    say = "head -c 8192 /dev/zero | tr '\\0' x >/dev/termination-log"
    node.apply(pod("few", shell(say), restartPolicy="Never")).ok()
    node.apply(pod("many", *[shell(say) for _ in range(6)], restartPolicy="Never")).ok()
    for name, size in (("few", 4096), ("many", 2048)):
        eventually(lambda: equal(node.pod(name)["status"]["phase"], "Succeeded"))
        equal(node.status(name)["state"]["terminated"]["message"], "x" * size)


@test("readiness gates are kept and shown, nobody waits for them, and apply says so")
def readiness_gates():
    node = Node()
    gates = [{"conditionType": "example.com/ready"}]
    equal(node.apply(pod("web", shell(SLEEP), readinessGates=gates)).ok().err,
          "Warning: spec.readinessGates: nobody sets conditions of pods here; the pod does not wait for them\n")
    node.ready("web")
    equal(node.pod("web")["spec"]["readinessGates"], gates)
    matches(node.kube("get", "pods", "-o", "wide").ok().out, r"\nweb .* 0/1$")


def hooks(**handlers):
    """A container's lifecycle."""
    return {"lifecycle": handlers}


def command(script):
    """A handler that runs a shell script."""
    return {"exec": {"command": ["sh", "-c", script]}}


@test("postStart runs beside the entrypoint; until it is done the container is not running, and the next does not start")
def post_start():
    node = Node()
    wait = command("echo hook >>/work/log; while ! [ -e /work/go ]; do sleep 0.1; done; echo done >>/work/log")
    node.apply(pod("web", shell("echo main >>/work/log; " + SLEEP, volumeMounts=WORK, **hooks(postStart=wait)),
                   shell("echo next >>/work/log; " + SLEEP, volumeMounts=WORK), volumes=[volume("work", emptyDir={})])).ok()
    log = eventually(lambda: next(iter((node.folder / "data").glob("*/volumes/work/log")), False))
    eventually(lambda: equal(sorted(log.read_text().split()), ["hook", "main"]))
    for number in (0, 1):
        equal(node.status("web", number)["state"], {"waiting": {"reason": "ContainerCreating"}})
    equal(node.pod("web")["status"]["phase"], "Pending")
    (log.parent / "go").touch()
    node.ready("web")
    eventually(lambda: equal(log.read_text().split()[2:], ["done", "next"]))


@test("a postStart handler that fails kills its container, which starts again by its policy")
def post_start_fails():
    node = Node()
    # Without a handler for TERM: whether the hook or a shell's `trap` comes first is by chance.
    node.apply(pod("web", shell("sleep 1000", **hooks(postStart=command("exit 1"))), restartPolicy="Never",
                   terminationGracePeriodSeconds=1)).ok()
    node.apply(pod("tcp", shell(SLEEP, **hooks(postStart={"tcpSocket": {"port": 80}})))).ok()
    eventually(lambda: equal(node.status("web")["state"].get("terminated", {}).get("exitCode"), 137))
    last = list(event_counts(node, "web"))[-2:]
    equal(last, [("FailedPostStartHook", "PostStartHook failed"), ("Killing", "FailedPostStartHook")])
    eventually(lambda: equal(node.status("tcp")["state"].get("waiting", {}).get("reason"), "CrashLoopBackOff"))
    equal(node.status("tcp")["restartCount"], 1)


@test("preStop runs before the stop signal; those of all containers at the same time")
def pre_stop():
    node = Node()
    folder = host_folder()
    say = "trap 'echo TERM >>/host/log; exit 0' TERM; while true; do sleep 1 & wait $!; done"
    mounts = [mounted("host", "/host")]
    first, second = (command(f"touch /host/{mine}; while ! [ -e /host/{other} ]; do sleep 0.1; done; echo met >>/host/log")
                     for mine, other in (("a", "b"), ("b", "a")))
    node.apply(pod("web", shell(say, volumeMounts=mounts, **hooks(preStop=first)),
                   shell(say, volumeMounts=mounts, **hooks(preStop=second)),
                   volumes=[volume("host", hostPath={"path": str(folder)})], terminationGracePeriodSeconds=60)).ok()
    node.ready("web")
    begin = time.monotonic()
    node.kube("delete", "pod", "web").ok()
    that(time.monotonic() - begin < 50, "the grace period was waited for")
    equal(sorted((folder / "log").read_text().split()), ["TERM", "TERM", "met", "met"])
    equal((folder / "log").read_text().split()[-1], "TERM")


@test("a preStop handler that does not end takes the grace period, and two seconds are left for the stop signal")
def pre_stop_too_long():
    node = Node()
    folder = host_folder()
    say = "trap 'sleep 1; echo TERM >/host/log; exit 0' TERM; while true; do sleep 1 & wait $!; done"
    node.apply(pod("web", shell(say, volumeMounts=[mounted("host", "/host")], **hooks(preStop=command("sleep 100"))),
                   volumes=[volume("host", hostPath={"path": str(folder)})], terminationGracePeriodSeconds=1)).ok()
    node.ready("web")
    begin = time.monotonic()
    node.kube("delete", "pod", "web").ok()
    that(1.9 <= time.monotonic() - begin < 50, f"took {time.monotonic() - begin} s")
    equal((folder / "log").read_text(), "TERM\n")


@test("a preStop handler that fails is an event, and the container ends all the same; sleep is a handler of its own")
def pre_stop_fails():
    node = Node()
    node.apply(pod("web", shell(SLEEP, **hooks(preStop=command("exit 1"))), shell("sleep 1", restartPolicy="Never"),
                   restartPolicy="Never", activeDeadlineSeconds=1)).ok()
    node.apply(pod("rest", shell(SLEEP, **hooks(preStop={"sleep": {"seconds": 2}})), terminationGracePeriodSeconds=60)).ok()
    eventually(lambda: equal(node.pod("web")["status"]["phase"], "Failed"))
    contains(str(event_counts(node, "web")), "('FailedPreStopHook', 'PreStopHook failed')")
    node.ready("rest")
    begin = time.monotonic()
    node.kube("delete", "pod", "rest").ok()
    that(2 <= time.monotonic() - begin < 50, f"took {time.monotonic() - begin} s")


@test("an httpGet handler asks a server in the pod's network; a port may be called by its name")
def http():
    node = Node()
    up = command("until wget -q -O /dev/null http://127.0.0.1:8080/index.html; do sleep 0.1; done")
    server = shell("mkdir /www; echo hello >/www/index.html; httpd -f -p 8080 -h /www", name="server", image="busybox:1.28",
                   restartPolicy="Always", **hooks(postStart=up))
    ask = lambda path: hooks(postStart={"httpGet": {"port": "web", "path": path}})
    ports = [{"name": "web", "containerPort": 8080}]
    node.apply(pod("good", shell(SLEEP, ports=ports, **ask("/index.html")), initContainers=[server])).ok()
    node.apply(pod("bad", shell("sleep 1000", ports=ports, **ask("/no")), initContainers=[server], restartPolicy="Never",
                   terminationGracePeriodSeconds=1)).ok()
    node.ready("good")
    eventually(lambda: equal(node.pod("bad")["status"]["phase"], "Failed"))
    contains(str(event_counts(node, "bad")), "('FailedPostStartHook', 'PostStartHook failed')")
    excludes(str(event_counts(node, "good")), "FailedPostStartHook")


@test("a container's own stop signal wins over the image's, and is shown")
def stop_signal():
    node = Node()
    folder = host_folder()
    say = "trap 'echo USR1 >/host/log; exit 0' USR1; trap 'echo TERM >/host/log; exit 0' TERM; echo up; while true; do sleep 1 & wait $!; done"
    web = shell(say, volumeMounts=[mounted("host", "/host")], **hooks(stopSignal="SIGUSR1"))
    host = [volume("host", hostPath={"path": str(folder)})]
    contains(node.apply(pod("web", web, volumes=host)).exits(1).err,
             "lifecycle.stopSignal: Forbidden: may not be set for containers with empty `spec.os.name`")
    node.apply(pod("web", web, volumes=host, os={"name": "linux"})).ok()
    node.ready("web")
    equal(node.status("web")["stopSignal"], "SIGUSR1")
    eventually(lambda: equal(node.kube("logs", "web").ok().out, "up\n"))
    node.kube("delete", "pod", "web", "--grace-period=60").ok()
    equal((folder / "log").read_text(), "USR1\n")


@test("what a container says at its end, and its probe, need not be text: the pod is shown, and goes")
def bytes_that_are_no_text():
    node = Node()
    say = r"printf 'a\000b\377c'"
    node.apply(pod("web", shell(f"{say} >/dev/termination-log"), shell(SLEEP, readinessProbe={
        "exec": {"command": ["sh", "-c", say + "; exit 1"]}, "periodSeconds": 1}), restartPolicy="Never")).ok()
    eventually(lambda: equal(node.status("web")["state"]["terminated"]["message"], "a\ufffdb\ufffdc"))
    eventually(lambda: contains(node.kube("describe", "pod", "web").ok().out, "Readiness probe failed: a\ufffdb\ufffdc"))
    equal(node.kube("delete", "pod", "web").ok().out, 'pod "web" deleted\n')


run()
