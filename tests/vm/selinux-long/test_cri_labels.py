"""SELinux's labels of pods as the kubelet asks for them, over the CRI."""

import pathlib

from harness import contains, equal, matches, run, sh, temp_dir
from harness.containerd import NEWEST, each_engine
from harness.cri_pods import Pod
from harness.selinux import file_type

OPTIONS = {"user": "system_u", "role": "system_r", "type": "unconfined_t", "level": "s0:c1,c2"}
FILES = "system_u:object_r:tmp_t:s0:c1,c2"


@each_engine("a container has its label, what is executed in it too; what is mounted for it and relabelled has that of its files",
             since=NEWEST, timeout=400)
def labels(containerd):
    file_type("system_u:object_r:tmp_t:s0")
    containerd.kill()  # it reads the list once
    containerd.start()
    folder = temp_dir()
    (folder / "file").touch()
    pod = Pod(containerd, "labelled", security={"selinux_options": OPTIONS})
    box = pod.container("a", "sleep", "1000", security={"selinux_options": OPTIONS}, mounts=[
        {"container_path": "/mnt", "host_path": str(folder), "selinux_relabel": True}])
    label = "system_u:system_r:unconfined_t:s0:c1,c2"
    for pid in box.pid(), pod.info()["pid"]:
        equal(pathlib.Path(f"/proc/{pid}/attr/current").read_text().strip("\n\0"), label)
    equal(box.says("cat", "/proc/self/attr/current").strip("\n\0"), label)
    contains(sh("ls", "-Z", folder / "file").ok().out, FILES)
    matches(pathlib.Path(f"/proc/{box.pid()}/mountinfo").read_text(), rf'(?m)^\S+ \S+ \S+ \S+ /dev .*context="?{FILES}')


run()
