"""Static pods: `nacelle kube watch` makes pods of the manifests in a folder or at a URL, and ends them with them."""

import http.server
import os
import signal
import threading

from harness import contains, defer, equal, eventually, matches, run, start, temp_dir, test, that
from harness.pods import SLEEP, Node, pid, pod, shell

HOST = os.uname().nodename.lower()


def watched(node, source):
    """Starts the watch of a source; gives the process, whose output is in node.folder/watch."""
    with open(node.folder / "watch", "w") as out:
        return start(*node.words, "watch", source, stdout=out, stderr=out)


def said(node):
    """What the watch has said."""
    return (node.folder / "watch").read_text()


def names(node):
    """The pods that are there, as `get -o name` has them."""
    found = node.kube("get", "pods", "-o", "name").ok().out.split()
    node.uids |= {one["metadata"]["uid"] for one in node.pods()}
    return found


def write(path, *containers, **more):
    """Writes a manifest as careful people do: beside it first."""
    beside = path.with_name("." + path.name)
    beside.write_text(pod(path.stem, *containers, **more))
    beside.rename(path)


@test("pods appear, change and vanish with the files of the folder; they are named and marked as the kubelet does")
def folder():
    node, manifests = Node(), temp_dir()
    web = manifests / "static-web.yaml"
    write(web, shell(SLEEP, name="web"))
    (manifests / ".hidden.yaml").write_text("not even YAML: [")
    (manifests / "folder").mkdir()
    os.mkfifo(manifests / "pipe.yaml")
    process = watched(node, manifests)
    name = f"static-web-{HOST}"
    eventually(lambda: equal(names(node), [f"pod/{name}"]))
    node.ready(name)
    first = node.pod(name)
    annotations = first["metadata"]["annotations"]
    matches(annotations["kubernetes.io/config.hash"], r"^[0-9a-f]{32}$")
    equal(annotations["kubernetes.io/config.hash"], first["metadata"]["uid"])
    equal(annotations["kubernetes.io/config.mirror"], first["metadata"]["uid"])
    equal(annotations["kubernetes.io/config.source"], "file")
    matches(annotations["kubernetes.io/config.seen"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
    write(web, shell(SLEEP, name="changed"))
    eventually(lambda: equal([one["spec"]["containers"][0]["name"] for one in node.pods()], ["changed"]))
    that(node.pod(name)["metadata"]["uid"] != first["metadata"]["uid"], "the uid is the old one")
    node.ready(name)
    os.rename(web, manifests / ".gone")
    eventually(lambda: equal(names(node), []))
    os.rename(manifests / ".gone", web)
    eventually(lambda: equal(names(node), [f"pod/{name}"]))
    once = f"pod/{name} created\npod/{name} deleted\n"
    eventually(lambda: equal(said(node), 2 * once + f"pod/{name} created\n"))
    that(process.poll() is None, "the watch has ended")


@test("a static pod that is deleted comes back, and a container of it that is killed starts again")
def comes_back():
    node, manifests = Node(), temp_dir()
    write(manifests / "web.yaml", shell(SLEEP))
    watched(node, manifests)
    name = f"web-{HOST}"
    eventually(lambda: equal(names(node), [f"pod/{name}"]))
    node.ready(name)
    created = node.status(name)["containerID"]
    equal(node.kube("delete", "pod", name).ok().out, f'pod "{name}" deleted\n')
    eventually(lambda: that(node.status(name).get("containerID", created) != created, "still the old one"))
    node.ready(name)
    os.kill(pid(node, name), signal.SIGKILL)
    eventually(lambda: equal(node.status(name)["restartCount"], 1))
    node.ready(name)


@test("when the watch ends the pods go on, and the next one takes them as they are")
def watch_again():
    node, manifests = Node(), temp_dir()
    write(manifests / "web.yaml", shell(SLEEP))
    process = watched(node, manifests)
    name = f"web-{HOST}"
    eventually(lambda: equal(names(node), [f"pod/{name}"]))
    node.ready(name)
    before = node.pod(name)
    process.terminate()
    process.wait()
    watched(node, manifests)
    write(manifests / "other.yaml", shell(SLEEP))
    eventually(lambda: equal(names(node), [f"pod/other-{HOST}", f"pod/{name}"]))
    eventually(lambda: equal(said(node), f"pod/other-{HOST} created\n"))
    after = node.pod(name)
    equal((after["metadata"]["uid"], after["status"]["containerStatuses"][0]["containerID"]),
          (before["metadata"]["uid"], before["status"]["containerStatuses"][0]["containerID"]))


@test("a manifest with a mistake is named, ends no pod, and keeps no other from being read")
def mistakes():
    node, manifests = Node(), temp_dir()
    for name in ("a", "b"):
        write(manifests / f"{name}.yaml", shell(SLEEP))
    watched(node, manifests)
    eventually(lambda: equal(len(names(node)), 2))
    (manifests / "a.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {container: []}\n")
    write(manifests / "secret.yaml", shell(SLEEP), volumes=[{"name": "s", "secret": {"secretName": "x"}}])
    write(manifests / "account.yaml", shell(SLEEP), serviceAccountName="default")
    write(manifests / "c.yaml", shell(SLEEP))
    eventually(lambda: equal(names(node), [f"pod/{name}-{HOST}" for name in "abc"]))
    for mistake in (f'{manifests}/a.yaml:4:8: strict decoding error: unknown field "spec.container"',
                    f"{manifests}/secret.yaml: pod 'secret': static pods may not reference secrets\n",
                    f"{manifests}/account.yaml: pod 'account': static pods may not reference serviceaccounts\n"):
        eventually(lambda: contains(said(node), f"error: {mistake}"))
    equal(names(node), [f"pod/{name}-{HOST}" for name in "abc"])


class Manifest(http.server.BaseHTTPRequestHandler):
    """Serves the server's text, or its error."""

    def do_GET(self):
        text = self.server.text
        self.send_response(200 if text else 503)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


@test("a manifest at a URL is fetched every 20 seconds; a server that fails ends no pod; https is refused")
def url():
    node = Node()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Manifest)
    server.text = pod("web", shell(SLEEP))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    defer(server.shutdown)
    address = f"http://127.0.0.1:{server.server_port}/manifest"
    watched(node, address)
    eventually(lambda: equal(names(node), [f"pod/web-{HOST}"]))
    equal(node.pod(f"web-{HOST}")["metadata"]["annotations"]["kubernetes.io/config.source"], "http")
    server.text = ""
    eventually(lambda: contains(said(node), f"error: {address}: the server says: 503"))
    equal(names(node), [f"pod/web-{HOST}"])
    server.text = pod("other", shell(SLEEP))
    eventually(lambda: equal(names(node), [f"pod/other-{HOST}"]))
    contains(node.kube("watch", "https://127.0.0.1/x").exits(1).err,
             "error: 'https://127.0.0.1/x': https is not supported yet by this version")
    contains(node.kube("watch", "/nosuch").exits(1).err, "error: watch '/nosuch': ")


run()
