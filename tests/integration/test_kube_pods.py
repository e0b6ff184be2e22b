"""Pods on this machine, without limits: what the kubelet would do with them, and what is left of them: nothing."""

import os
import re
import signal
import time

from harness import contains, equal, eventually, excludes, matches, run, sh, start, temp_dir, test, that
from harness.pods import SLEEP, Node, cgroups_of, pod, shell
from harness.processes import alive


@test("a pod is applied, shown, read, entered and deleted, and nothing is left of it")
def whole_life():
    node = Node()
    node.apply(pod("web", shell("echo out; echo err >&2; " + SLEEP), shell(SLEEP))).ok()
    node.ready("web")
    matches(node.kube("get", "pods").ok().out, r"^NAME +READY +STATUS +RESTARTS +AGE\nweb +2/2 +Running +0 +\d+s$")
    equal(node.kube("get", "pods", "-o", "name").ok().out, "pod/web\n")
    eventually(lambda: equal(sorted(node.kube("logs", "web", "-c", "c0").ok().lines()), ["err", "out"]))
    described = node.kube("describe", "pod", "web").ok().out
    for reason in ("Scheduled", "Pulled", "Created", "Started"):
        matches(described, rf"^  Normal +{reason} ")
    equal(node.kube("exec", "web", "--", "hostname").ok().out, "web\n")
    equal(node.kube("delete", "pod", "web").ok().out, 'pod "web" deleted\n')
    node.nothing_left()
    equal(node.kube("get", "pods").ok().err, "No resources found in default namespace.\n")


@test("the exit code of exec is the command's, 127 when there is no such command")
def exec_codes():
    node = Node()
    node.apply(pod("web", shell(SLEEP))).ok()
    node.ready("web")
    equal(node.kube("exec", "web", "--", "sh", "-c", "exit 7").exits(7).err, "command terminated with exit code 7\n")
    contains(node.kube("exec", "web", "--", "nosuch").exits(127).err, "executable file not found in $PATH: 'nosuch'")
    equal(node.kube("exec", "-i", "web", "--", "cat", stdin="through").ok().out, "through")
    equal(node.kube("exec", "web", "-c", "nosuch", "--", "true").exits(1).err,
          "error: container nosuch is not valid for pod web\n")
    equal(node.kube("exec", "nosuch", "--", "true").exits(1).err,
          'error: pods "nosuch" not found\n')


@test("containers share network, ipc and host name, and have their own mounts, processes and cgroups")
def namespaces():
    node = Node()
    node.apply(pod("web", shell(SLEEP), shell(SLEEP))).ok()
    node.ready("web")
    spaces = []
    for container in ("c0", "c1"):
        listing = node.kube("exec", "web", "-c", container, "--", "sh", "-c", "for name in /proc/self/ns/*; do readlink $name; done").ok().out
        spaces.append(dict(re.match(r"(\w+):\[(\d+)\]", line).groups() for line in listing.splitlines()))
    for shared in ("net", "ipc", "uts"):
        equal(spaces[0][shared], spaces[1][shared], shared)
        that(spaces[0][shared] not in os.readlink(f"/proc/self/ns/{shared}"), f"{shared} is the host's")
    for own in ("mnt", "pid", "cgroup"):
        that(spaces[0][own] != spaces[1][own], f"{own} is shared")
    contains(node.kube("exec", "web", "-c", "c0", "--", "ip", "addr", "show", "lo").ok().out, "127.0.0.1")


@test("with hostNetwork a pod is in the host's network and has the host's name")
def host_network():
    node = Node()
    node.apply(pod("web", shell(SLEEP), hostNetwork=True)).ok()
    node.ready("web")
    inside = node.kube("exec", "web", "--", "sh", "-c", "readlink /proc/self/ns/net; hostname").ok().lines()
    equal(inside, [os.readlink("/proc/self/ns/net"), os.uname().nodename])


@test("only 0, 1 and 2 are open in a container, and a command run in it")
def descriptors():
    node = Node()
    node.apply(pod("web", shell("ls /proc/self/fd; " + SLEEP))).ok()
    node.ready("web")
    # ls itself has the folder open, as 3.
    equal(eventually(lambda: node.kube("logs", "web").ok().lines() or False), ["0", "1", "2", "3"])
    equal(node.kube("exec", "web", "--", "ls", "/proc/self/fd").ok().lines(), ["0", "1", "2", "3"])


