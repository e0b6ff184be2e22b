"""Init containers and sidecars: in which order a pod's containers start and end, and what is shown meanwhile."""

import json
import os
import signal

from harness import contains, equal, eventually, matches, run, test, that
from harness.pods import SLEEP, Node, condition, host_folder, mounted, pause_pid, pod, row, shell, volume

SHARED = {"volumes": [volume("work", emptyDir={})]}
WORK = [mounted("work", "/work")]


def step(name, script, **more):
    """An init container that runs a shell script and sees the pod's volume."""
    return {"name": name, "image": "busybox:1.28", **shell(script, volumeMounts=WORK, **more)}


def sidecar(name, script, **more):
    """An init container that goes on running."""
    return step(name, script, restartPolicy="Always", **more)


def has_begun(condition):
    """A startup probe: who comes behind a sidecar waits until the condition, in the shell's words, is true."""
    return {"startupProbe": {"exec": {"command": ["sh", "-c", condition]}, "periodSeconds": 1, "timeoutSeconds": 30}}


def web(script=SLEEP, **more):
    """The one main container."""
    return shell(script, name="web", volumeMounts=WORK, **more)


def started(node, name, *inits, main=None, **spec):
    """Applies a pod with these init containers."""
    node.apply(pod(name, main or web(), initContainers=list(inits), **SHARED, **spec)).ok()


def init_status(node, name, number=0):
    """The status of an init container."""
    return node.pod(name)["status"]["initContainerStatuses"][number]


def on_work(node, name, script, container="web"):
    """What a command says in a running container."""
    return node.kube("exec", name, "-c", container, "--", "sh", "-c", script).ok().out


@test("init containers run one after the other, each to its end, before the others; all that is shown says so")
def one_after_the_other():
    node = Node()
    started(node, "web", step("first", "echo one >>/work/log; while ! [ -e /work/go ]; do sleep 0.1; done"),
            step("second", "echo two >>/work/log"))
    eventually(lambda: equal(row(node, "web"), ["0/1", "Init:0/2", "0"]))
    status = eventually(lambda: "running" in init_status(node, "web")["state"] and node.pod("web")["status"])
    equal(status["phase"], "Pending")
    equal(status["containerStatuses"][0]["state"], {"waiting": {"reason": "PodInitializing"}})
    waiting = condition(node, "web", "Initialized")
    equal((waiting["status"], waiting["reason"], waiting["message"]),
          ("False", "ContainersNotInitialized", "containers with incomplete status: [first second]"))
    on_work(node, "web", "touch /work/go", "first")
    node.ready("web")
    equal(row(node, "web"), ["1/1", "Running", "0"])
    equal(condition(node, "web", "Initialized")["status"], "True")
    for number in (0, 1):
        end = init_status(node, "web", number)
        equal((end["state"]["terminated"]["reason"], end["ready"], end["restartCount"]), ("Completed", True, 0))
    equal(on_work(node, "web", "cat /work/log"), "one\ntwo\n")
    described = node.kube("describe", "pod", "web").ok().out
    matches(described, r"(?s)^Init Containers:\n  first:.*^  second:.*^Containers:\n  web:")
    matches(described, r"(?s)Started container first.*Started container second.*Started container web")


@test("logs and exec take an init container by its name, and the list of names says which they are")
def named():
    node = Node()
    started(node, "web", step("first", "echo said"))
    node.ready("web")
    equal(node.kube("logs", "web", "-c", "first").ok().out, "said\n")
    equal(node.kube("logs", "web").ok().err, 'Defaulted container "web" out of: web, first (init)\n')
    equal(node.kube("exec", "web", "-c", "first", "--", "true").exits(1).err,
          'error: container not running ("first")\n')
    events = json.loads(node.kube("get", "events", "-o", "json").ok().out)["items"]
    paths = {one["involvedObject"].get("fieldPath") for one in events if one["reason"] == "Started"}
    equal(paths, {"spec.initContainers{first}", "spec.containers{web}"})


@test("an init container that fails is tried again after the back-off; with restartPolicy Never the pod has failed")
def failing():
    node = Node()
    started(node, "again", step("bad", "echo tried; exit 3"))
    started(node, "never", step("good", "true"), step("bad", "exit 3"), restartPolicy="Never")
    eventually(lambda: equal(row(node, "again")[1], "Init:CrashLoopBackOff"))
    equal(node.pod("again")["status"]["phase"], "Pending")
    equal(init_status(node, "again")["restartCount"], 1)
    equal(row(node, "again")[2], "1")
    matches(init_status(node, "again")["state"]["waiting"]["message"],
            r"^back-off 10s restarting failed container=bad pod=again_default\(")
    eventually(lambda: equal(node.pod("never")["status"]["phase"], "Failed"))
    equal(row(node, "never"), ["0/1", "Init:Error", "0"])
    equal(init_status(node, "never", 1)["state"]["terminated"]["exitCode"], 3)
    equal(condition(node, "never", "Initialized")["message"], "containers with incomplete status: [bad]")
    equal(node.status("never")["state"], {"waiting": {"reason": "PodInitializing"}})


@test("an init container whose image is not there: Init:ErrImagePull, Init:ImagePullBackOff")
def missing_image():
    node = Node()
    started(node, "web", {"name": "first", "image": "nosuch"})
    eventually(lambda: equal(row(node, "web")[1], "Init:ImagePullBackOff"))
    equal(node.status("web")["state"], {"waiting": {"reason": "PodInitializing"}})


