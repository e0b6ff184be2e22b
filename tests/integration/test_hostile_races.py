"""Paths that an enemy outside of the container exchanges while it is made, over and over: a folder for a symlink, a file for
another. Each test sees to it that the attack was alive: both faces of the path were met."""

import os
import pathlib

from harness import contains, equal, excludes, matches, run, sh, test, that, withstands
from harness.bundle import Container, bind, mount, mounts_of, outside, untouched
from harness.swap import Swapping
from harness.terminal import ConsoleSocket

SLEEP = "while :; do sleep 0.1; done"
ROUNDS = 40


def volume(box, place="/vol"):
    """A folder of the host that is a volume of the container, and that the enemy writes to, too."""
    folder = box.folder / "volume"
    folder.mkdir()
    folder.chmod(0o777)
    box.config["mounts"].append(bind(folder, place))
    return folder


def mounts_now(box):
    """The mounts of the created container, by their points."""
    return mounts_of(pathlib.Path(f"/proc/{box.pid()}/mountinfo").read_text())


def link_beside(path, target):
    """The symlink that the path is exchanged for."""
    link = path.with_name(path.name + "-link")
    link.symlink_to(target)
    return link


def rounds(box, path, other, look, create=None):
    """Makes the container again and again while path and other are exchanged. `look` gets what came of each attempt; it says
    which face of the path was met, or nothing where it cannot know. Goes on until both were, and fails if they never are."""
    met = set()
    for number in range(20 * ROUNDS):
        if number >= ROUNDS and len(met) > 1:
            return
        with Swapping(path, other):
            outcome = create() if create else box.create()
        met.add(look(outcome))
        met.discard(None)
        box.delete("--force").ok()
    that(len(met) > 1, f"in {20 * ROUNDS} attempts only {met} were met: no race")


@withstands("CVE-2021-30465", "CVE-2019-18837")
@test("a mount's place is exchanged for a symlink to the host: the mount is inside, or not at all", timeout=300)
def mount_place():
    for target in "outside", "../../../../../../../..":
        box = Container(SLEEP, root={"readonly": False})
        folder = outside(box)
        vol = volume(box)
        (vol / "place").mkdir()
        link = link_beside(vol / "place", folder if target == "outside" else target)
        secret = box.folder / "secret"
        secret.mkdir()
        # The second mount goes where the first one led: in the old hole, to the host's root.
        box.config["mounts"] += [mount("/vol/place", "tmpfs", "tmpfs"), bind(secret, "/vol/place/inner")]
        box.write()

        def look(outcome):
            untouched(folder)
            equal(sorted(os.listdir(secret)), [])
            excludes(pathlib.Path("/proc/self/mountinfo").read_text(), str(box.folder))
            if outcome.code != 0:
                matches(outcome.err, r": mounts\[[89]\] '/vol/place(/inner)?': ")
                return "refused"
            return "place" if "/vol/place" in mounts_now(box) else "elsewhere inside"

        rounds(box, vol / "place", link, look)


@withstands("CVE-2024-45310")
@test("a folder on the way to a mount is exchanged for a symlink: no folder and no file is made on the host", timeout=300)
def made_folders():
    box = Container(SLEEP, root={"readonly": False})
    folder = outside(box)
    vol = volume(box)
    (vol / "way").mkdir()
    link = link_beside(vol / "way", folder)
    source = box.folder / "source"
    source.write_text("source\n")
    box.config["mounts"] += [mount("/vol/way/a/b/c", "tmpfs", "tmpfs"), bind(source, "/vol/way/d/e/file")]
    box.write()

    def look(outcome):
        untouched(folder)
        inside = box.rootfs / str(folder)[1:]  # where the link leads in the container
        met = "link" if inside.is_dir() and os.listdir(inside) else "folder"
        sh("rm", "-rf", *(path / name for path in (vol / "way", link, inside) for name in "ad"))
        return met if outcome.code == 0 else None

    rounds(box, vol / "way", link, look)


@withstands("CVE-2025-31133", "CVE-2025-62161")
@test("the container's /dev/null and the masked file are exchanged: what hides is the null device, what is hidden stays as it was",
      timeout=300)
def masked_path():
    box = Container(SLEEP, root={"readonly": False}, linux={"maskedPaths": ["/proc/keys", "/vol/secret"]})
    folder = outside(box)
    vol = volume(box)
    dev = box.folder / "fake-dev"
    for name in "pts", "shm", "mqueue":
        (dev / name).mkdir(parents=True)
    (dev / "null").write_text("not the null device\n")
    null_link = link_beside(dev / "null", "/proc/sysrq-trigger")
    box.config["mounts"][1] = bind(dev, "/dev")
    (vol / "secret").write_text("secret\n")
    link = link_beside(vol / "secret", "/proc/sys/kernel/core_pattern")
    box.write()

    def create():
        with Swapping(dev / "null", null_link):
            return box.create()

    def look(outcome):
        outcome.ok()
        untouched(folder)
        over = {point: entry["root"] for point, entry in mounts_now(box).items()}
        equal(over["/proc/keys"], "/null", "what lies over /proc/keys")
        met = "/proc/sys/kernel/core_pattern" if "/proc/sys/kernel/core_pattern" in over else "/vol/secret"
        # Enough that one of its names is hidden: the enemy may rename what is not yet covered, and cannot what is.
        if met in over:
            equal(over[met], "/null", f"what lies over {met}")
        return met

    rounds(box, vol / "secret", link, look, create)


