"""Ports of the machine that lead to pods, by the CNI plugins of Debian as Debian's podman has configured them: bridge, portmap with
iptables, firewall."""

import json
import pathlib

from harness import contains, defer, equal, excludes, run, sh, test
from harness.pods import AGNHOST, Node, pod

LEASES = pathlib.Path("/var/lib/cni/networks/podman")


def make_outside():
    """A host of its own, at 192.0.2.2, to which the machine is 192.0.2.1."""
    sh("ip netns add outside").ok()
    defer(sh, "ip netns delete outside")
    sh("ip link add inner type veth peer name outer netns outside && ip addr add 192.0.2.1/24 dev inner && ip link set inner up").ok()
    sh("ip -n outside addr add 192.0.2.2/24 dev outer && ip -n outside link set outer up").ok()


def rules():
    """All rules of the machine's packet filter, by whichever of its two programs."""
    return sh("iptables-save").ok().out + sh("nft list ruleset").ok().out


def ask(*before):
    """What is there at port 8080 of the machine."""
    return sh(*before, "python3", "-c", "import urllib.request; "
              "print(urllib.request.urlopen('http://192.0.2.1:8080/', timeout=20).read().decode())").ok().out


@test("hostPort is reached from the machine and from outside; what is left behind the pod's end has neither its port nor its address",
      timeout=300)
def host_port():
    make_outside()
    node = Node()
    node.apply(pod("web", {"image": AGNHOST, "args": ["headers", "80"], "ports": [{"containerPort": 80, "hostPort": 8080}]})).ok()
    node.ready("web")
    address = node.pod("web")["status"]["podIP"]
    contains(rules(), address)
    # The server answers with what it was asked.
    contains(ask(), "Host: 192.0.2.1:8080")
    contains(ask("ip", "netns", "exec", "outside"), "Host: 192.0.2.1:8080")
    contains([path.name for path in LEASES.iterdir()], address)
    node.kube("delete", "pod", "web").ok()
    after = rules()
    excludes(after, "8080")
    excludes(after, f"{address}/32")
    excludes(after, f"{address} ")
    excludes([path.name for path in LEASES.iterdir()], address)
    equal([link["ifname"] for link in json.loads(sh("ip -j link").ok().out) if link["ifname"].startswith("veth")], [])
    node.nothing_left()


run()
