"""containerd's shim: Checkpoint, and a task that is created of the images and started, by Debian's criu."""

import signal

from harness import equal, eventually, run, test, that
from harness import ttrpc
from harness.shim import Shim

# It counts in memory: a program that begins anew would begin at 1.
COUNT = "exec </dev/null >/dev/null 2>&1; i=0; while :; do i=$((i + 1)); echo $i >/shared/count; sleep 0.1; done"


@test("a task that was checkpointed with exit has stopped; one that is created of the images goes on where it was",
      timeout=240)
def checkpoint():
    shim = Shim()
    first = shim.task(COUNT)
    file = first.box.share() / "count"

    def count():
        return int(file.read_text().strip() or 0) if file.exists() else 0

    first.up(stdout="")
    eventually(lambda: count() > 5)
    images = str(first.box.folder / "images")
    options = {"type_url": "containerd.runc.v1.CheckpointOptions", "value": ttrpc.encode({"exit": (1, int)}, {"exit": 1})}
    shim.call("Checkpoint", id=first.id, path=images, options=options)
    equal(first.wait()["exit_status"], 128 + signal.SIGKILL)
    first.delete()
    stopped_at = count()

    second = shim.task(COUNT)
    second.box.config = first.box.config
    second.box.write()
    (second.box.rootfs / "shared").mkdir()
    equal(second.create(checkpoint=images, stdout=""), 0)
    equal(second.state()["status"], "created")
    equal(count(), stopped_at)
    pid = second.start()
    that(pid > 0, "no pid")
    equal(second.state()["status"], "running")
    eventually(lambda: that(count() > stopped_at, f"still at {count()}"))
    that(count() < stopped_at + 1000, f"from {stopped_at} to {count()}")
    second.kill()
    equal(second.wait()["exit_status"], 128 + signal.SIGKILL)
    equal(second.delete()["pid"], pid)
    shim.events.wait_for("delete", container_id=second.id)
    # criu ends the process before it has written everything.
    equal(shim.events.topics(container_id=first.id), ["create", "start", "exit", "checkpointed", "delete"])
    equal(shim.events.topics(container_id=second.id), ["create", "start", "exit", "delete"])


@test("a task that was created of images and never started is deleted", timeout=120)
def never_started():
    shim = Shim()
    task = shim.task()
    task.create(checkpoint=str(task.box.folder))
    equal(task.delete()["pid"], 0)
    shim.events.wait_for("delete")
    equal(shim.events.topics(), ["create", "delete"])


run()
