"""How pods mount their volumes: read-only, propagation, sub paths, and what is refused of them."""

from harness import contains, equal, eventually, excludes, run, sh, test, that, withstands
from harness.pods import SLEEP, Node, host_folder, mounted, pod, run_to_end, shell, volume
from harness.swap import Swapping


@test("recursiveReadOnly: what is mounted below a read-only volume can be written without it, and not with it")
def recursive_read_only():
    node, folder = Node(), host_folder()
    (folder / "sub").mkdir()
    sh("mount", "-t", "tmpfs", "none", folder / "sub").ok()
    try:
        said = run_to_end(node, "web", "echo a >/plain/sub/a && echo plain; echo b >/all/sub/b || echo all",
                          mounted("v", "/plain", readOnly=True, recursiveReadOnly="Disabled"),
                          mounted("v", "/all", readOnly=True, recursiveReadOnly="Enabled"),
                          volumes=[volume("v", hostPath={"path": str(folder)})])
        contains(said, "plain\n")
        contains(said, "all\n")
        contains(said, "Read-only file system")
    finally:
        sh("umount", folder / "sub").ok()


@test("mountPropagation: HostToContainer sees what the host mounts later, None does not")
def host_to_container():
    node, folder = Node(), host_folder()
    sh("mount", "-t", "tmpfs", "none", folder).ok()
    try:
        sh("mount", "--make-shared", folder).ok()
        (folder / "sub").mkdir()
        node.apply(pod("web", shell(SLEEP, volumeMounts=[mounted("v", "/open", mountPropagation="HostToContainer"),
                                                         mounted("v", "/closed")]),
                       volumes=[volume("v", hostPath={"path": str(folder)})])).ok()
        node.ready("web")
        sh("mount", "-t", "tmpfs", "none", folder / "sub").ok()
        (folder / "sub/late").write_text("")
        equal(node.kube("exec", "web", "--", "ls", "/open/sub").ok().out, "late\n")
        equal(node.kube("exec", "web", "--", "ls", "/closed/sub").ok().out, "")
        node.kube("delete", "pod", "web").ok()
        that((folder / "sub/late").exists(), "the host lost its mount")
    finally:
        sh("umount", "-R", folder).ok()


PRIVILEGED = {"securityContext": {"privileged": True, "capabilities": {"add": ["SYS_ADMIN"]}}}


@test("mountPropagation Bidirectional: what a privileged container mounts shows on the host, and goes without the host's own")
def bidirectional():
    node, folder = Node(), host_folder()
    sh("mount", "-t", "tmpfs", "none", folder).ok()
    try:
        sh("mount", "--make-shared", folder).ok()
        for name in "hosts", "pods":
            (folder / name).mkdir()
        sh("mount", "-t", "tmpfs", "none", folder / "hosts").ok()
        (folder / "hosts/file").write_text("")
        mount = mounted("v", "/v", mountPropagation="Bidirectional")
        node.apply(pod("web", shell("mount -t tmpfs none /v/pods && touch /v/pods/new; " + SLEEP, volumeMounts=[mount], **PRIVILEGED),
                       shell(SLEEP, volumeMounts=[mounted("v", "/v", mountPropagation="HostToContainer")]),
                       volumes=[volume("v", hostPath={"path": str(folder)})])).ok()
        node.ready("web")
        eventually(lambda: that((folder / "pods/new").exists(), "the host does not see the container's mount"))
        equal(node.kube("exec", "web", "-c", "c1", "--", "ls", "/v/pods", "/v/hosts").ok().out,
              "/v/hosts:\nfile\n\n/v/pods:\nnew\n")
        node.kube("delete", "pod", "web", "--now").ok()
        that((folder / "hosts/file").exists(), "the host lost its own mount")
    finally:
        sh("umount", "-R", folder).ok()


