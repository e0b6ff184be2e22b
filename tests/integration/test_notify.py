"""What callers are told of a container's process: a pidfd of it, and its readiness (sd_notify)."""

import array
import os
import pathlib
import select
import signal
import socket
import threading

from harness import contains, defer, equal, eventually, matches, run, sh, temp_dir, test, that, time_scale
from harness.bundle import NAMESPACES, PATH, Container, bind, namespaces

SLEEP = "while :; do sleep 0.1; done"
MAPS = [{"containerID": 0, "hostID": 100000, "size": 65536}]
SAY = ("import os, socket, time\n"
       "manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
       "manager.connect(os.environ['NOTIFY_SOCKET'])\n"
       "open('/shared/began', 'w').close()\n"
       "while not os.path.exists('/shared/go'): time.sleep(0.05)\n"
       "manager.send(b'STATUS=nearly')\n"
       "manager.send(b'STATUS=there\\nREADY=1')\n"
       "while not os.path.exists('/shared/end'): time.sleep(0.05)\n")


class Receiver:
    """A socket that takes one message with descriptors."""

    def __init__(self):
        self.path = str(temp_dir() / "pidfd.sock")
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(self.path)
        self._socket.listen()
        self._socket.settimeout(60 * time_scale())
        defer(self._socket.close)

    def receive(self):
        """The bytes, and the one descriptor."""
        connection, _ = self._socket.accept()
        with connection:
            descriptors = array.array("i")
            data, control, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(16))
            for _, _, content in control:
                descriptors.frombytes(content)
        fd, = descriptors
        defer(os.close, fd)
        return data, fd


def pid_of(pidfd):
    """The pid that a pidfd stands for."""
    lines = pathlib.Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines()
    return int(dict(line.split(":", 1) for line in lines)["Pid"])


class Manager:
    """A service manager's socket; .heard is what came there. What comes with a descriptor is closed, as systemd does."""

    def __init__(self, abstract=False):
        self.path = f"@nacelle-test-{os.getpid()}" if abstract else str(temp_dir() / "manager.sock")
        self.heard = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path.replace("@", "\0", 1))
        self._ending = False
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        defer(self._stop)

    def _stop(self):
        self._ending = True
        self._thread.join()
        self._socket.close()

    def _serve(self):
        while not self._ending:
            if not select.select([self._socket], [], [], 0.05)[0]:
                continue
            data, control, _, _ = self._socket.recvmsg(4096, socket.CMSG_SPACE(16))
            self.heard.append(data.decode())
            for _, _, content in control:
                descriptors = array.array("i")
                descriptors.frombytes(content)
                for fd in descriptors:
                    os.close(fd)


def talker(**more):
    """A container whose program says that it is ready when it is let go on; the folder by which that is done."""
    mounts = [bind(path, path, "ro") for path in ("/usr", "/lib", "/lib64") if os.path.exists(path)]
    box = Container(["/usr/bin/python3", "-c", SAY], mounts=mounts, **more)
    return box, box.share()


def begin(box, verb, manager, *flags):
    """Starts the command beside the test, with the manager in its environment."""
    words = box.words(verb, *(["--bundle", box.bundle] if verb in ("run", "create") else []), *flags, box.id)
    out = box.folder / "out"
    script = 'exec "$@" >"$0" 2>&1'
    process = threading.Thread(target=lambda: setattr(
        process, "outcome", sh("sh", "-c", script, out, *words, env={"NOTIFY_SOCKET": manager.path})))
    process.start()
    defer(process.join)
    return process


@test("--pidfd-socket: create, run and exec send a pidfd of the process, in one message")
def pidfd_socket():
    receiver = Receiver()
    box = Container(SLEEP)
    box.create("--pidfd-socket", receiver.path).ok()
    data, fd = receiver.receive()
    that(0 < len(data) < 4096, f"{data!r} came with it")
    equal(pid_of(fd), box.pid())
    box.start().ok()
    pid_file = box.folder / "exec.pid"
    box.exec("sleep 100; :", flags=["--detach", "--pid-file", pid_file, "--pidfd-socket", receiver.path]).ok()
    _, exec_fd = receiver.receive()
    equal(pid_of(exec_fd), int(pid_file.read_text()))
    signal.pidfd_send_signal(fd, signal.SIGKILL)
    eventually(lambda: equal(box.status(), "stopped"))
    other = Container(SLEEP)
    other.call("run", "--bundle", other.bundle, "--detach", "--pid-file", other.pid_file, "--pidfd-socket", receiver.path,
               other.id).ok()
    equal(pid_of(receiver.receive()[1]), other.pid())


