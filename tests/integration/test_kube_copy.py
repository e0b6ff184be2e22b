"""Copying into containers and out of them, as kubectl cp does; and out of containers that do not mean well."""

import os

from harness import contains, equal, eventually, excludes, matches, run, sh, temp_dir, test, that, withstands
from harness.pods import SLEEP, Node, host_folder, mounted, pod, shell, volume


def running(script="", dropped="NET_RAW", **spec):
    """A node with the pod `web`, which has run the script, without a capability."""
    node = Node()
    container = shell(f"{script}\n touch /tmp/done; {SLEEP}", securityContext={"capabilities": {"drop": [dropped]}},
                      readinessProbe={"exec": {"command": ["test", "-e", "/tmp/done"]}, "periodSeconds": 1})
    node.apply(pod("web", container, **spec)).ok()
    node.ready("web")
    return node


def inside(node, script):
    """What the script says in the pod's container."""
    return node.kube("exec", "web", "--", "sh", "-c", script).ok().out


def tree(folder):
    """Every path below a folder, with what its file holds."""
    return {str(path.relative_to(folder)): None if path.is_dir() else path.read_text() for path in folder.rglob("*")}


def sample():
    """A folder of this machine: files, an empty folder, a symlink."""
    folder = temp_dir() / "sample"
    (folder / "deep" / "empty").mkdir(parents=True)
    (folder / "one").write_text("1\n")
    (folder / "deep" / "two").write_text("2\n")
    (folder / "one").chmod(0o751)
    (folder / "link").symlink_to("/etc/hostname")
    return folder


@test("a file goes into a container, with its mode and owner, and comes back")
def one_file():
    node = running("mkdir /data")
    source, back = temp_dir() / "source", temp_dir()
    source.write_bytes(os.urandom(300_000))
    source.chmod(0o640)
    os.chown(source, 1234, 1235)
    equal(node.kube("cp", source, "web:/data").ok().out, "")
    equal(inside(node, "stat -c '%a %u %g %s' /data/source"), "640 1234 1235 300000\n")
    node.kube("cp", source, "web:/data/other").ok()
    node.kube("cp", "--no-preserve", source, "default/web:/data/plain", "-c", "c0").ok()
    equal(inside(node, "stat -c '%a %u %g' /data/plain; ls /data"), "640 0 0\nother\nplain\nsource\n")
    node.kube("cp", "web:/data/source", back / "new" / "name").ok()
    equal((back / "new" / "name").read_bytes(), source.read_bytes())
    node.kube("cp", "web:/data/source", back).ok()
    equal((back / "source").read_bytes(), source.read_bytes())
    equal(node.kube("cp", "web:/etc/hostname", "/dev/stdout").ok().out, "web\n")
    # What is there is replaced, not written into.
    inside(node, "ln -s /data/kept /data/way; echo kept >/data/kept")
    node.kube("cp", source, "web:/data/way").ok()
    equal(inside(node, "cat /data/kept; test -L /data/way || echo file"), "kept\nfile\n")


@test("a folder goes into a container with its symlinks, and comes back without them")
def folder():
    node = running("mkdir /data")
    source, back = sample(), temp_dir() / "back"
    node.kube("cp", source, "web:/data").ok()
    node.kube("cp", f"{source}/", "web:/data/named").ok()
    equal(inside(node, "cd /data && find . | sort").split(),
          sorted(["."] + [f"./{name}{rest}" for name in ("named", "sample") for rest in
                          ("", "/deep", "/deep/empty", "/deep/two", "/link", "/one")]))
    equal(inside(node, "readlink /data/named/link; stat -c %a /data/named/one; cat /data/named/deep/two"), "/etc/hostname\n751\n2\n")
    outcome = node.kube("cp", "web:/data/named", back).ok()
    equal(outcome.err, "warning: skipping symlink: 'back/link' -> '/etc/hostname'\n")
    equal(tree(back), {"one": "1\n", "deep": None, "deep/two": "2\n", "deep/empty": None})
    # Into a folder that is there: its contents.
    node.kube("cp", "web:/data/named/deep", back).ok()
    equal(tree(back)["two"], "2\n")


@test("nothing is made here for what is not there")
def no_source():
    node, back = running(), temp_dir() / "back"
    contains(node.kube("cp", "web:/nosuch", back / "deep" / "file").exits(1).err, "/nosuch")
    that(not back.exists(), "a folder was made")


@test("when one half fails, that is what is said, once")
def one_reason():
    node = running("mkdir -p /data/taken /full; head -c 1000000 /dev/zero >/full/taken; head -c 1000000 /dev/zero >/full/z")
    back, source = temp_dir() / "back", temp_dir() / "source"
    (back / "taken").mkdir(parents=True)
    source.mkdir()
    for name in ("taken", "z"):
        (source / name).write_bytes(bytes(1_000_000))
    equal(node.kube("cp", "web:/full", back).exits(1).err, "error: replace './taken': Is a directory\n")
    equal(node.kube("cp", f"{source}/.", "web:/data").exits(1).err, "error: replace './taken': Is a directory\n")