@test("mountPropagation Bidirectional: a host's folder that is not on a shared mount is a FailedMount event")
def bidirectional_private():
    node, folder = Node(), host_folder()
    sh("mount", "-t", "tmpfs", "none", folder).ok()
    try:
        sh("mount", "--make-private", folder).ok()
        node.apply(pod("web", shell(SLEEP, volumeMounts=[mounted("v", "/v", mountPropagation="Bidirectional")], **PRIVILEGED),
                       volumes=[volume("v", hostPath={"path": str(folder)})])).ok()
        eventually(lambda: contains(node.kube("events", "--for", "pod/web").ok().out,
                                    f'MountVolume.SetUp failed for volume "v" : path "{folder}" is not on a shared mount'))
    finally:
        sh("umount", folder).ok()


@test("mountPropagation Bidirectional: an emptyDir passes mounts from one container to another")
def bidirectional_empty_dir():
    node = Node()
    node.apply(pod("web", shell("mkdir /v/sub; mount -t tmpfs none /v/sub && touch /v/sub/new; " + SLEEP, **PRIVILEGED,
                                volumeMounts=[mounted("v", "/v", mountPropagation="Bidirectional")]),
                   shell(SLEEP, volumeMounts=[mounted("v", "/v", mountPropagation="HostToContainer")]),
                   volumes=[volume("v", emptyDir={})])).ok()
    node.ready("web")
    eventually(lambda: equal(node.kube("exec", "web", "-c", "c1", "--", "ls", "/v/sub").ok().out, "new\n"))
    node.kube("delete", "pod", "web", "--now").ok()
    node.nothing_left()


@test("subPath: a folder or a file of a volume; a missing one is made with the mode of the volume")
def sub_path():
    node, folder = Node(), host_folder()
    (folder / "html").mkdir()
    (folder / "html/index.html").write_text("site\n")
    (folder / "nginx.conf").write_text("conf\n")
    (folder / "link").symlink_to("html")
    folder.chmod(0o2770)
    said = run_to_end(node, "web", "cat /a/index.html /etc/conf /l/index.html; echo x >/new/x; ls /whole", mounted("v", "/a", subPath="html"),
                      mounted("v", "/etc/conf", subPath="nginx.conf"), mounted("v", "/l", subPath="link"),
                      mounted("v", "/new", subPath="deep/down"), mounted("v", "/whole"),
                      volumes=[volume("v", hostPath={"path": str(folder)})])
    equal(said, "site\nconf\nsite\ndeep\nhtml\nlink\nnginx.conf\n")
    equal((folder / "deep/down/x").read_text(), "x\n")
    equal(oct((folder / "deep/down").stat().st_mode), "0o42770")
    contains(node.kube("describe", "pod", "web").ok().out, '/a from v (rw,path="html")')


@test("subPathExpr: $(VAR) is expanded; what is missing, absolute or leads up is CreateContainerConfigError")
def sub_path_expr():
    node = Node()
    env = [{"name": name, "value": value} for name, value in
           (("POD", "web"), ("UP", ".."), ("ROOT", "/etc"), ("NONE", ""))]
    said = run_to_end(node, "web", "true")
    equal(said, "")
    node.apply(pod("good", shell("echo hi >/logs/hi; cat /all/web.log/hi", env=env, volumeMounts=[
        mounted("v", "/logs", subPathExpr="$(POD).log"), mounted("v", "/all")]), restartPolicy="Never",
        volumes=[volume("v", emptyDir={})])).ok()
    eventually(lambda: equal(node.kube("logs", "good").out, "hi\n"))
    wrong = {"$(UP)/x": "unable to provision SubPath `../x`: must not contain '..'",
             "$(ROOT)": "error SubPath `/etc` must not be an absolute path",
             "a/$(NONE)/$(NOSUCH)": "missing value for NONE, NOSUCH"}
    for number, (expression, words) in enumerate(wrong.items()):
        name = f"wrong{number}"
        node.apply(pod(name, shell(SLEEP, env=env, volumeMounts=[mounted("v", "/v", subPathExpr=expression)]),
                       volumes=[volume("v", emptyDir={})])).ok()
        eventually(lambda: equal(node.status(name)["state"].get("waiting", {}).get("reason"), "CreateContainerConfigError"))
        equal(node.status(name)["state"]["waiting"]["message"], words)
        contains(node.kube("events", "--for", f"pod/{name}").ok().out, f"Error: {words}")


