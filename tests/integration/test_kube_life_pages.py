"""The pages of the Kubernetes documentation on initialization, lifecycle handlers and static pods, with the server that they
run: nginx, of Debian's package."""

import os
import pathlib
import signal
import time

from harness import equal, eventually, excludes, matches, run, start, temp_dir, test, that
from harness.pods import Node, add_servers, example, pid

STATIC = """
apiVersion: v1
kind: Pod
metadata:
  name: static-web
  labels:
    role: myrole
spec:
  containers:
    - name: web
      image: nginx
      ports:
        - name: web
          containerPort: 80
          protocol: TCP
"""


# Stands for info.cern.ch: a pod reaches nobody but itself here.
SERVER = """  initContainers:
  - name: info-cern-ch
    image: busybox:1.28
    restartPolicy: Always
    command: [sh, -c, "mkdir /www; echo '<title>http://info.cern.ch</title>' >/www/index.html; httpd -f -p 8000 -h /www"]
    lifecycle:
      postStart:
        exec:
          command: [sh, -c, "until wget -q -O /dev/null http://127.0.0.1:8000/; do sleep 0.1; done"]
"""


@test("page 18: an init container fetches the page that nginx then serves")
def initialization():
    add_servers()
    node = Node()
    node.apply(example("init-containers").replace("  initContainers:\n", SERVER).replace("http://info.cern.ch\n", "http://127.0.0.1:8000/\n")).ok()
    node.ready("init-demo")
    matches(node.kube("get", "pod", "init-demo").ok().out, r"^NAME .*\ninit-demo +2/2 +Running +0 +\d+s$")
    said = lambda: node.kube("exec", "init-demo", "-c", "nginx", "--", "wget", "-q", "-O", "-", "http://127.0.0.1/").out
    eventually(lambda: equal(said(), "<title>http://info.cern.ch</title>\n"))


@test("page 19: postStart has written its message; preStop has nginx end by itself")
def lifecycle():
    add_servers()
    node = Node()
    node.apply(example("lifecycle-events")).ok()
    node.ready("lifecycle-demo")
    matches(node.kube("get", "pod", "lifecycle-demo").ok().out, r"\nlifecycle-demo +1/1 +Running +0 ")
    equal(node.kube("exec", "lifecycle-demo", "--", "cat", "/usr/share/message").ok().out,
          "Hello from the postStart handler\n")
    begin = time.monotonic()
    node.kube("delete", "pod", "lifecycle-demo").ok()
    that(time.monotonic() - begin < 25, "the grace period was waited for")


@test("page 24: a static pod is seen under the node's name, comes back, starts again, and goes with its file")
def static_pod():
    add_servers()
    node, manifests = Node(), temp_dir()
    (manifests / "static-web.yaml").write_text(STATIC)
    start(*node.words, "watch", manifests)
    name = f"static-web-{os.uname().nodename.lower()}"

    def uid():
        found = node.pods()
        node.uids |= {one["metadata"]["uid"] for one in found}
        return [one["metadata"]["uid"] for one in found if one["metadata"]["name"] == name]

    eventually(lambda: that(uid(), "not there"))
    node.ready(name)
    matches(node.kube("get", "pods").ok().out, rf"^NAME +READY +STATUS +RESTARTS +AGE\n{name} +1/1 +Running +0 +\d+s$")
    equal(node.kube("get", "pods", "-l", "role=myrole", "-o", "name").ok().out, f"pod/{name}\n")
    equal(node.kube("delete", "pod", name).ok().out, f'pod "{name}" deleted\n')
    eventually(lambda: that(uid(), "not back"))
    node.ready(name)
    os.kill(pid(node, name), signal.SIGKILL)
    eventually(lambda: equal(node.status(name)["restartCount"], 1))
    node.ready(name)
    elsewhere = pathlib.Path(temp_dir(), "static-web.yaml")
    os.rename(manifests / "static-web.yaml", elsewhere)
    eventually(lambda: excludes(node.kube("get", "pods").ok().out, name))
    os.rename(elsewhere, manifests / "static-web.yaml")
    eventually(lambda: that(uid(), "not there again"))
    node.ready(name)


run()