@test("a path without a slash is one of the container's working directory")
def relative():
    node = Node()
    node.apply(pod("web", shell("mkdir -p /work; " + SLEEP, workingDir="/tmp"))).ok()
    node.ready("web")
    source = temp_dir() / "file"
    source.write_text("text\n")
    node.kube("cp", source, "web:named").ok()
    equal(inside(node, "cat /tmp/named"), "text\n")
    node.kube("cp", "web:named", temp_dir() / "back").ok()


@test("what the container's user may not do, a copy may not: its files are the user's, others' are closed to it")
def users():
    closed = host_folder()
    (closed / "file").write_text("of root\n")
    closed.chmod(0o700)
    node = Node()
    node.apply(pod("web", shell(SLEEP, volumeMounts=[mounted("closed", "/closed")]),
                   volumes=[volume("closed", hostPath={"path": str(closed)})],
                   securityContext={"runAsUser": 1000, "runAsGroup": 1001})).ok()
    node.ready("web")
    source = temp_dir() / "file"
    source.write_text("text\n")
    source.chmod(0o4777)
    node.kube("cp", source, "web:/tmp/file").ok()
    equal(inside(node, "stat -c '%a %u %g' /tmp/file"), "755 1000 1001\n")
    contains(node.kube("cp", source, "web:/etc/file").exits(1).err, "error: make 'file': Permission denied")
    contains(node.kube("cp", "web:/closed/file", temp_dir()).exits(1).err, "open '/closed/file': Permission denied")


@test("root without capabilities is root without capabilities")
def capabilities():
    node = Node()
    node.apply(pod("web", shell("mkdir -m 700 /tmp/own; " + SLEEP, securityContext={"capabilities": {"drop": ["ALL"]}}))).ok()
    node.ready("web")
    source = temp_dir() / "file"
    source.write_text("text\n")
    os.chown(source, 1234, 1234)
    outcome = node.kube("cp", source, "web:/tmp/file").ok()
    equal(outcome.err, "warning: 'file': cannot keep its owner: Operation not permitted\n")
    equal(inside(node, "stat -c '%u' /tmp/file"), "0\n")
    source.chmod(0o600)
    (source.parent / "link").symlink_to("file")
    os.lchown(source.parent / "link", 1234, 1234)
    outcome = node.kube("cp", source.parent / "link", "web:/tmp/link").ok()
    equal(outcome.err, "warning: 'link': cannot keep its owner: Operation not permitted\n")
    # A file that is another's by then has its mode from him (chmod(2)).
    node.apply(pod("other", shell(SLEEP, securityContext={"capabilities": {"drop": ["FOWNER"]}}))).ok()
    node.ready("other")
    source.chmod(0o644)
    outcome = node.kube("cp", source, "other:/tmp/file").ok()
    equal(outcome.err, "warning: 'file': cannot keep its mode: Operation not permitted\n")


@test("a folder that cannot be listed to its end is said to be incomplete")
def unlisted():
    # The process is closed to its own user, who may not read its program; its map_files opens, and lists nothing.
    node = running("cp /bin/busybox /tmp/sleep; chown 1000 /tmp/sleep; chmod 711 /tmp/sleep; /tmp/sleep 1000 & echo $! >/tmp/pid",
                   dropped="DAC_OVERRIDE")
    path = f"/proc/{inside(node, 'cat /tmp/pid').strip()}/map_files"
    equal(node.kube("cp", f"web:{path}", temp_dir() / "back").exits(1).err, f"warning: '{path}': cannot be read: Permission denied\n")


@test("with ids of its own a pod's files are its root's, not the host's")
def user_namespace():
    node = running("mkdir /data; chown 7 /data; chmod 700 /data", hostUsers=False)
    node.kube("cp", sample(), "web:/data/new").ok()
    equal(inside(node, "stat -c '%u %g' /data/new/one"), "0 0\n")
    back = temp_dir() / "back"
    node.kube("cp", "web:/data/new", back).ok()
    equal((back / "one").stat().st_uid, 0)


@test("what a user may get wrong is told in kubectl's words")
def mistakes():
    node = running()
    here = temp_dir() / "file"
    here.write_text("")
    for words, error in (((here, here), "one of src or dest must be a remote file specification"),
                         (("web:/a", "web:/b"), "one of src or dest must be a local file specification"),
                         ((":/a", here), "filespec must match the canonical format: [[namespace/]pod:]file/path"),
                         (("a/b/c:/a", here), "filespec must match the canonical format: [[namespace/]pod:]file/path"),
                         (("web:", here), "filepath can not be empty"),
                         (("/no/such", "web:/tmp"), "/no/such doesn't exist in local filesystem"),
                         ((here, "nosuch:/tmp"), 'pods "nosuch" not found'),
                         ((here, "web:/no/such/folder"), "open '/no/such': No such file or directory"),
                         (("web:/no/such", here), "open '/no/such': No such file or directory")):
        equal(node.kube("cp", *words).exits(1).err, f"error: {error}\n")