@test("a container that fails is restarted at once, then after the back-off, and its last state is kept")
def back_off():
    node = Node()
    node.apply(pod("crash", shell("echo run; echo why >/dev/termination-log; exit 7"))).ok()
    eventually(lambda: equal(node.status("crash")["state"].get("waiting", {}).get("reason"), "CrashLoopBackOff"))
    status = node.status("crash")
    equal(status["restartCount"], 1)
    last = status["lastState"]["terminated"]
    equal((last["exitCode"], last["reason"], last["message"]), (7, "Error", "why\n"))
    matches(status["state"]["waiting"]["message"],
            r"^back-off 10s restarting failed container=c0 pod=crash_default\([0-9a-f-]{36}\)$")
    matches(node.kube("get", "pods").ok().out, r"crash +0/1 +CrashLoopBackOff +1 \(\d+s ago\)")
    matches(node.kube("describe", "pod", "crash").ok().out,
            r"^  Warning +BackOff .* Back-off restarting failed container c0 in pod crash_default\(")
    equal(node.kube("logs", "crash", "--previous").ok().out, "run\n")
    eventually(lambda: equal(node.status("crash")["restartCount"], 2))


@test("restartPolicy OnFailure and Never: pods that have run to their end need no supervisor any more")
def run_to_end():
    node = Node()
    node.apply(pod("good", shell("echo done"), restartPolicy="OnFailure")).ok()
    node.apply(pod("bad", shell("exit 3"), restartPolicy="Never")).ok()
    eventually(lambda: equal(node.pod("good")["status"]["phase"], "Succeeded"))
    eventually(lambda: equal(node.pod("bad")["status"]["phase"], "Failed"))
    equal(node.status("bad")["state"]["terminated"]["exitCode"], 3)
    table = node.kube("get", "pods").ok().out
    matches(table, r"^good +0/1 +Completed +0 ")
    matches(table, r"^bad +0/1 +Error +0 ")
    for name in ("good", "bad"):
        eventually(lambda: not alive(node.supervisor(name)))
        equal(cgroups_of(node.pod(name)["metadata"]["uid"]), [])
    equal(node.kube("logs", "good").ok().out, "done\n")
    equal(node.kube("exec", "good", "--", "true").exits(1).err,
          "error: cannot exec into a container in a completed pod; current phase is Succeeded\n")
    node.kube("delete", "pod", "good", "bad").ok()
    node.nothing_left()


@test("an image that is not there: ErrImagePull, ImagePullBackOff; ErrImageNeverPull; it starts once it is imported")
def missing_image():
    node = Node(with_images=False)
    node.apply(pod("web", shell("true", image="nosuch"), shell("true", image="nosuch", imagePullPolicy="Never"))).ok()
    reason = lambda number: node.status("web", number)["state"].get("waiting", {}).get("reason")
    eventually(lambda: equal(reason(0), "ImagePullBackOff"))
    equal(reason(1), "ErrImageNeverPull")
    events = node.kube("events", "--for", "pod/web").ok().out
    contains(events, "Failed to pull image \"nosuch\": image 'nosuch': not in the store")
    contains(events, 'Container image "nosuch" is not present with pull policy of Never')
    contains(events, 'Back-off pulling image "nosuch"')
    equal(node.kube("logs", "web", "-c", "c0").exits(1).err,
          'error: container "c0" in pod "web" is waiting to start: ImagePullBackOff\n')


@test("a program that is not there: StartError with exit code 128; runAsNonRoot: CreateContainerConfigError")
def start_errors():
    node = Node()
    node.apply(pod("nosuch", {"command": ["/nosuch"]}, restartPolicy="Never")).ok()
    node.apply(pod("root", shell("true", securityContext={"runAsNonRoot": True}))).ok()
    eventually(lambda: equal(node.pod("nosuch")["status"]["phase"], "Failed"))
    end = node.status("nosuch")["state"]["terminated"]
    equal((end["reason"], end["exitCode"]), ("StartError", 128))
    contains(end["message"], "executable file not found: '/nosuch'")
    eventually(lambda: equal(node.status("root")["state"]["waiting"]["reason"], "CreateContainerConfigError"))
    contains(node.status("root")["state"]["waiting"]["message"],
             "container has runAsNonRoot and image will run as root")


