"""The security context of pods on this machine, and what they call themselves: user namespaces, sysctls, privileged and
unmasked containers, seccomp, the host's namespaces, /etc/hosts and resolv.conf."""

import json
import os
import pathlib
import re

from harness import contains, equal, eventually, excludes, matches, run, skip, test, that
from harness.pods import SLEEP, Node, pid, pod, shell

MASKED = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug",
          "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]


def inside(node, name, script, container="c0"):
    return node.kube("exec", name, "-c", container, "--", "sh", "-c", script).ok().out


@test("hostUsers false: 65536 ids that no other pod has, the image's files and the pod's are root's, and are given back")
def user_namespace():
    node = Node()
    mounts = [{"name": "data", "mountPath": "/data"}, {"name": "memory", "mountPath": "/memory"}]
    volumes = [{"name": "data", "emptyDir": {}}, {"name": "memory", "emptyDir": {"medium": "Memory"}}]
    for name in ("userns", "other"):
        node.apply(pod(name, shell("echo said >/dev/stdout; " + SLEEP, volumeMounts=mounts), shell(SLEEP, volumeMounts=mounts),
                       hostUsers=False, volumes=volumes, securityContext={"fsGroup": 2000})).ok()
    for name in ("userns", "other"):
        node.ready(name)
    maps = [inside(node, name, "cat /proc/self/uid_map").split() for name in ("userns", "other")]
    for first, base, count in maps:
        equal((first, count), ("0", "65536"))
        equal(int(base) % 65536, 0)
        that(int(base) >= 65536, "ids of the host's users")
    that(maps[0][1] != maps[1][1], "two pods have the same ids")
    base = int(maps[0][1])
    equal(os.stat(f"/proc/{pid(node, 'userns')}").st_uid, base)
    that(inside(node, "userns", "readlink /proc/self/ns/user").strip() != os.readlink("/proc/self/ns/user"), "the host's")
    equal(inside(node, "userns", "readlink /proc/self/ns/user"), inside(node, "userns", "readlink /proc/self/ns/user", "c1"))
    # What was made outside and what is made inside, seen from inside.
    look = ("touch /file /data/file /memory/file /dev/shm/file; echo said >/dev/termination-log;"
            "stat -c '%u:%g %n' /bin/busybox /etc/hosts /etc/resolv.conf /file /data/file /memory/file /dev/shm /dev/shm/file")
    equal(inside(node, "userns", look).splitlines(),
          ["0:0 /bin/busybox", "0:0 /etc/hosts", "0:0 /etc/resolv.conf", "0:0 /file", "0:2000 /data/file",
           "0:2000 /memory/file", "0:0 /dev/shm", "0:0 /dev/shm/file"])
    equal(inside(node, "userns", "ls -n /data/file /memory/file /dev/shm/file | cut -c1-3", "c1"), "-rw\n-rw\n-rw\n")
    # And on the disk: an id of the pod's for its root, as if there were no map, where the mount has the map.
    data = next((node.folder / "data").glob("default_userns_*"))
    equal(os.stat(data / "volumes/data/file").st_uid, 0)
    equal(os.stat(data / "containers/c0/upper/file").st_uid, base)
    eventually(lambda: contains(node.kube("logs", "userns", "-c", "c0").ok().out, "said\n"))
    equal(len(list((node.folder / "user-ids").iterdir())), 2)
    node.kube("delete", "pod", "userns", "other").ok()
    equal(list((node.folder / "user-ids").iterdir()), [])


@test("hostUsers false: its root can do nothing on the host, and goes no further than its ids")
def user_namespace_holds():
    node = Node()
    node.apply(pod("userns", shell(SLEEP, securityContext={"capabilities": {"add": ["ALL"]}}), hostUsers=False)).ok()
    node.ready("userns")
    contains(node.kube("exec", "userns", "--", "chown", "70000", "/etc").exits(1).err, "Invalid argument")
    contains(node.kube("exec", "userns", "--", "mknod", "/disk", "b", "8", "0").exits(1).err, "Operation not permitted")
    contains(node.kube("exec", "userns", "--", "sh", "-c", "echo 1 >/proc/sys/kernel/core_pattern").fails().err, "Read-only file system")


