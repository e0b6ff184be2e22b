"""Pods with a network by CNI plugins, on a host that is a network namespace of its own."""

import json

from harness import contains, equal, eventually, matches, run, test, that
from harness.network import NetworkNode
from harness.pods import AGNHOST, SLEEP, pod, shell


def network(node, *more, dns=None):
    """A list of plugins: a bridge with addresses of 10.66.0.0/24, and what more is asked for."""
    ipam = {"type": "host-local", "dataDir": f"{node.host}/leases", "ranges": [[{"subnet": "10.66.0.0/24"}]],
            "routes": [{"dst": "0.0.0.0/0"}]}
    bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipam": ipam, **({"dns": dns} if dns else {})}
    return json.dumps({"cniVersion": "1.0.0", "name": "pods", "plugins": [bridge, *more]})


def leases(node):
    """The addresses that are given away."""
    return sorted(path.name for path in (node.host / "leases/pods").glob("10.*"))


@test("a pod gets an address, which its status, its files and its neighbours know; it is given back at the end")
def addresses():
    node = NetworkNode()
    node.configure("10-pods.conflist", network(node))
    node.configure("20-later.conflist", "no network, and not the first")
    node.apply(pod("one", shell(SLEEP), hostname="uno")).ok()
    node.apply(pod("two", shell(SLEEP))).ok()
    node.ready("one")
    node.ready("two")
    one, two = (node.pod(name)["status"] for name in ("one", "two"))
    equal(sorted((one["podIP"], two["podIP"])), ["10.66.0.2", "10.66.0.3"])
    equal(one["podIPs"], [{"ip": one["podIP"]}])
    equal(leases(node), ["10.66.0.2", "10.66.0.3"])
    matches(node.kube("describe", "pod", "one").ok().out, rf"\nIP: +{one['podIP']}\n")
    contains(node.kube("exec", "one", "--", "cat", "/etc/hosts").ok().out, f"\n{one['podIP']}\tuno\n")
    contains(node.kube("exec", "one", "--", "ip", "addr").ok().out, f"inet {one['podIP']}/24")
    node.kube("exec", "one", "--", "ping", "-c", "1", "-W", "2", two["podIP"]).ok()
    node.kube("delete", "pod", "one", "two").ok()
    equal(leases(node), [])
    equal([link for link in json.loads(node.do("ip", "-j", "link")) if link["ifname"].startswith("veth")], [])
    node.nothing_left()


@test("probes of a pod with an address come from the host")
def probed():
    node = NetworkNode()
    node.configure("10-pods.conflist", network(node))
    probe = {"httpGet": {"port": 80}, "periodSeconds": 1}
    node.apply(pod("web", {"image": AGNHOST, "args": ["headers", "80"], "readinessProbe": probe})).ok()
    node.ready("web")
    # From within its own network the pod would be asked at 127.0.0.1.
    eventually(lambda: contains(node.kube("logs", "web").ok().out, f"\r\nHost: {node.pod('web')['status']['podIP']}:80\r\n"))


@test("a network may say who knows names")
def names():
    node = NetworkNode()
    node.configure("10-pods.conflist", network(node, dns={"nameservers": ["10.66.0.53"], "search": ["pods.example"]}))
    node.apply(pod("web", shell(SLEEP))).ok()
    node.ready("web")
    equal(node.kube("exec", "web", "--", "cat", "/etc/resolv.conf").ok().lines()[:2], ["search pods.example", "nameserver 10.66.0.53"])


@test("hostPort is handed to the plugin that maps ports; without one it is an error that names it")
def ports():
    node = NetworkNode()
    node.write_plugin("portmap", f"""
cat >{node.host}/$CNI_COMMAND.json
env | grep ^CNI_ >{node.host}/$CNI_COMMAND.env
[ $CNI_COMMAND = DEL ] || python3 -c 'import json; print(json.dumps(json.load(open("{node.host}/ADD.json"))["prevResult"]))'""")
    node.configure("10-pods.conflist", network(node, {"type": "portmap", "capabilities": {"portMappings": True}}))
    ports = [{"containerPort": 80, "hostPort": 8080}, {"containerPort": 81}]
    node.apply(pod("web", shell(SLEEP, ports=ports))).ok()
    node.ready("web")
    asked = json.loads((node.host / "ADD.json").read_text())
    equal(asked["runtimeConfig"], {"portMappings": [{"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}]})
    equal((asked["cniVersion"], asked["name"], asked["prevResult"]["ips"][0]["address"]), ("1.0.0", "pods", "10.66.0.2/24"))
    contains((node.host / "ADD.env").read_text(), "K8S_POD_NAME=web;")
    node.kube("delete", "pod", "web").ok()
    matches((node.host / "DEL.env").read_text(), r"CNI_NETNS=/proc/\d+/ns/net\n")
    equal(json.loads((node.host / "DEL.json").read_text())["prevResult"], asked["prevResult"])
    node.configure("10-pods.conflist", network(node))
    node.apply(pod("web", shell(SLEEP, ports=ports))).ok()
    eventually(lambda: contains(node.kube("events", "--for", "pod/web").ok().out,
                                "Failed to create pod sandbox: hostPort 8080: no network maps ports"))


@test("what a plugin says of its failure is the event; nothing is left, and the pod starts once it can")
def failures():
    node = NetworkNode()
    node.configure("10-pods.conflist", network(node, {"type": "nosuch"}))
    node.apply(pod("web", shell(SLEEP))).ok()
    eventually(lambda: contains(node.kube("events", "--for", "pod/web").ok().out,
                                'plugin type="nosuch" name="pods" failed (add): failed to find plugin'))
    node.write_plugin("nosuch", """[ $CNI_COMMAND = DEL ] || { echo '{"code": 7, "msg": "no way", "details": "today"}'; exit 1; }""")
    eventually(lambda: contains(node.kube("events", "--for", "pod/web").ok().out, "failed (add): no way; today"))
    node.write_plugin("nosuch", """[ $CNI_COMMAND = DEL ] || python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)["prevResult"]))'""")
    node.ready("web")
    equal(len(leases(node)), 1)


@test("a sandbox that is lost gives its address back, and the next one gets one")
def lost():
    node = NetworkNode()
    node.configure("10-pods.conflist", network(node))
    node.apply(pod("web", shell(SLEEP))).ok()
    node.ready("web")
    first = node.pod("web")["status"]["podIP"]
    pause, = (path for path in node.cgroup("web").parent.iterdir() if path.is_dir() and path != node.cgroup("web"))
    node.do("kill", "-9", (pause / "cgroup.procs").read_text().split()[0])
    eventually(lambda: that(node.pod("web")["status"]["podIP"] not in (first, ""), "it has the same address"))
    node.ready("web")
    equal(leases(node), [node.pod("web")["status"]["podIP"]])


run()
