"""A pod on a kernel that enforces SELinux: what its label does not allow is denied, and the kernel says so.

Debian's policy has no container_t, nor any other domain for containers (lxc_contexts names it all the same): the test brings
a small one, nacelle_test.cil.
"""

import pathlib

from harness import contains, defer, equal, excludes, matches, run, sh, test
from harness.pods import SLEEP, Node, host_folder, mounted, pod, shell, volume
from harness.selinux import file_type

LABEL = "system_u:system_r:nacelle_test_t:s0:c1,c2"


@test("enforcing: a container writes what has its label and is denied the rest, in a line of the kernel's that names both", timeout=900)
def enforced():
    excludes(sh("semodule", "-l", timeout=200).ok().out, "container")
    sh("semodule", "-i", pathlib.Path(__file__).with_name("nacelle_test.cil"), timeout=800).ok()
    file_type("system_u:object_r:nacelle_test_file_t:s0")
    sh("setenforce", "1").ok()
    defer(lambda: sh("setenforce", "0").ok())
    equal(pathlib.Path("/sys/fs/selinux/enforce").read_text(), "1")
    node, folder = Node(), host_folder()
    folder.chmod(0o777)
    other = sh("stat", "-c", "%C", folder).ok().out.strip()
    options = {"user": "system_u", "role": "system_r", "type": "nacelle_test_t", "level": "s0:c1,c2"}
    node.apply(pod("web", shell(SLEEP, volumeMounts=[mounted("disk", "/disk"), mounted("host", "/host")]),
                   volumes=[volume("disk", emptyDir={}), volume("host", hostPath={"path": str(folder)})],
                   securityContext={"seLinuxOptions": options})).ok()
    node.ready("web", timeout=120)

    def inside(script):
        """What the script says, through a pipe: the domain may not write a file that is handed to it, either."""
        return sh("sh", "-c", '"$@" 2>&1 | cat', "sh", *node.words, "exec", "web", "--", "sh", "-c", script).ok().out

    equal(inside("cat /proc/self/attr/current").strip("\n\0"), LABEL)
    equal(inside("echo mine >/disk/file && cat /disk/file"), "mine\n")
    equal(inside("echo mine >/root-file && cat /root-file"), "mine\n")
    contains(inside("echo mine >/host/file"), "can't create /host/file: Permission denied")
    matches(sh("dmesg").ok().out, rf'(?m)avc:  denied  {{ \w+ }} for  pid=\d+ comm="sh" .*scontext={LABEL} tcontext={other} '
                                  r"tclass=dir permissive=0")
    sh("chcon", "system_u:object_r:nacelle_test_file_t:s0:c1,c2", folder).ok()
    equal(inside("echo mine >/host/file && cat /host/file"), "mine\n")


run()
