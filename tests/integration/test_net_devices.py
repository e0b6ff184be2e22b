"""Network devices of the host that become a container's. Each test has a network namespace of its own for a host."""

import json
import os

from harness import contains, equal, eventually, excludes, matches, run, sh, shows, start, test, that, withstands
from harness.bundle import NAMESPACES, Container, namespaces

SLEEP = "while :; do sleep 0.1; done"
SHOW = "ip -o link; ip -o addr"
MAPS = [{"containerID": 0, "hostID": 100000, "size": 65536}]


class Host:
    """A network namespace with devices in pairs: a0 and b0, a1 and b1."""

    def __init__(self):
        self.process = start("unshare", "--net", "sleep", "1000")
        eventually(lambda: that(os.readlink(f"/proc/{self.process.pid}/ns/net") != os.readlink("/proc/self/ns/net"), "not yet"))
        for number in 0, 1:
            self.do("ip", "link", "add", f"a{number}", "type", "veth", "peer", "name", f"b{number}")
        self.do("ip", "link", "set", "lo", "up")

    def do(self, *words):
        return sh("nsenter", "-t", self.process.pid, "--net", *words).ok().out

    def links(self):
        return {link["ifname"]: link for link in json.loads(self.do("ip", "-j", "link"))}

    def addresses(self, name):
        """The addresses of a device, but for the link-local ones that the kernel adds by itself."""
        shown, = json.loads(self.do("ip", "-j", "addr", "show", name))
        return sorted(f"{each['local']}/{each['prefixlen']}" for each in shown["addr_info"] if each["scope"] == "global")

    def call(self, box, verb, *flags):
        return sh("nsenter", "-t", self.process.pid, "--net",
                  *box.words(verb, *(["--bundle", box.bundle] if verb in ("run", "create") else []), *flags, box.id))


def asking(devices, command=SHOW, **linux):
    return Container(command, linux={"netDevices": devices, **linux})


@shows("linux.netDevices", "linux.netDevices.name")
@test("netDevices: a device is moved, renamed, set up, and keeps its permanent global addresses and its MAC address")
def moved():
    host = Host()
    host.do("ip", "addr", "add", "192.0.2.7/24", "dev", "a0")
    host.do("ip", "addr", "add", "198.51.100.1", "peer", "198.51.100.2/32", "dev", "a0")
    host.do("ip", "addr", "add", "2001:db8::7/64", "dev", "a0", "nodad")
    host.do("ip", "addr", "add", "203.0.113.9/24", "dev", "a0", "valid_lft", "100", "preferred_lft", "100")
    host.do("ip", "addr", "add", "169.254.7.7/16", "dev", "a0", "scope", "link")
    mac = host.links()["a0"]["address"]
    said = host.call(asking({"a0": {"name": "eth0"}, "a1": {}}), "run").ok().out
    matches(said, rf"eth0@.*[<,]UP[,>].*{mac}")
    matches(said, r"a1@.*[<,]UP[,>]")
    for address in r"inet 192\.0\.2\.7/24", r"inet 198\.51\.100\.1 peer 198\.51\.100\.2/32", "inet6 2001:db8::7/64":
        matches(said, rf"eth0 +{address} ")
    excludes(said, "203.0.113.9", "an address that is not permanent")
    excludes(said, "169.254.7.7", "an address of link scope")


@test("netDevices: with %d in the name the kernel finds a number that is free")
def numbered():
    host = Host()
    said = host.call(asking({"a0": {"name": "eth%d"}, "a1": {"name": "eth%d"}}), "run").ok().out
    contains(said, "eth0@")
    contains(said, "eth1@")


