"""The pages of the Kubernetes documentation that `nacelle kube` was asked to follow, as their readers would: memory, CPU,
security contexts, a shared process namespace."""

import re
import time

from harness import contains, equal, eventually, matches, repo, run, test, that
from harness.pods import SLEEP, Node, hierarchy, pod, shell, stand_in, value
from harness.processors import two_processors
from harness.tour import LIMITED, Tour, pages

EXAMPLES = repo / "examples"


@test("page 1: a pod that uses 150M below a limit of 200Mi runs, and the limit is in force")
def memory_below_limit():
    node = Node()
    equal(node.kube("create", "namespace", "mem-example").ok().out, "namespace/mem-example created\n")
    node.apply(EXAMPLES / "memory-request-limit.yaml", "--namespace=mem-example").ok()
    node.ready("memory-demo", "mem-example")
    matches(node.kube("get", "pod", "memory-demo", "--namespace=mem-example").ok().out, r"^memory-demo +1/1 +Running +0 ")
    text = node.kube("get", "pod", "memory-demo", "--output=yaml", "--namespace=mem-example").ok().out
    matches(text, r"resources:\n +limits:\n +memory: 200Mi\n +requests:\n +memory: 100Mi\n")
    cgroup = node.cgroup("memory-demo", namespace="mem-example")
    equal(value(cgroup, "memory.max"), "209715200")
    equal(value(cgroup.parent, "memory.max"), "209715200", "the pod's")
    equal(value(cgroup, "memory.swap.max"), "0")
    equal(value(cgroup, "memory.oom.group"), "1")
    equal(cgroup.parent.parent.name, "burstable")

    def shown():
        line = node.kube("top", "pod", "memory-demo", "--namespace=mem-example").ok().line(1)
        used = int(matches(line, r"^memory-demo +\d+m +(\d+)Mi$").group(1))
        that(140 <= used <= 165, f"{used} MiB in use")

    eventually(shown)
    equal(node.kube("delete", "pod", "memory-demo", "--namespace=mem-example", "--now").ok().out,
          'pod "memory-demo" deleted\n')
    node.nothing_left()


@test("page 1: a pod that wants 250M below a limit of 100Mi is OOMKilled, and in the end waits in CrashLoopBackOff")
def memory_above_limit():
    node = Node()
    node.apply(EXAMPLES / "memory-request-limit-2.yaml", "--namespace=mem-example").ok()
    seen = set()

    def watched(state, restarts):
        line = node.kube("get", "pod", "memory-demo-2", "--namespace=mem-example").ok().line(1)
        seen.add((line.split()[2], int(line.split()[3])))
        return any(status == state and count >= restarts for status, count in seen)

    # OOMKilled is its STATUS for a moment only: what it was killed by stays, as its last state.
    eventually(lambda: watched("CrashLoopBackOff", 1), interval=0.2)
    eventually(lambda: watched("CrashLoopBackOff", 2), interval=0.2)
    last = node.status("memory-demo-2", namespace="mem-example")["lastState"]["terminated"]
    equal((last["reason"], last["exitCode"]), ("OOMKilled", 137))
    described = node.kube("describe", "pod", "memory-demo-2", "--namespace=mem-example").ok().out
    matches(described, r"    State: +Waiting\n      Reason: +CrashLoopBackOff\n")
    matches(described, r"    Last State: +Terminated\n      Reason: +OOMKilled\n(?:.*\n)*?      Exit Code: +137\n")
    matches(described, r"    Limits:\n      memory: +100Mi\n    Requests:\n      memory: +50Mi\n")
    for line in (r"Normal +Created .*Created container: memory-demo-2-ctr", r"Warning +OOMKilling ",
                 r"Warning +BackOff .*Back-off restarting failed container memory-demo-2-ctr in pod memory-demo-2_mem-example\("):
        matches(described, line)


@test("page 1: a request of 1000Gi stays Pending, and the events say why")
def memory_beyond_node():
    node = Node()
    node.apply(pod("memory-demo-3", {"image": "polinux/stress", "command": ["stress"],
                                     "resources": {"requests": {"memory": "1000Gi"}, "limits": {"memory": "1000Gi"}}})).ok()
    eventually(lambda: matches(node.kube("describe", "pod", "memory-demo-3").ok().out,
                               r"Warning +FailedScheduling .*0/1 nodes are available: 1 Insufficient memory\."))
    matches(node.kube("get", "pod", "memory-demo-3").ok().out, r"^memory-demo-3 +0/1 +Pending +0 ")