@test("procMount: the paths of the kernel are hidden and read-only; Unmasked shows them, with a user namespace alone")
def proc_mount():
    node = Node()
    unmasked = {"procMount": "Unmasked"}
    refused = node.apply(pod("bare", shell(SLEEP, securityContext=unmasked)))
    contains(refused.exits(1).err, 'spec.containers[0].securityContext.procMount: Invalid value: "Unmasked": '
                                   "`hostUsers` must be false to use `Unmasked`")
    node.apply(pod("nested", shell(SLEEP), shell(SLEEP, securityContext=unmasked), hostUsers=False)).ok()
    node.ready("nested")
    mounts = [[line.split() for line in inside(node, "nested", "cat /proc/mounts", name).splitlines()] for name in ("c0", "c1")]
    points = [[words[1] for words in table] for table in mounts]
    for path in filter(os.path.exists, MASKED):
        that(path in points[0], f"{path} is not masked")
        that(path not in points[1], f"{path} is masked")
    for path in filter(os.path.exists, READ_ONLY):
        options = [words[3].split(",") for words in mounts[0] if words[1] == path]
        that(options and "ro" in options[-1], f"{path} is not read-only")
        that(path not in points[1], f"{path} is read-only")


@test("privileged: all capabilities, the host's devices, nothing hidden, /sys and its cgroup to be written")
def privileged():
    node = Node()
    context = {"privileged": True, "seccompProfile": {"type": "RuntimeDefault"}}
    node.apply(pod("power", shell(SLEEP, securityContext=context), shell(SLEEP))).ok()
    node.ready("power")
    own = re.search(r"^CapEff:\t(\w+)$", pathlib.Path("/proc/self/status").read_text(), re.M).group(1)
    status = dict(line.split(":\t") for line in inside(node, "power", "grep -E '^(CapEff|CapBnd|NoNew|Seccomp:)' /proc/1/status").splitlines())
    equal(status, {"CapEff": own, "CapBnd": own, "NoNewPrivs": "0", "Seccomp": "0"})
    table = {words[1]: words[3].split(",") for words in map(str.split, inside(node, "power", "cat /proc/mounts").splitlines())}
    that("rw" in table["/sys"] and "rw" in table["/sys/fs/cgroup"], "read-only")
    that(not any(path in table for path in MASKED + READ_ONLY), f"hidden: {sorted(table)}")
    kmsg = inside(node, "power", "ls /dev").split()
    for name in ("null", "kmsg" if os.path.exists("/dev/kmsg") else "null"):
        contains(kmsg, name)
    inside(node, "power", "mkdir /sys/fs/cgroup/below && rmdir /sys/fs/cgroup/below")
    excludes(inside(node, "power", "ls /dev", "c1").split(), "kmsg")
    refused = node.apply(pod("both", shell(SLEEP, securityContext={"privileged": True, "allowPrivilegeEscalation": False})))
    contains(refused.exits(1).err, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")


@test("page 12: the capability masks without and with NET_ADMIN and SYS_TIME")
def capability_masks():
    node = Node()
    node.apply(pod("demo-3", shell(SLEEP))).ok()
    node.apply(pod("demo-4", shell(SLEEP, securityContext={"capabilities": {"add": ["NET_ADMIN", "SYS_TIME"]}}))).ok()
    for name, mask in (("demo-3", "00000000a80425fb"), ("demo-4", "00000000aa0435fb")):
        node.ready(name)
        equal(inside(node, name, "grep -E '^Cap(Prm|Eff)' /proc/1/status"), f"CapPrm:\t{mask}\nCapEff:\t{mask}\n")


@test("seccomp: none unless it is asked for; RuntimeDefault; Localhost from the node's folder; what the container says wins")
def seccomp():
    node = Node()
    profiles = node.folder / "seccomp/my-profiles"
    profiles.mkdir(parents=True)
    rules = [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 42}]
    (profiles / "no-mkdir.json").write_text(json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": rules}))
    local = {"type": "Localhost", "localhostProfile": "my-profiles/no-mkdir.json"}
    node.apply(pod("plain", shell(SLEEP))).ok()
    node.apply(pod("shut", shell(SLEEP), shell(SLEEP, securityContext={"seccompProfile": local}),
                   shell(SLEEP, securityContext={"seccompProfile": {"type": "Unconfined"}}),
                   securityContext={"seccompProfile": {"type": "RuntimeDefault"}})).ok()
    for name in ("plain", "shut"):
        node.ready(name)
    modes = [inside(node, "plain", "grep Seccomp: /proc/1/status")]
    modes += [inside(node, "shut", "grep Seccomp: /proc/1/status", name) for name in ("c0", "c1", "c2")]
    equal(modes, ["Seccomp:\t0\n", "Seccomp:\t2\n", "Seccomp:\t2\n", "Seccomp:\t0\n"])
    contains(node.kube("exec", "shut", "-c", "c0", "--", "unshare", "-U", "true").fails().err, "Operation not permitted")
    # errno 42, by which the profile is known.
    contains(node.kube("exec", "shut", "-c", "c1", "--", "mkdir", "/folder").fails().err, os.strerror(42))


@test("a seccomp profile that is not there, or leads out of the folder: the pod says so and what to do")
def seccomp_missing():
    node = Node()
    (node.folder / "seccomp").mkdir()
    (node.folder / "seccomp/out.json").symlink_to("../../../../../../etc/passwd")
    local = lambda name: {"seccompProfile": {"type": "Localhost", "localhostProfile": name}}
    node.apply(pod("web", shell(SLEEP, securityContext=local("nosuch.json")),
                   shell(SLEEP, securityContext=local("out.json")))).ok()
    for number, name in enumerate(("nosuch.json", "out.json")):
        waiting = lambda: node.status("web", number)["state"]["waiting"]
        eventually(lambda: equal(waiting()["reason"], "CreateContainerError"))
        matches(waiting()["message"], f"cannot load seccomp profile '{name}'.*No such file or directory")
    matches(node.kube("get", "pod", "web").ok().out, r"^web +0/2 +CreateContainerError ")
    for profile, error in (({"type": "Localhost"}, "localhostProfile: Required value: must be set when seccomp type is Localhost"),
                           ({"type": "Localhost", "localhostProfile": "../x"}, "must not contain '..'"),
                           ({"type": "Unconfined", "localhostProfile": "x"}, "can only be set when seccomp type is Localhost")):
        refused = node.apply(pod("bad", shell(SLEEP, securityContext={"seccompProfile": profile})))
        contains(refused.exits(1).err, error)


@test("sysctls: the safe ones are the pod's own; others end the pod with the kubelet's reason; not in the host's namespaces")
def sysctls():
    node = Node()
    settings = [{"name": "kernel.shm_rmid_forced", "value": "1"}, {"name": "net.ipv4.ip_local_port_range", "value": "2000 3000"}]
    before = pathlib.Path("/proc/sys/kernel/shm_rmid_forced").read_text()
    node.apply(pod("tuned", shell(SLEEP), securityContext={"sysctls": settings})).ok()
    node.ready("tuned")
    equal(inside(node, "tuned", "cd /proc/sys; cat kernel/shm_rmid_forced net/ipv4/ip_local_port_range"), "1\n2000\t3000\n")
    equal(pathlib.Path("/proc/sys/kernel/shm_rmid_forced").read_text(), before)
    node.apply(pod("unsafe", shell(SLEEP), securityContext={"sysctls": [{"name": "kernel.msgmax", "value": "65536"}]})).ok()
    eventually(lambda: equal(node.pod("unsafe")["status"]["phase"], "Failed"))
    status = node.pod("unsafe")["status"]
    message = 'Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted'
    equal((status["reason"], status["message"]), ("SysctlForbidden", message))
    matches(node.kube("get", "pod", "unsafe").ok().out, r"^unsafe +0/1 +SysctlForbidden ")
    matches(node.kube("describe", "pod", "unsafe").ok().out, r"^  Warning +SysctlForbidden .* " + re.escape(message))
    refused = node.apply(pod("host", shell(SLEEP), hostNetwork=True, securityContext={"sysctls": settings[1:]}))
    contains(refused.exits(1).err, "may not be specified when 'hostNetwork' is true")


@test("hostPID and hostIPC: the host's processes and shared memory; not with a shared process namespace or own users")
def host_namespaces():
    node = Node()
    node.apply(pod("host", shell(SLEEP), hostPID=True, hostIPC=True)).ok()
    node.ready("host")
    for kind in ("pid", "ipc"):
        equal(inside(node, "host", f"readlink /proc/self/ns/{kind}").strip(), os.readlink(f"/proc/self/ns/{kind}"))
    contains(inside(node, "host", "ps -o pid").split(), str(node.supervisor("host")))
    refused = node.apply(pod("a", shell(SLEEP), hostPID=True, shareProcessNamespace=True))
    contains(refused.exits(1).err, "ShareProcessNamespace and HostPID cannot both be enabled")
    for field in ("hostPID", "hostIPC", "hostNetwork"):
        refused = node.apply(pod("b", shell(SLEEP), hostUsers=False, **{field: True}))
        contains(refused.exits(1).err, f"spec.{field}: Forbidden: when `hostUsers` is false")
    node.kube("delete", "pod", "host").ok()
    node.nothing_left()


@test("hostAliases, subdomain and setHostnameAsFQDN: /etc/hosts as the kubelet writes it")
def names():
    node = Node()
    aliases = [{"ip": "127.0.0.1", "hostnames": ["foo.local", "bar.local"]}, {"ip": "10.1.2.3", "hostnames": ["foo.remote"]}]
    node.apply(pod("web", shell(SLEEP), hostname="busybox-1", subdomain="sub", setHostnameAsFQDN=True, hostAliases=aliases)).ok()
    node.ready("web")
    hosts = inside(node, "web", "cat /etc/hosts")
    that(hosts.startswith("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n"), hosts)
    that(hosts.endswith("127.0.0.1\tbusybox-1.sub.default.svc.cluster.local\tbusybox-1\n\n# Entries added by HostAliases.\n"
                        "127.0.0.1\tfoo.local\tbar.local\n10.1.2.3\tfoo.remote\n"), hosts)
    equal(inside(node, "web", "hostname; cat /etc/hostname"), "busybox-1.sub.default.svc.cluster.local\n" * 2)
    node.apply(pod("long", shell(SLEEP), hostname="x" * 40, subdomain="sub", setHostnameAsFQDN=True)).ok()
    eventually(lambda: contains(node.kube("describe", "pod", "long").ok().out, "is too long (64 characters is the max"))


@test("dnsPolicy and dnsConfig: nothing of the node's with None, else added to it, each once, as much as a resolver reads")
def resolver():
    node = Node()
    config = {"nameservers": ["192.0.2.1"], "searches": ["ns1.svc.cluster-domain.example", "my.dns.search.suffix"],
              "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}]}
    node.apply(pod("own", shell(SLEEP), dnsPolicy="None", dnsConfig=config)).ok()
    more = {"nameservers": ["192.0.2.1", "192.0.2.2", "192.0.2.3"], "searches": ["example.com"]}
    node.apply(pod("more", shell(SLEEP), dnsPolicy="Default", dnsConfig=more)).ok()
    for name in ("own", "more"):
        node.ready(name)
    equal(inside(node, "own", "cat /etc/resolv.conf"), "search ns1.svc.cluster-domain.example my.dns.search.suffix\n"
                                                       "nameserver 192.0.2.1\noptions ndots:2 edns0\n")
    servers = re.findall(r"^nameserver (\S+)$", pathlib.Path("/etc/resolv.conf").read_text(), re.M)
    wanted = [*servers, *(server for server in more["nameservers"] if server not in servers)]
    text = inside(node, "more", "cat /etc/resolv.conf")
    equal(re.findall(r"^nameserver (\S+)$", text, re.M), wanted[:3])
    matches(text, r"^search .*example\.com$")
    if len(wanted) > 3:
        contains(node.kube("events", "--for", "pod/more").ok().out, "the applied nameserver line is: " + " ".join(wanted[:3]))
    refused = node.apply(pod("none", shell(SLEEP), dnsPolicy="None"))
    contains(refused.exits(1).err, "must provide at least one DNS nameserver when `dnsPolicy` is None")


@test("runAsNonRoot: what the kubelet says of root, of an image's name, and of a uid that is not root's")
def non_root():
    node = Node()
    context = {"runAsNonRoot": True}
    node.apply(pod("root", shell(SLEEP, securityContext=context), shell(SLEEP, securityContext={**context, "runAsUser": 0}),
                   shell(SLEEP, securityContext={**context, "runAsUser": 1000}))).ok()
    uid = node.pod("root")["metadata"]["uid"]
    for number, words in enumerate(("container has runAsNonRoot and image will run as root", "container's runAsUser breaks non-root policy")):
        eventually(lambda: equal(node.status("root", number)["state"]["waiting"],
                                 {"reason": "CreateContainerConfigError",
                                  "message": f'{words} (pod: "root_default({uid})", container: c{number})'}))
    eventually(lambda: equal(node.status("root", 2)["user"]["linux"]["uid"], 1000))
    matches(node.kube("get", "pod", "root").ok().out, r"^root +1/3 +CreateContainerConfigError ")


@test("AppArmor that is asked for on a host without it turns the pod away; none is asked for by saying nothing or Unconfined")
def no_app_armor():
    if pathlib.Path("/sys/module/apparmor/parameters/enabled").exists():
        skip("this kernel has AppArmor")
    node = Node()
    node.apply(pod("asks", shell(SLEEP, securityContext={"appArmorProfile": {"type": "RuntimeDefault"}}))).ok()
    node.apply(pod("not", shell(SLEEP), securityContext={"appArmorProfile": {"type": "Unconfined"}})).ok()
    eventually(lambda: equal(node.pod("asks")["status"]["phase"], "Failed"))
    status = node.pod("asks")["status"]
    equal((status["reason"], status["message"]),
          ("AppArmor", "Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host"))
    node.ready("not")


@test("windowsOptions: checked by the rules for them, then refused, since this is Linux")
def windows():
    node = Node()
    for user, error in (("ContainerUser", "Forbidden: windows options cannot be set for a linux pod, and this node runs Linux"),
                        ("a\\b\\c", "runAsUserName cannot contain more than one backslash"),
                        ("", "runAsUserName cannot be an empty string")):
        refused = node.apply(pod("windows", shell(SLEEP), securityContext={"windowsOptions": {"runAsUserName": user}}))
        contains(refused.exits(1).err, error)


run()