@withstands("CVE-2019-1002101", "CVE-2019-11246", "CVE-2019-11251", "CVE-2019-10152")
@test("a symlink, wherever it is on the way, leads to a place in the container, never to the host")
def symlinks():
    outside, back = temp_dir() / "outside", temp_dir() / "back"
    outside.mkdir()
    (outside / "secret").write_text("secret of the host\n")
    node = running(f"""ln -s {outside} /way; ln -s ../../../../../../../../{outside} /up; mkdir -p /data/sub
        ln -s {outside}/secret /data/secret; ln -s /proc/1/root{outside} /magic; ln -s /proc/self/root /self
        ln -s {outside} /data/out""")
    source = temp_dir() / "file"
    source.write_text("hostile\n")
    for path in ("way/secret", "up/secret", "magic/secret", f"self{outside}/secret", f"../../../..{outside}/secret"):
        node.kube("cp", f"web:/{path}", back).exits(1)
        that(not back.exists() or not any(back.iterdir()), f"{path} gave something")
    for path in ("way/x", "up/x", "magic/x", f"../../../..{outside}/x"):
        node.kube("cp", source, f"web:/{path}").exits(1)
    equal(tree(outside), {"secret": "secret of the host\n"})
    # A folder: neither the symlinks nor what a second copy would write through them.
    node.kube("cp", "web:/data", back).ok()
    equal(tree(back), {"sub": None})
    inside(node, "rm /data/out; mkdir /data/out; echo hostile >/data/out/secret")
    (back / "out").symlink_to(outside)
    contains(node.kube("cp", "web:/data", back).exits(1).err, "open './out': Not a directory")
    equal(tree(outside), {"secret": "secret of the host\n"})


@test("names that would lead elsewhere, or deceive a terminal, do not")
def names():
    node = running(r"""mkdir /data; cd /data; echo 1 >'..\..\x'; echo 2 >"$(printf 'a\033[31m\nb')"; echo 3 >-rf; mkfifo "$(printf 'p\033')" """)
    back = temp_dir() / "back"
    outcome = node.kube("cp", "web:/data/../data/.", back).ok()
    equal(sorted(tree(back).values()), ["1\n", "2\n", "3\n"])
    excludes(outcome.err, "\033")


@test("pipes, sockets and devices are passed over with a warning, and nobody waits for them")
def specials():
    node = running("mkdir /data; mkfifo /data/pipe; mknod /data/null c 1 3; echo text >/data/file")
    back = temp_dir() / "back"
    outcome = node.kube("cp", "web:/data", back).ok()
    equal(sorted(outcome.err.splitlines()), ["warning: skipping device: '/data/null'", "warning: skipping pipe: '/data/pipe'"])
    equal(tree(back), {"file": "text\n"})
    node.kube("cp", "web:/data/pipe", back / "x").ok()
    that(not (back / "x").exists(), "a pipe was copied")
    # Where a pipe is in the way of a file, it is replaced.
    source = temp_dir() / "file"
    source.write_text("new\n")
    node.kube("cp", source, "web:/data/pipe").ok()
    equal(inside(node, "cat /data/pipe"), "new\n")


@test("a file that grows without end is copied as long as it was, which is said")
def growing():
    node = running("mkdir /data; dd if=/dev/zero of=/data/file bs=1M count=32 2>/dev/null; (while true; do echo more; done >>/data/file) &")
    back = temp_dir() / "file"
    eventually(lambda: equal(node.kube("cp", "web:/data/file", back).ok().err,
                             "warning: '/data/file': file changed as we read it\n"), timeout=60)
    that(back.stat().st_size >= 32 << 20, "it is shorter than it was")


@withstands("CVE-2018-15664")
@test("a tree that is exchanged for pipes and symlinks while it is copied gives files of its own, or none")
def changing():
    node = running("""mkdir -p /race/a; (while true; do rm -rf /race/a; ln -s / /race/a; rm /race/a; mkfifo /race/a; rm /race/a
        mkdir /race/a; echo 1 >/race/a/f; done 2>/dev/null) &""")
    back = temp_dir()
    for number in range(20):
        node.kube("cp", "web:/race", back / f"{number}", timeout=60)
        equal(sorted(tree(back / f"{number}").keys() - {"a", "a/f"}), [])


@test("folders nested without end are an error, not a crash")
def deep():
    node = running("mkdir /data; cd /data; i=0; while [ $i -lt 300 ]; do mkdir d; cd d; i=$((i+1)); done")
    contains(node.kube("cp", "web:/data", temp_dir() / "back").exits(1).err, "folders are nested too deep")
    source = temp_dir() / "source"
    (source / "/".join("d" * 300)).mkdir(parents=True)
    matches(node.kube("cp", source, "web:/tmp").exits(1).err, r"^error: '.*/d': folders are nested too deep$")


@test("a large file takes little memory, and counts as the container's while it is written")
def memory():
    node = running()
    large = temp_dir() / "large"
    large.touch()
    os.truncate(large, 512 << 20)
    before = sh("sh", "-c", "ulimit -v 65536; exec \"$@\"", "sh", *node.words, "cp", large, "web:/dev/shm/x", timeout=60)
    excludes(before.err, "alloc")
    # /dev/shm of a pod is 64 MiB: the copy ends with an error, and goes no further.
    contains(before.exits(1).err, "No space left on device")


run()