@withstands("CVE-2017-1002101", "CVE-2021-25741")
@test("subPath: a symlink out of the volume is refused, whether it stands there or is swapped in meanwhile")
def sub_path_race():
    node, folder, secret = Node(), host_folder(), host_folder()
    (secret / "secret").write_text("of the host\n")
    (folder / "there").mkdir()
    (folder / "absolute").symlink_to(secret)
    (folder / "climbing").symlink_to(f"../{secret.name}" if secret.parent == folder.parent else "../../../../../../../../" + str(secret))
    (folder / "file").symlink_to(secret / "secret")
    for link in "absolute", "climbing", "file":
        node.apply(pod(link, shell(SLEEP, volumeMounts=[mounted("v", "/v", subPath=link)]),
                       volumes=[volume("v", hostPath={"path": str(folder)})])).ok()
        eventually(lambda: contains(node.status(link)["state"].get("waiting", {}).get("message", ""),
                                    f'failed to prepare subPath for volumeMount "v" of container "c0": open \'{link}\': '))
        contains(node.status(link)["state"]["waiting"]["message"], "the path leads out of the volume")
        node.kube("delete", "pod", link, "--force", "--wait=false").ok()
    (folder / "there-link").symlink_to(secret)
    script = "ls /v; touch /v/written"
    met = set()
    with Swapping(folder / "there", folder / "there-link"):
        for number in range(200):
            if number >= 12 and len(met) > 1:
                break
            name = f"race{number}"
            node.apply(pod(name, shell(script, volumeMounts=[mounted("v", "/v", subPath="there")]),
                           restartPolicy="Never", volumes=[volume("v", hostPath={"path": str(folder)})])).ok()
            eventually(lambda: node.pod(name)["status"]["phase"] in ("Succeeded", "Failed") or
                       node.status(name)["state"].get("waiting", {}).get("reason") == "CreateContainerConfigError")
            refused = node.pod(name)["status"]["phase"] == "Pending"
            met.add("refused" if refused else "inside")
            if not refused:
                excludes(node.kube("logs", name).ok().out, "secret")
            node.kube("delete", "pod", name, "--force").ok()
    equal(sorted(met), ["inside", "refused"], "no race")
    equal([path.name for path in secret.iterdir()], ["secret"])


@test("what the API server refuses of volumes and their mounts")
def refused():
    node = Node()
    many = {"volumes": [volume("v", emptyDir={}, hostPath={"path": "/x"})]}
    contains(node.apply(pod("a", shell("true"), **many)).exits(1).err,
             "Forbidden: may not specify more than 1 volume type")
    for source, words in (({"path": "/a/../b"}, "must not contain '..'"), ({"path": ""}, "path: Required value"),
                          ({"path": "/a", "type": "Pipe"}, "Unsupported value")):
        contains(node.apply(pod("a", shell("true"), volumes=[volume("v", hostPath=source)])).exits(1).err, words)
    for mount, words in (({"subPath": "/a"}, "must be a relative path"), ({"subPath": "a/../b"}, "must not contain '..'"),
                         ({"subPath": "a", "subPathExpr": "b"}, "subPathExpr and subPath are mutually exclusive"),
                         ({"recursiveReadOnly": "Enabled"}, "may only be specified when readOnly is true"),
                         ({"recursiveReadOnly": "IfPossible", "readOnly": True, "mountPropagation": "HostToContainer"},
                          "may only be specified when mountPropagation is None or not specified"),
                         ({"mountPropagation": "Bidirectional"}, "available only to privileged containers")):
        text = pod("a", shell("true", volumeMounts=[mounted("v", "/v", **mount)]), volumes=[volume("v", emptyDir={})])
        contains(node.apply(text).exits(1).err, words)


run()
