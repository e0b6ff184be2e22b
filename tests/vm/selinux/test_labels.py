"""process.selinuxLabel and linux.mountLabel on a kernel with SELinux."""

import pathlib

from harness import contains, equal, matches, run, sh, shows, test
from harness.bundle import Container

SLEEP = "while :; do sleep 1; done"
LABEL = "system_u:system_r:unconfined_t:s0:c1,c2"
MOUNT_LABEL = "system_u:object_r:tmp_t:s0:c1,c2"


@shows("process.selinuxLabel", "linux.mountLabel")
@test("the program has the label, and so has what is exec'd; its session keyring and tmpfs mounts are labelled")
def process_label():
    box = Container(SLEEP, process={"selinuxLabel": LABEL}, linux={"mountLabel": MOUNT_LABEL})
    pid = box.up()
    equal(pathlib.Path(f"/proc/{pid}/attr/current").read_text().strip("\n\0"), LABEL)
    equal(box.exec("cat", "/proc/self/attr/current").ok().out.strip("\n\0"), LABEL)
    other = LABEL.replace("c1,c2", "c3,c4")
    equal(box.exec("cat", "/proc/self/attr/current", flags=["--process-label", other]).ok().out.strip("\n\0"), other)
    mounts = pathlib.Path(f"/proc/{pid}/mountinfo").read_text()
    for point in "/dev", "/dev/shm", "/dev/pts":
        line = matches(mounts, rf"^\S+ \S+ \S+ \S+ {point} .*$")[0]
        matches(line, r'context="?' + MOUNT_LABEL, point)
    contains(sh("ls", "-Zd", f"/proc/{pid}/root/dev/shm").ok().out, MOUNT_LABEL)


@test("without labels the program has its caller's")
def no_label():
    own = pathlib.Path("/proc/self/attr/current").read_text().strip("\n\0")
    equal(Container("cat /proc/self/attr/current").run().ok().out.strip("\n\0"), own)


@test("a label that the policy does not know is an error that names it, and leaves nothing")
def bad_labels():
    box = Container(process={"selinuxLabel": "no:such:label:s0"})
    matches(box.create().exits(1).err, rf"^nacelle: create '{box.id}': process\.selinuxLabel.*'no:such:label:s0'")
    equal(box.cgroups(), [])
    box = Container(linux={"mountLabel": "no:such:label:s0"})
    matches(box.create().exits(1).err, rf"^nacelle: create '{box.id}': linux\.mountLabel.*'no:such:label:s0'")
    equal(box.cgroups(), [])


run()