@test("deleting: TERM first, the grace period, then KILL; --force does not wait")
def termination():
    node = Node()
    node.apply(pod("polite", shell(SLEEP), terminationGracePeriodSeconds=100)).ok()
    node.apply(pod("deaf", shell("trap '' TERM; while true; do sleep 1; done"), terminationGracePeriodSeconds=5)).ok()
    node.apply(pod("forced", shell("trap '' TERM; while true; do sleep 1; done"), terminationGracePeriodSeconds=100)).ok()
    for name in ("polite", "deaf", "forced"):
        node.ready(name)
    begin = time.monotonic()
    node.kube("delete", "pod", "polite").ok()
    that(time.monotonic() - begin < 50, "a polite container was waited for")
    begin = time.monotonic()
    node.kube("delete", "pod", "deaf", "--wait=false").ok()
    eventually(lambda: matches(node.kube("get", "pods").ok().out, r"^deaf +1/1 +Terminating "))
    node.kube("wait", "--for=delete", "pod/deaf", "--timeout=60s").ok()
    that(5 <= time.monotonic() - begin < 50, f"the grace period of 5 s took {time.monotonic() - begin} s")
    begin = time.monotonic()
    contains(node.kube("delete", "pod", "forced", "--force").ok().out, 'pod "forced" force deleted')
    that(time.monotonic() - begin < 50, "--force waited")
    node.nothing_left()


@test("applying again changes nothing; another spec is refused; several documents are applied one by one")
def apply_again():
    node = Node()
    first, second = pod("a", shell(SLEEP)), pod("b", shell(SLEEP))
    equal(node.apply(f"{first}\n---\n{second}\n").ok().out, "pod/a created\npod/b created\n")
    equal(node.apply(first).ok().out, "pod/a unchanged\n")
    changed = node.apply(pod("a", shell("true")))
    contains(changed.exits(1).err, 'error: The Pod "a" is invalid: spec: Forbidden: pod updates may not change '
                                   "fields other than `spec.containers[*].image`,")
    folder = temp_dir()
    (folder / "one.yaml").write_text(first)
    (folder / "two.json").write_text(second)
    equal(node.kube("apply", "-f", folder).ok().out, "pod/a unchanged\npod/b unchanged\n")
    equal(node.kube("delete", "-f", folder).ok().out, 'pod "a" deleted\npod "b" deleted\n')


@test("namespaces keep pods apart, and take theirs with them")
def kube_namespaces():
    node = Node()
    equal(node.kube("create", "namespace", "one").ok().out, "namespace/one created\n")
    node.apply(pod("web", shell(SLEEP)), "-n", "one").ok()
    node.apply(pod("web", shell(SLEEP))).ok()
    equal([line.split()[0] for line in node.kube("get", "pods", "-A").ok().lines()], ["NAMESPACE", "default", "one"])
    equal(node.kube("get", "pods", "-n", "two").ok().err, "No resources found in two namespace.\n")
    equal(node.kube("delete", "namespace", "one").ok().out, 'pod "web" deleted\nnamespace "one" deleted\n')
    equal([entry["metadata"]["namespace"] for entry in node.pods()], ["default"])


@test("a namespace goes, even if a pod of it goes by itself meanwhile")
def emptied_namespace():
    node = Node()
    for name in ("a", "b"):
        node.apply(pod(name, shell(SLEEP)), "-n", "one").ok()
        node.ready(name, "one")
    supervisor = node.supervisor("a", "one")
    os.kill(supervisor, signal.SIGSTOP)
    try:
        deletion = start(*node.words, "delete", "namespace", "one", "--ignore-not-found")
        # It has listed the pods when it asks the first one.
        eventually(lambda: that(any(os.readlink(f"/proc/{deletion.pid}/fd/{fd}").startswith("socket:")
                                    for fd in os.listdir(f"/proc/{deletion.pid}/fd")), "nobody is asked"))
        node.kube("delete", "pod", "b", "-n", "one").ok()
    finally:
        os.kill(supervisor, signal.SIGCONT)
    equal(deletion.wait(60), 0)
    equal(node.kube("get", "ns", "-o", "name").ok().out, "namespace/default\n")