@test("the annotation run.oci.pidfd_receiver, as crun knows it, names such a socket, too")
def pidfd_annotation():
    receiver = Receiver()
    box = Container(SLEEP, annotations={"run.oci.pidfd_receiver": receiver.path})
    box.create().ok()
    equal(pid_of(receiver.receive()[1]), box.pid())


@test("a pidfd socket that nobody listens on fails the command, and nothing is left")
def no_receiver():
    box = Container(SLEEP)
    matches(box.create("--pidfd-socket", "/nonesuch").exits(1).err,
            rf"^nacelle: create '{box.id}': pidfd socket: connect to '/nonesuch': No such file or directory$")
    equal((box.states(), box.cgroups()), ([], []))
    box.up()
    matches(box.exec("true", flags=["--pidfd-socket", "/nonesuch"]).exits(255).err, "pidfd socket: connect to '/nonesuch'")


@test("NOTIFY_SOCKET: start waits for the program's READY=1, and passes it on with MAINPID and BARRIER", timeout=120)
def create_and_start():
    for abstract, more in (False, {"process": {"user": {"uid": 1000, "gid": 1000}}}), (True, {}):
        manager = Manager(abstract)
        box, folder = talker(**more)
        box.create(env={"NOTIFY_SOCKET": manager.path}).ok()
        starting = begin(box, "start", manager)
        eventually(lambda: that((folder / "began").exists(), "the program does not run"))
        equal((starting.is_alive(), manager.heard), (True, []))
        equal(box.status(), "running")
        (folder / "go").touch()
        starting.join()
        starting.outcome.ok()
        equal(manager.heard, ["READY=1\n", f"MAINPID={box.pid()}\n", "BARRIER=1"])
        said = box.exec("ls -ld /run/notify/notify.sock; grep -c ' /run/notify ro,nosuid,nodev,noexec' /proc/self/mountinfo; "
                        "touch /run/notify/x 2>&1; true").ok()
        matches(said.out, r"^srwxrwxrwx")
        contains(said.lines(), "1")
        matches(said.out, "Read-only file system")
        box.delete("--force").ok()
        equal((box.states(), box.cgroups()), ([], []))


@test("NOTIFY_SOCKET: run --detach waits, run in the foreground passes READY=1 on and goes on; in a user namespace, too",
      timeout=120)
def run_it():
    manager = Manager()
    box, folder = talker(linux={"namespaces": namespaces("user", *NAMESPACES), "uidMappings": MAPS, "gidMappings": MAPS})
    for folder_of_root in box.rootfs, box.rootfs / "run":  # where mount points are made
        os.chown(folder_of_root, 100000, 100000)
    running = begin(box, "run", manager, "--detach", "--pid-file", box.pid_file)
    eventually(lambda: that((folder / "began").exists(), "the program does not run"))
    that(running.is_alive(), "run did not wait")
    (folder / "go").touch()
    running.join()
    running.outcome.ok()
    equal(manager.heard, ["READY=1\n", f"MAINPID={box.pid()}\n", "BARRIER=1"])
    manager = Manager()
    box, folder = talker()
    running = begin(box, "run", manager)
    eventually(lambda: that((folder / "began").exists(), "the program does not run"))
    (folder / "go").touch()
    eventually(lambda: equal(manager.heard, ["READY=1\n"]))
    that(running.is_alive(), "run ended before the program")
    (folder / "end").touch()
    running.join()
    running.outcome.ok()


@test("NOTIFY_SOCKET: start ends when the program does, ready or not; without the variable there is no socket")
def never_ready():
    manager = Manager()
    box = Container("exit 3")
    box.create(env={"NOTIFY_SOCKET": manager.path}).ok()
    box.call("start", box.id, env={"NOTIFY_SOCKET": manager.path}).ok()
    equal(manager.heard, [])
    equal(Container("ls /run; echo $NOTIFY_SOCKET").run().ok().out, "\n")
    inherited = Container("echo $NOTIFY_SOCKET", process={"env": [PATH, "NOTIFY_SOCKET=/own"]})
    equal(inherited.run().ok().out, "/own\n")


run()
