"""What is in the root: devices and links, masked and read-only paths, open descriptors."""

import os
import pathlib

from harness import contains, defer, equal, eventually, matches, run, sh, shows, test, that, withstands
from harness.bundle import Container, bind

STAT = "stat -c '%n %F %t,%T %a %u %g' "


@test("the devices that always exist: their numbers, modes, owners; and the links beside them")
def default_devices():
    box = Container(STAT + "/dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty; "
                    "for l in fd stdin stdout stderr ptmx core; do readlink /dev/$l; done; ls /dev | xargs")
    said = box.run().ok().lines()
    numbers = {"null": "1,3", "zero": "1,5", "full": "1,7", "random": "1,8", "urandom": "1,9", "tty": "5,0"}
    equal(said[:6], [f"/dev/{name} character special file {number} 666 0 0" for name, number in numbers.items()])
    equal(said[6:12], ["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "pts/ptmx", "/proc/kcore"])
    equal(said[12], "core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero")


@test("the default devices work")
def devices_work():
    box = Container("head -c 3 /dev/zero | wc -c; echo x >/dev/null; head -c 3 /dev/urandom | wc -c; "
                    "echo x 2>/dev/null >/dev/full || echo full; ls -l /dev/fd/ >/dev/null && echo fd; "
                    "echo y | cat /dev/stdin; stty -g </dev/ptmx >/dev/null && echo pty")
    equal(box.run().ok().lines(), ["3", "3", "full", "fd", "y", "pty"])


@shows("linux.devices[].{path,type,major,minor,fileMode,uid,gid}", "linux.devices[].type.{c,b,u,p}")
@test("devices of the config are made with type, numbers, mode and owner, in folders that are made for them")
def own_devices():
    box = Container(STAT + "/dev/fuse /dev/deep/er/loop /dev/pipe /srv/null", root={"readonly": False}, linux={"devices": [
        {"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 0o600, "uid": 7, "gid": 8},
        {"path": "/dev/deep/er/loop", "type": "b", "major": 7, "minor": 300, "fileMode": 0o640},
        {"path": "/dev/pipe", "type": "p", "fileMode": 0o622},
        {"path": "/srv/null", "type": "u", "major": 1, "minor": 3, "fileMode": 0o644}]})
    equal(box.run().ok().lines(), [
        "/dev/fuse character special file a,e5 600 7 8", "/dev/deep/er/loop block special file 7,12c 640 0 0",
        "/dev/pipe fifo 0,0 622 0 0", "/srv/null character special file 1,3 644 0 0"])


@shows("linux.devices[].{fileMode,uid,gid}")
@test("a default device that the config describes is as the config says")
def changed_default():
    box = Container(STAT + "/dev/null", linux={"devices": [
        {"path": "/dev/null", "type": "c", "major": 1, "minor": 3, "fileMode": 0o600, "uid": 5, "gid": 6}]})
    equal(box.run().ok().out, "/dev/null character special file 1,3 600 5 6\n")


@test("/dev/ptmx is the container's own, though the config lists the host's, as podman --privileged does")
def own_ptmx():
    box = Container("readlink /dev/ptmx; stty -g </dev/ptmx >/dev/null && echo opens", linux={"devices": [
        {"path": "/dev/ptmx", "type": "c", "major": 5, "minor": 2, "fileMode": 0o666}]})
    equal(box.run().ok().lines(), ["pts/ptmx", "opens"])


@shows("linux.devices[].path")
@test("where something else is in the place of a device, create fails")
def wrong_node():
    box = Container(root={"readonly": False}, linux={"devices": [
        {"path": "/etc/passwd", "type": "c", "major": 1, "minor": 3, "fileMode": 0o666}]})
    refused = box.create().exits(1)
    matches(refused.err, rf"^nacelle: create '{box.id}': linux\.devices '/etc/passwd': ")
    contains((box.rootfs / "etc/passwd").read_text(), "root")


@test("a bind of the host's /dev is left as it is")
def bound_dev():
    box = Container("ls -l /dev/null; test -e /dev/core; ls /dev | wc -l", change=lambda config: config.update(
        mounts=[config["mounts"][0], bind("/dev", "/dev", "rslave", "ro")]))
    before = sorted(os.listdir("/dev"))
    box.run().ok()
    equal(sorted(os.listdir("/dev")), before)


@shows("linux.maskedPaths")
@test("masked paths: a file is empty, a folder has nothing in it and takes nothing; missing ones are passed over")
def masked():
    box = Container("wc -c </secret; ls -A /folder; touch /folder/x 2>/dev/null || echo closed; wc -c </proc/keys; "
                    "ls -A /sys/firmware; echo leak >>/secret; wc -c </secret",
                    root={"readonly": False},
                    linux={"maskedPaths": ["/secret", "/folder", "/nonesuch", "/proc/keys", "/sys/firmware",
                                           "/etc/passwd/below-a-file"]})
    (box.rootfs / "secret").write_text("secret")
    (box.rootfs / "folder").mkdir()
    (box.rootfs / "folder/file").touch()
    equal(box.run().ok().lines(), ["0", "closed", "0", "0"])
    equal((box.rootfs / "secret").read_text(), "secret")


@shows("linux.readonlyPaths")
@test("read-only paths, with what is mounted below, cannot be written; missing ones are passed over")
def readonly_paths():
    box = Container("cat /keep/file; echo x 2>/dev/null >/keep/file || echo ro; echo x >/other && echo rw; "
                    "echo 1 2>/dev/null >/proc/sys/kernel/msgmax || echo ro; touch /keep/below/x 2>/dev/null || echo ro",
                    root={"readonly": False}, linux={"readonlyPaths": ["/keep", "/proc/sys", "/nonesuch"]},
                    mounts=[{"destination": "/keep/below", "type": "tmpfs", "source": "tmpfs"}])
    (box.rootfs / "keep").mkdir()
    (box.rootfs / "keep/file").write_text("kept\n")
    said = box.run().ok()
    equal(said.lines(), ["kept", "ro", "rw", "ro", "ro"])


@withstands("CVE-2024-21626")
@test("the container has descriptors 0, 1 and 2 open, though the caller leaks others without close-on-exec")
def open_descriptors():
    box = Container("ls /proc/$$/fd; true")
    leaked = [os.open("/etc/hostname", os.O_RDONLY) for _ in range(4)]
    for fd in leaked:
        defer(os.close, fd)
    equal(box.run(pass_fds=leaked).ok().out.split(), ["0", "1", "2"])
    other = Container("ls /proc/$$/fd; sleep 100")
    output = other.folder / "out"
    other.create(output=output, pass_fds=leaked).ok()
    # Before start it also holds descriptors of the runtime's: none of them may lie on a mount that is not its own.
    own_mounts = [line.split()[0] for line in pathlib.Path(f"/proc/{other.pid()}/mountinfo").read_text().splitlines()]
    for fd in os.listdir(f"/proc/{other.pid()}/fd"):
        target = os.readlink(f"/proc/{other.pid()}/fd/{fd}")
        if int(fd) > 2 and target.startswith("/") and not target.startswith("/memfd:"):
            info = pathlib.Path(f"/proc/{other.pid()}/fdinfo/{fd}").read_text()
            contains(own_mounts, matches(info, r"^mnt_id:\s+(\d+)$")[1], f"mount of descriptor {fd}, {target}")
    other.start().ok()
    eventually(lambda: equal(output.read_text().split(), ["0", "1", "2"]))


@test("--preserve-fds N hands over descriptors 3 to N + 2 and no more")
def preserved_descriptors():
    box = Container("ls /proc/$$/fd; cat <&3; cat <&4; true")  # no pipe: the shell would hold an end of it
    for number, text in (1, "three\n"), (2, "four\n"), (3, "five\n"):
        (box.folder / f"file{number}").write_text(text)
    words = box.words("run", "--preserve-fds", "2", "--bundle", box.bundle, box.id)
    said = sh("sh", "-c", 'exec 3<"$0/file1" 4<"$0/file2" 5<"$0/file3"; exec "$@"', box.folder, *words).ok()
    equal(said.lines(), ["0", "1", "2", "3", "4", "three", "four"])


@test("more preserved descriptors than there are is an error")
def missing_descriptors():
    box = Container()
    words = box.words("create", "--preserve-fds", "7", "--bundle", box.bundle, box.id)
    equal(sh(*words).exits(1).err, f"nacelle: create '{box.id}': --preserve-fds: descriptor 3: Bad file descriptor\n")


@test("LISTEN_FDS: the sockets are handed over, with LISTEN_FDS and LISTEN_PID=1 in the environment; preserved ones follow")
def listen_fds():
    box = Container("echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; ls /proc/$$/fd; cat <&4; true")
    (box.folder / "file").write_text("preserved\n")
    words = box.words("run", "--preserve-fds", "1", "--bundle", box.bundle, box.id)
    said = sh("sh", "-c", 'exec 3</etc/hostname 4<"$0/file"; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"', box.folder, *words).ok()
    equal(said.lines(), ["1 1", "0", "1", "2", "3", "4", "preserved"])


@test("no file of the host can be reached through /proc/1 of the container's init before start")
def init_before_start():
    # CVE-2024-21626, CVE-2019-5736: a descriptor or the program of the runtime would be a way out.
    box = Container("true")
    box.create().ok()
    pid = box.pid()
    program = os.readlink(f"/proc/{pid}/exe")
    matches(program, r"^/memfd:")
    said = sh("cat", f"/proc/{pid}/maps").ok().out
    that("nacelle " not in said and "/usr/lib" not in said and "/lib/" not in said, said)
    equal(os.stat(f"/proc/{pid}/root").st_ino, box.rootfs.stat().st_ino)
    equal(os.stat(f"/proc/{pid}/cwd").st_dev, box.rootfs.stat().st_dev)


run()