@withstands("CVE-2025-52565")
@test("/dev/console is exchanged for symlinks to files of the host and of procfs: the terminal is mounted on neither", timeout=300)
def console():
    box = Container(SLEEP, process={"terminal": True})
    folder = outside(box)
    dev = box.folder / "fake-dev"
    for name in "pts", "shm", "mqueue":
        (dev / name).mkdir(parents=True)
    (dev / "console").touch()
    link = link_beside(dev / "console", "/proc/uptime")
    box.config["mounts"][1] = bind(dev, "/dev")
    box.write()

    def look(outcome):
        untouched(folder)
        if outcome.code != 0:
            matches(outcome.err, r": terminal: /dev/console: openat2: Too many levels of symbolic links")
            return "refused"
        terminals = [point for point, entry in mounts_now(box).items()
                     if entry["type"] == "devpts"]
        equal((len(terminals), "/dev/pts" in terminals), (2, True), "mounts of terminals")
        # The terminal lies on the name itself, on the symlink too when that is what it was; the name goes on changing.
        covered = min(terminals)
        contains(("/dev/console", "/dev/console-link"), covered)
        return "link" if (dev / covered[5:]).is_symlink() else "file"

    rounds(box, dev / "console", link, look, lambda: box.create("--console-socket", ConsoleSocket().path))


@withstands("CVE-2025-52881", "CVE-2025-62596")
@test("a false /proc whose files are exchanged for symlinks: sysctls are written to the kernel and nowhere else", timeout=300)
def sysctls():
    box = Container(SLEEP, linux={"sysctl": {"kernel.msgmax": "4321"}, "maskedPaths": [], "readonlyPaths": []})
    folder = outside(box)
    fake = box.folder / "fake-proc"
    (fake / "sys/kernel").mkdir(parents=True)
    (fake / "sys/kernel/msgmax").write_text("fake\n")
    link = link_beside(fake / "sys/kernel/msgmax", folder / "file")
    box.config["mounts"][0] = bind(fake, "/proc")
    box.write()

    def look(outcome):
        outcome.ok()
        untouched(folder)
        equal(sh("nsenter", "--ipc", "--target", box.pid(), "cat", "/proc/sys/kernel/msgmax").ok().out, "4321\n")
        met = "link" if (fake / "sys/kernel/msgmax").is_symlink() else "file"  # where the exchange stood still
        equal((link if met == "link" else fake / "sys/kernel/msgmax").read_text(), "fake\n")
        return met

    rounds(box, fake / "sys/kernel/msgmax", link, look)


@withstands("CVE-2026-41579", "CVE-2026-47766", "CVE-2025-54867")
@test("the root's /dev and /proc are exchanged for symlinks: no device, link or mount where they lead", timeout=300)
def system_folders():
    for name, mounted in (("dev", False), ("dev", True), ("proc", True)):
        box = Container(SLEEP, root={"readonly": False})
        if not mounted:
            box.config["mounts"] = [mount("/proc", "proc", "proc")]
            box.write()
        folder = outside(box)
        (box.rootfs / "elsewhere").mkdir()
        link = link_beside(box.rootfs / name, "../../outside" if mounted else "elsewhere")

        def look(outcome):
            untouched(folder)
            equal(os.listdir(box.rootfs / "elsewhere"), [], "made through the link")
            if outcome.code != 0:
                matches(outcome.err, r": openat2: (Too many levels of symbolic links|Not a directory)")
            return outcome.code

        rounds(box, box.rootfs / name, link, look)


@withstands("CVE-2026-55686", "CVE-2024-21626")
@test("the working directory is exchanged for a symlink: it is made inside, and the process is inside", timeout=300)
def working_directory():
    box = Container(SLEEP, process={"cwd": "/vol/work/new/deep"}, root={"readonly": False})
    folder = outside(box)
    vol = volume(box)
    (vol / "work").mkdir()
    link = link_beside(vol / "work", folder)
    box.write()

    def look(outcome):
        untouched(folder)
        inside = box.rootfs / str(folder)[1:] / "new"
        met = "link" if inside.exists() else "folder"
        if outcome.code == 0:
            cwd = os.readlink(f"/proc/{box.pid()}/cwd")
            contains(("/vol/work/new/deep", str(folder) + "/new/deep", "/vol/work-link/new/deep"), cwd)
        sh("rm", "-rf", inside, vol / "work/new", link / "new")
        return met

    rounds(box, vol / "work", link, look)


@test("the folder that a tmpfs copies up is exchanged for a symlink: no file of the host is copied", timeout=300)
def copied_up():
    box = Container(SLEEP, root={"readonly": False})
    folder = outside(box)
    vol = volume(box)
    (vol / "full").mkdir()
    (vol / "full/own").touch()
    link = link_beside(vol / "full", folder)
    box.config["mounts"].append(mount("/vol/full", "tmpfs", "tmpfs", "tmpcopyup"))
    box.write()

    def look(outcome):
        untouched(folder)
        if outcome.code != 0:
            matches(outcome.err, r": mounts\[8\] '/vol/full': ")
            return None
        # Whole ones: the root, and what masks paths, may be parts of the host's.
        copies = [point for point, entry in mounts_now(box).items()
                  if entry["type"] == "tmpfs" and entry["root"] == "/" and not point.startswith("/dev")]
        equal(len(copies), 1, "tmpfs that were mounted")
        # Its name may be the symlink by now: a link is looked at, not through.
        excludes(sh("nsenter", "--mount", "--target", box.pid(), "--root", "find", copies[0], "-type", "f").ok().out, "/file")
        return "link" if str(folder) in mounts_now(box) else "folder"

    rounds(box, vol / "full", link, look)


run()
