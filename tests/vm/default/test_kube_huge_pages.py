"""Huge pages of a pod: the limits of its cgroups, volumes of them, and what their files are charged to."""

import pathlib

from harness import contains, defer, equal, eventually, matches, run, test
from harness.pods import SLEEP, Node, events, mounted, pod, shell, volume

MIB = 1 << 20
PAGES = pathlib.Path("/proc/sys/vm/nr_hugepages")


def node_with_pages(count):
    PAGES.write_text(str(count))
    defer(PAGES.write_text, "0")
    return Node()


def value(cgroup, name):
    return int((cgroup / f"hugetlb.2MB.{name}").read_text())


def holding(size, **more):
    return shell(SLEEP, resources={"limits": {"memory": "64Mi", "hugepages-2Mi": size}}, **more)


@test("a container has the huge pages of its limit and no more, the pod those of all its containers, and others none")
def limits():
    node = node_with_pages(8)
    pages = {"medium": "HugePages"}
    node.apply(pod("web", holding("4Mi", volumeMounts=[mounted("pages", "/pages")]), holding("2Mi"), shell(SLEEP),
                   volumes=[volume("pages", emptyDir=pages)])).ok()
    node.ready("web")
    first, second, third = (node.cgroup("web", number) for number in range(3))
    equal([value(cgroup, "max") for cgroup in (first, second, third, first.parent)], [4 * MIB, 2 * MIB, 0, 6 * MIB])
    matches(node.kube("exec", "web", "--", "cat", "/proc/mounts").ok().out, r"(?m)^nodev /pages hugetlbfs \S*pagesize=2M")
    node.kube("exec", "web", "--", "fallocate", "-l", str(4 * MIB), "/pages/file").ok()
    equal([value(cgroup, "current") for cgroup in (first, second, first.parent)], [4 * MIB, 0, 4 * MIB])
    contains(node.kube("exec", "web", "--", "fallocate", "-l", str(6 * MIB), "/pages/file").fails().err, "No space left")
    equal(value(first, "current"), 4 * MIB)
    matches(node.kube("describe", "node").ok().out, r"hugepages-2Mi +6Mi \(37%\) +6Mi \(37%\)")
    node.kube("delete", "pod", "web").ok()
    node.nothing_left()
    matches(open("/proc/meminfo").read(), r"HugePages_Free: +8\n")


@test("anybody writes to a volume of huge pages; one of a size that nobody requests is never made, and a pod beyond the pages waits")
def volumes():
    node = node_with_pages(4)
    mount = [mounted("pages", "/pages")]
    node.apply(pod("any", holding("2Mi", volumeMounts=mount, securityContext={"runAsUser": 1000}),
                   volumes=[volume("pages", emptyDir={"medium": "HugePages-2Mi"})])).ok()
    node.ready("any")
    node.kube("exec", "any", "--", "fallocate", "-l", str(2 * MIB), "/pages/file").ok()
    node.apply(pod("odd", holding("2Mi", volumeMounts=mount), volumes=[volume("pages", emptyDir={"medium": "HugePages-1Gi"})])).ok()
    eventually(lambda: contains(events(node, "odd"), "medium HugePages-1Gi: hugePages storage requested, but there is no resource "
                                                     "request for huge pages"))
    node.apply(pod("big", holding("8Mi"))).ok()
    eventually(lambda: contains(events(node, "big"), "Insufficient hugepages-2Mi"))


run()