@test("sidecars start in their order among the steps, count in READY and are restarted always")
def sidecars():
    node = Node()
    started(node, "web", sidecar("log", "echo log >>/work/log; " + SLEEP, **has_begun("grep -q log /work/log")),
            step("second", "echo two >>/work/log"), restartPolicy="Never")
    node.ready("web")
    equal(row(node, "web"), ["2/2", "Running", "0"])
    equal(on_work(node, "web", "cat /work/log"), "log\ntwo\n")
    equal((init_status(node, "web")["started"], init_status(node, "web")["ready"]), (True, True))
    # It may go with the container that it ends.
    node.kube("exec", "web", "-c", "log", "--", "kill", "-TERM", "1")
    eventually(lambda: equal(init_status(node, "web")["restartCount"], 1))
    node.ready("web")
    matches(node.kube("get", "pods").ok().out, r"^web +2/2 +Running +1 \(\d+s ago\)")
    eventually(lambda: equal(on_work(node, "web", "cat /work/log"), "log\ntwo\nlog\n"))


@test("a sidecar does not keep a pod from its end: it is ended when the containers are, and the pod has succeeded")
def job_with_sidecar():
    node = Node()
    started(node, "job", sidecar("log", "trap 'echo bye; exit 0' TERM; while true; do sleep 1 & wait $!; done"),
            main=web("sleep 1; echo done"), restartPolicy="Never", terminationGracePeriodSeconds=60)
    eventually(lambda: equal(node.pod("job")["status"]["phase"], "Succeeded"))
    equal(row(node, "job"), ["0/2", "Completed", "0"])
    equal(node.kube("logs", "job", "-c", "log").ok().out, "bye\n")
    equal(init_status(node, "job")["state"]["terminated"]["exitCode"], 0)
    contains(node.kube("describe", "pod", "job").ok().out, "Stopping container log")


@test("a pod ends in the order against that of its start: the containers, then the sidecars, the last one first")
def order_of_the_end():
    node, folder = Node(), host_folder()
    slowly = "trap 'echo {0} >>/work/log; sleep 0.5; echo {0}. >>/work/log; exit 0' TERM; echo up; while true; do sleep 1 & wait $!; done"
    node.apply(pod("web", web(slowly.format("web")), initContainers=[sidecar("a", slowly.format("a")), sidecar("b", slowly.format("b"))],
                   volumes=[volume("work", hostPath={"path": str(folder)})], terminationGracePeriodSeconds=60)).ok()
    node.ready("web")
    for name in ("web", "a", "b"):
        eventually(lambda: equal(node.kube("logs", "web", "-c", name).ok().out, "up\n"))
    node.kube("delete", "pod", "web").ok()
    equal((folder / "log").read_text().split(), ["web", "web.", "b", "b.", "a", "a."])
    node.nothing_left()


@test("when the sandbox is lost the initialization runs again in the new one")
def sandbox_lost():
    node = Node()
    started(node, "web", step("first", "echo one >>/work/log"))
    node.ready("web")
    os.kill(pause_pid(node, "web"), signal.SIGKILL)
    eventually(lambda: equal(node.status("web")["restartCount"], 1))
    node.ready("web")
    equal(init_status(node, "web")["restartCount"], 1)
    equal(on_work(node, "web", "cat /work/log"), "one\none\n")


@test("a container's own restart policy and its rules win over the pod's")
def restart_rules():
    node = Node()
    rules = [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]
    script = "[ -e /work/once ] && exit 7; touch /work/once; exit 42"
    node.apply(pod("rules", web(script, restartPolicy="Never", restartPolicyRules=rules), **SHARED)).ok()
    eventually(lambda: equal(node.pod("rules")["status"]["phase"], "Failed"))
    equal(node.status("rules")["restartCount"], 1)
    equal(node.status("rules")["state"]["terminated"]["exitCode"], 7)
    equal(node.status("rules")["lastState"]["terminated"]["exitCode"], 42)
    node.apply(pod("own", shell("exit 1", restartPolicy="OnFailure"), restartPolicy="Never")).ok()
    eventually(lambda: that(node.status("own")["restartCount"] >= 1, "not restarted"))


@test("RestartAllContainers: after such an exit code all begin anew, with the initialization, in the same sandbox")
def restart_all():
    node = Node()
    rules = [{"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [88]}}]
    has_logged = has_begun("[ $(grep -c log /work/log) = $(grep -c step /work/log) ]")
    script = "if [ $(grep -c web /work/log) = 1 ]; then sleep 1; exit 88; fi; " + SLEEP
    started(node, "web", step("first", "echo step >>/work/log"), sidecar("log", "echo log >>/work/log; " + SLEEP, **has_logged),
            main=web("echo web >>/work/log; " + script, restartPolicy="Never", restartPolicyRules=rules), restartPolicy="Never")
    eventually(lambda: equal(node.status("web")["restartCount"], 1))
    node.ready("web")
    eventually(lambda: equal(on_work(node, "web", "cat /work/log").split(), ["step", "log", "web", "step", "log", "web"]))
    equal(node.status("web")["lastState"]["terminated"]["exitCode"], 88)
    equal(init_status(node, "web", 1)["lastState"]["terminated"]["exitCode"], 137)
    equal(condition(node, "web", "AllContainersRestarting")["status"], "False")
    equal(node.kube("events", "--for", "pod/web").ok().out.count("SandboxChanged"), 0)


run()