@test("netDevices: the device is there for the hooks and for what is exec'd; it is not moved back at the end")
def stays():
    host = Host()
    box = asking({"a0": {"name": "eth0"}}, SLEEP)
    seen = box.folder / "seen"
    box.config["hooks"] = {"createRuntime": [{"path": "/bin/sh", "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], "args": [
        "sh", "-c", f"pid=$(sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/'); nsenter -t $pid -n ip link >{seen}"]}]}
    box.write()
    host.call(box, "create", "--pid-file", box.pid_file).ok()
    contains(seen.read_text(), "eth0@")
    host.call(box, "start").ok()
    contains(box.exec("ip -o link").ok().out, "eth0@")
    excludes(host.links(), "a0")
    box.delete("--force").ok()
    eventually(lambda: excludes(host.links(), "b0"))  # its peer went with it


@test("netDevices: into a namespace that is joined, and into one of a container with a user namespace")
def joined():
    host, other = Host(), Host()
    path = f"/proc/{other.process.pid}/ns/net"
    box = asking({"a0": {"name": "moved"}}, namespaces=namespaces("pid", "mount", "ipc", "uts", "cgroup", network=path))
    contains(host.call(box, "run").ok().out, "moved@")
    contains(other.links(), "moved")
    box = asking({"a1": {"name": "eth0"}}, namespaces=namespaces("user", *NAMESPACES), uidMappings=MAPS, gidMappings=MAPS)
    os.chown(box.rootfs, 100000, 100000)
    contains(host.call(box, "run").ok().out, "eth0@")


@test("netDevices: when create fails, they are back under their names, with their addresses, up as they were")
def given_back():
    host = Host()
    host.do("ip", "addr", "add", "192.0.2.7/24", "dev", "a0")
    host.do("ip", "link", "set", "a0", "up")
    before = host.links()

    def check(box, words):
        matches(host.call(box, "create").exits(1).err, words)
        equal((box.states(), box.cgroups()), ([], []))
        after = host.links()
        equal(sorted(after), sorted(before))
        equal([host.addresses("a0"), "UP" in after["a0"]["flags"], "UP" in after["a1"]["flags"]],
              [["192.0.2.7/24"], True, False])
        equal([after[name]["address"] for name in sorted(after)], [before[name]["address"] for name in sorted(before)])

    both = {"a0": {"name": "eth0"}, "a1": {"name": "eth1"}}
    broken = asking(both)
    broken.config["process"]["args"] = ["/nonesuch"]
    broken.write()
    check(broken, "'/nonesuch'")
    check(asking({"a0": {"name": "eth0"}, "a1": {}, "nope": {}}),
          r"linux\.netDevices\['nope'\]: netlink: No such device$")
    check(asking({"a0": {"name": "eth0"}, "a1": {"name": "lo"}}),
          r"linux\.netDevices\['a1'\]: rename to 'lo': netlink: .*File exists$")
    check(asking({"a0": {}, "lo": {"name": "other"}}), r"linux\.netDevices\['lo'\]: move to another network namespace: ")


@withstands("CVE-2021-43784")
@test("netDevices: names that no device can have, names given twice, and a namespace that is the host's are refused")
def refused():
    for devices, words in (({"a" * 16: {}}, "not the name of a network device"), ({"a/b": {}}, "not the name"), ({"a": {"name": "b" * 70000}}, "not the name"),
                           ({"a%d": {}}, "not the name"), ({"a0": {"name": "eth%s"}}, r"\.name: 'eth%s' is not the name"),
                           ({"a0": {"name": "e h"}}, r"\.name: "), ({"a0": {"name": "x"}, "a1": {"name": "x"}}, "given twice")):
        matches(asking(devices).create().exits(1).err, rf"config\.json: linux\.netDevices.*{words}")
    box = asking({"a0": {}}, namespaces=namespaces("pid", "mount", "uts"))
    matches(box.create().exits(1).err, r"config\.json: linux\.netDevices: needs a namespace of type 'network'")
    box = asking({"a0": {}}, namespaces=namespaces("pid", "mount", "uts", network="/proc/self/ns/net"))
    matches(box.create().exits(1).err, r"config\.json: linux\.netDevices: the network namespace is the host's")


run()