@test("page 1 and 2: every way of writing an amount comes to what the kernel gets")
def quantities():
    node = Node()
    amounts = {"plain": ("128974848", 128974848), "exponent": ("129e6", 129000000), "decimal": ("129M", 129000000),
               "binary": ("123Mi", 123 << 20)}
    containers = [shell(SLEEP, name=name, resources={"limits": {"memory": text}}) for name, (text, _) in amounts.items()]
    containers.append(shell(SLEEP, name="milli", resources={"limits": {"cpu": "500m"}}))
    containers.append(shell(SLEEP, name="fraction", resources={"limits": {"cpu": "0.1"}}))
    node.apply(pod("amounts", *containers)).ok()
    node.ready("amounts")
    for number, (_, amount) in enumerate(amounts.values()):
        equal(value(node.cgroup("amounts", number), "memory.max"), str(amount // 4096 * 4096))
    equal(value(node.cgroup("amounts", 4), "cpu.max"), "50000 100000")
    equal(value(node.cgroup("amounts", 5), "cpu.max"), "10000 100000")
    # A limit is the request, too: 512 and 102 shares, by the curve that runtimes have; the pod by the kubelet's line.
    equal(value(node.cgroup("amounts", 4), "cpu.weight"), "59")
    equal(value(node.cgroup("amounts", 5), "cpu.weight"), "17")
    equal(value(node.cgroup("amounts", 0), "cpu.weight"), "1")
    equal(value(node.cgroup("amounts").parent, "cpu.weight"), str(1 + (614 - 2) * 9999 // 262142))
    equal(value(node.cgroup("amounts").parent, "memory.max"), "max", "not every container has a limit: the pod")


@test("page 2: two busy threads below a limit of one CPU use about one")
def one_cpu():
    two_processors()
    node = Node()
    node.apply(EXAMPLES / "cpu-request-limit.yaml").ok()
    node.ready("cpu-demo", "cpu-example")
    cgroup = node.cgroup("cpu-demo", namespace="cpu-example")
    equal(value(cgroup, "cpu.max"), "100000 100000")
    equal(value(cgroup, "cpu.weight"), "59")
    eventually(lambda: that(len((cgroup / "cgroup.threads").read_text().split()) >= 2, "fewer than two threads"))

    def used():
        return int(matches(value(cgroup, "cpu.stat"), r"^usage_usec (\d+)$").group(1))

    def about_one():
        begin, before = time.monotonic(), used()
        time.sleep(4)
        share = (used() - before) / 1e6 / (time.monotonic() - begin)
        that(0.8 <= share <= 1.1, f"it uses {share:.2f} CPUs")

    eventually(about_one)
    throttled = int(matches(value(cgroup, "cpu.stat"), r"^nr_throttled (\d+)$").group(1))
    that(throttled > 0, "it was never throttled")

    def shown():
        share = int(matches(node.kube("top", "pod", "cpu-demo", "-n", "cpu-example").ok().out, r"^cpu-demo +(\d+)m ").group(1))
        that(600 <= share <= 1200, f"top shows {share}m")

    eventually(shown)


@test("page 7: the class of a pod is what its requests and limits make of it, and so is its place among the cgroups")
def qos_classes():
    node = Node()
    both = {"memory": "200Mi", "cpu": "700m"}
    node.kube("create", "namespace", "qos-example").ok()
    pods = {
        "qos-demo": ("Guaranteed", [shell(SLEEP, name="qos-demo-ctr", resources={"limits": both, "requests": both})]),
        "qos-demo-2": ("Burstable", [shell(SLEEP, name="qos-demo-2-ctr", resources={
            "limits": {"memory": "200Mi"}, "requests": {"memory": "100Mi"}})]),
        "qos-demo-3": ("BestEffort", [shell(SLEEP, name="qos-demo-3-ctr")]),
        "qos-demo-4": ("Burstable", [shell(SLEEP, name="qos-demo-4-ctr-1", resources={"requests": {"memory": "200Mi"}}),
                                     shell(SLEEP, name="qos-demo-4-ctr-2")]),
    }
    levels = {"Guaranteed": "kubepods", "Burstable": "burstable", "BestEffort": "besteffort"}
    for name, (qos, containers) in pods.items():
        node.apply(pod(name, *containers), "--namespace=qos-example").ok()
        node.ready(name, "qos-example")
        text = node.kube("get", "pod", name, "--namespace=qos-example", "--output=yaml").ok().out
        contains(text, f"qosClass: {qos}\n")
        equal(node.cgroup(name, namespace="qos-example").parent.parent.name, levels[qos])
    text = node.kube("get", "pod", "qos-demo", "--namespace=qos-example", "--output=yaml").ok().out
    matches(text, r"    resources:\n      limits:\n        cpu: 700m\n        memory: 200Mi\n"
                  r"      requests:\n        cpu: 700m\n        memory: 200Mi\n")
    text = node.kube("get", "pod", "qos-demo-4", "--namespace=qos-example", "--output=yaml").ok().out
    contains(text, "    resources: {}\n")
    equal(node.kube("--namespace=qos-example", "get", "pod", "qos-demo-4", "-o",
                    'jsonpath={ .status.qosClass}{"\\n"}').ok().out, "Burstable\n")


@test("page 12: the process is 1000:3000 with the pod's groups, its files are fsGroup's")
def security_context():
    node = Node()
    node.apply(EXAMPLES / "security-context.yaml").ok()
    node.ready("security-context-demo")

    def inside(script):
        return node.kube("exec", "security-context-demo", "--", "sh", "-c", script).ok().out

    equal(inside("id"), "uid=1000 gid=3000 groups=2000,3000,4000\n")
    matches(inside("ps"), r"^ +1 1000 +(\d+:\d+ +)?sleep 1h$")
    matches(inside("cd /data; ls -l"), r"^drwxrwsrwx +2 root +2000 .* demo$")
    matches(inside("cd /data/demo; echo hello >testfile; ls -l"), r"^-rw-r--r-- +1 1000 +2000 +6 .* testfile$")
    equal(node.status("security-context-demo")["user"]["linux"],
          {"uid": 1000, "gid": 3000, "supplementalGroups": [3000, 2000, 4000]})


@test("page 12: without fsGroup, exactly the groups that are asked for")
def security_context_groups():
    node = Node()
    node.apply(pod("demo", shell("sleep 1h", securityContext={"allowPrivilegeEscalation": False}),
                   securityContext={"runAsUser": 1000, "runAsGroup": 3000, "supplementalGroups": [4000],
                                    "supplementalGroupsPolicy": "Strict"})).ok()
    node.ready("demo")
    equal(node.kube("exec", "demo", "--", "id").ok().out, "uid=1000 gid=3000 groups=3000,4000\n")


@test("page 21: with a shared process namespace pause is PID 1, and the containers see each other's processes and files")
def shared_processes():
    node = Node()
    text = (EXAMPLES / "share-process-namespace.yaml").read_text()
    # A web server of busybox in the place of nginx.
    text = text.replace("image: nginx", 'image: busybox:1.28\n    command: ["httpd", "-f", "-h", "/root"]')
    node.apply(text).ok()
    node.ready("nginx")

    def inside(*command):
        return node.kube("exec", "nginx", "-c", "shell", "--", *command).ok().out

    processes = inside("ps", "ax")
    matches(processes, r"^ +1 root +(\d+:\d+ +)?/pause$")
    server = matches(processes, r"^ +(\d+) root +(\d+:\d+ +)?httpd -f -h /root$").group(1)
    node.kube("exec", "nginx", "-c", "nginx", "--", "sh", "-c", "echo found >/root/page").ok()
    equal(inside("head", f"/proc/{server}/root/root/page"), "found\n")
    inside("kill", "-TERM", server)
    eventually(lambda: equal(node.status("nginx", 0)["restartCount"], 1))
    node.ready("nginx")
    matches(inside("ps", "ax"), r"^ +1 root +(\d+:\d+ +)?/pause$")


@test("a guaranteed pod stands directly below kubepods, its score keeps the OOM killer off, and nobody's cgroup is left")
def guaranteed():
    node = Node()
    resources = {"limits": {"cpu": "100m", "memory": "32Mi"}}
    node.apply(pod("sure", shell(SLEEP, resources=resources), shell(SLEEP, resources=resources))).ok()
    node.ready("sure")
    equal(node.pod("sure")["status"]["qosClass"], "Guaranteed")
    cgroup = node.cgroup("sure")
    equal(cgroup.parent.parent, hierarchy() / "kubepods")
    equal(value(cgroup.parent, "memory.max"), str(64 << 20))
    equal(value(cgroup.parent, "cpu.max"), "20000 100000")
    equal(node.kube("exec", "sure", "-c", "c0", "--", "cat", "/proc/1/oom_score_adj").ok().out, "-997\n")
    node.kube("delete", "pod", "sure").ok()
    that(not (hierarchy() / "kubepods").exists(), "kubepods is still there")


@test("a volume in memory counts against the container that fills it, and takes no more than its size")
def memory_volume():
    node = Node()
    mounts = [{"name": "memory", "mountPath": "/memory"}]
    node.apply(pod("web", shell(SLEEP, volumeMounts=mounts, resources={"limits": {"memory": "64Mi"}}),
                   volumes=[{"name": "memory", "emptyDir": {"medium": "Memory", "sizeLimit": "8Mi"}}])).ok()
    node.ready("web")
    filled = node.kube("exec", "web", "--", "dd", "if=/dev/zero", "of=/memory/file", "bs=1M", "count=16").exits(1)
    contains(filled.err, "No space left on device")
    shmem = int(re.search(r"^shmem (\d+)$", value(node.cgroup("web"), "memory.stat"), re.M).group(1))
    that(7 << 20 <= shmem <= 9 << 20, f"{shmem} bytes of shared memory")


def declare(number, title, steps):
    @test(f"page {number} of the tour: {title}", timeout=400)
    def page():
        stand_in("nginx", "redis")
        tour = Tour()
        for command, lines in steps:
            tour.take(command, lines)


for number, (title, steps) in pages().items():
    if number in LIMITED:
        declare(number, title, steps)
run()