@test("emptyDir: shared, mode 0777, the group of fsGroup, in memory with a size")
def volumes():
    node = Node()
    mounts = [{"name": "disk", "mountPath": "/disk"}, {"name": "memory", "mountPath": "/disk/memory"}]
    node.apply(pod("web", shell("echo shared >/disk/file; " + SLEEP, volumeMounts=mounts), shell(SLEEP, volumeMounts=mounts),
                   volumes=[{"name": "disk", "emptyDir": {}},
                            {"name": "memory", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}],
                   securityContext={"runAsUser": 1000, "fsGroup": 2000})).ok()
    node.ready("web")
    look = "cat /disk/file; stat -c '%a %g' /disk /disk/memory; df -k /disk/memory | tail -n 1; stat -c %g /disk/file"
    lines = node.kube("exec", "web", "-c", "c1", "--", "sh", "-c", look).ok().lines()
    equal(lines[:3], ["shared", "2777 2000", "2777 2000"])
    matches(lines[3], r"^tmpfs +1024 ")
    equal(lines[4], "2000")


@test("capabilities: dropped, added, none of them inheritable; no_new_privs; a read-only root")
def security():
    node = Node()
    context = {"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}, "allowPrivilegeEscalation": False,
               "readOnlyRootFilesystem": True}
    node.apply(pod("web", shell(SLEEP, securityContext=context))).ok()
    node.ready("web")
    status = dict(line.split(":\t") for line in
                  node.kube("exec", "web", "--", "grep", "-E", "^(Cap|NoNew)", "/proc/1/status").ok().lines())
    equal(status, {"CapInh": "0" * 16, "CapPrm": "0000000000000400", "CapEff": "0000000000000400",
                   "CapBnd": "0000000000000400", "CapAmb": "0" * 16, "NoNewPrivs": "1"})
    contains(node.kube("exec", "web", "--", "touch", "/file").exits(1).err, "Read-only file system")


@test("a pod on a terminal, and exec -it on one")
def terminal():
    node = Node()
    node.apply(pod("web", shell("tty; " + SLEEP, tty=True, stdin=True))).ok()
    node.ready("web")
    equal(eventually(lambda: node.kube("logs", "web").ok().lines() or False), ["/dev/pts/0"])
    words = " ".join(map(str, [*node.words, "exec", "-it", "web", "--", "sh", "-c", "'tty; exit 4'"]))
    outcome = sh("script", "-qec", words, "/dev/null")
    matches(outcome.exits(4).out, r"/dev/pts/\d+\r\n")


@test("$(VAR) is expanded in command, args and env; the image's env, HOSTNAME and HOME are there")
def environment():
    node = Node()
    node.apply(pod("web", {"command": ["sh", "-c", "echo $0 $1; env; " + SLEEP], "args": ["$(ONE)", "$$(ONE)"],
                           "env": [{"name": "ONE", "value": "1"}, {"name": "TWO", "value": "$(ONE)2"}]})).ok()
    node.ready("web")
    lines = eventually(lambda: len(node.kube("logs", "web").ok().lines()) > 4 and node.kube("logs", "web").lines())
    equal(lines[0], "1 $(ONE)")
    for variable in ("TWO=12", "HOSTNAME=web", "HOME=/root"):
        contains(lines, variable)


@test("logs are CRI logs: timestamps, streams, partial lines; --tail, --timestamps and -f read them")
def logs():
    node = Node()
    node.apply(pod("web", shell("echo one; echo two >&2; head -c 20000 /dev/zero | tr '\\0' x; echo; sleep 1; echo end"),
                   restartPolicy="Never")).ok()
    eventually(lambda: node.kube("logs", "web").ok())
    followed = node.kube("logs", "-f", "web")
    equal(sorted(map(len, followed.ok().lines())), [3, 3, 3, 20000])
    path = next((node.folder / "logs").glob("default_web_*/c0/0.log"))
    lines = path.read_text().splitlines()
    for line in lines:
        matches(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (stdout|stderr) [FP] ")
    equal(sum(" stdout P " in line for line in lines), 1)
    equal(node.kube("logs", "--tail=1", "web").ok().out, "end\n")
    matches(node.kube("logs", "--tail=1", "--timestamps", "web").ok().out, r"^\d{4}-.*Z end$")


@test("a log of 10 MiB is put aside, five files are kept, and nothing is lost to who follows it")
def rotation():
    node = Node()
    # 62 MiB in lines of 1 KiB with their times and tags, as soon as it is followed.
    script = "echo begin; until [ -e /tmp/go ]; do sleep 0.1; done; yes $(head -c 999 /dev/zero | tr '\\0' x) | head -n 63000; echo end"
    node.apply(pod("web", shell(script), restartPolicy="Never")).ok()
    node.ready("web")
    seen = temp_dir() / "seen"
    with open(seen, "w") as out:
        follower = start(*node.words, "logs", "-f", "web", stdout=out)
    eventually(lambda: equal(seen.read_text(), "begin\n"))
    node.kube("exec", "web", "--", "touch", "/tmp/go").ok()
    equal(follower.wait(150), 0)
    with open(seen) as lines:
        equal(sum(1 for _ in lines), 63002)
    files = sorted(next((node.folder / "logs").glob("default_web_*/c0")).iterdir())
    equal(len(files), 5, [file.name for file in files])
    equal(files[0].name, "0.log")
    for file in files[1:]:
        that(10 << 20 <= file.stat().st_size <= (10 << 20) + (32 << 10), f"{file.name}: {file.stat().st_size} bytes")


@test("wait: a time-out, a condition, a phase, the end")
def waiting():
    node = Node()
    node.apply(pod("web", shell("until [ -e /tmp/go ]; do sleep 0.1; done"), restartPolicy="Never")).ok()
    equal(node.kube("wait", "--for=condition=Ready", "web", "--timeout=60s").ok().out, "pod/web condition met\n")
    equal(node.kube("wait", "--for=jsonpath={.status.phase}=Failed", "web", "--timeout=100ms").exits(1).err,
          "error: timed out waiting for the condition on pods/web\n")
    node.kube("exec", "web", "--", "touch", "/tmp/go").ok()
    node.kube("wait", "--for=jsonpath={.status.phase}=Succeeded", "web", "--timeout=60s").ok()
    node.kube("delete", "pod", "web").ok()
    equal(node.kube("wait", "--for=delete", "web").ok().out, "pod/web condition met\n")


@test("get -w shows a line for each change")
def watching():
    node = Node()
    node.apply(pod("web", shell("trap '' TERM; while true; do sleep 1; done"), terminationGracePeriodSeconds=3)).ok()
    node.ready("web")
    seen = temp_dir() / "seen"
    with open(seen, "w") as out:
        start(*node.words, "get", "pods", "-w", stdout=out)
    eventually(lambda: matches(seen.read_text(), r"^web +1/1 +Running "))
    node.kube("delete", "pod", "web").ok()
    eventually(lambda: matches(seen.read_text(), r"^web +1/1 +Terminating "))


@test("what a user gets wrong is one line, and exit code 1")
def usage():
    node = Node(with_images=False)
    for words, error in [
            (["frobnicate"], "error: unknown verb 'frobnicate' (hint: see nacelle kube --help)"),
            (["get", "deployments"], "error: there is no resource type 'deployments' here (hint: nodes, namespaces, limitranges, serviceaccounts, configmaps, "
             "secrets, persistentvolumes, persistentvolumeclaims, pods, events)"),
            (["get", "pod", "web"], 'error: pods "web" not found'),
            (["delete", "pod", "web"], 'error: pods "web" not found'),
            (["apply"], "error: -f FILE or -k DIR is missing (hint: see nacelle kube apply --help)"),
            (["apply", "-f", "/nosuch"], "error: manifest '/nosuch': No such file or directory"),
            (["apply", "-f", "https://k8s.io/x.yaml"],
             "error: manifest 'https://k8s.io/x.yaml': nothing is fetched over the network (hint: download it first)"),
            (["wait", "web"], "error: --for WHAT is missing (hint: --for=condition=Ready)"),
            (["logs", "web", "--tail=x"], 'error: pods "web" not found'),
            (["get", "pods", "-o", "xml"], "error: --output: 'xml' is not wide, yaml, json, name or jsonpath=TEMPLATE")]:
        equal(node.kube(*words).exits(1).err, error + "\n")
    excludes(node.kube("--help").ok().out, "supervise ")


run()
