"""The pages of the Kubernetes documentation on volumes and on a shared process namespace, with the servers that they run:
nginx and redis, of Debian's packages."""

from harness import contains, equal, eventually, matches, repo, run, test

from harness.pods import Node, add_servers, example, host_folder

@test("page 9: redis is killed and started again, and what was in its emptyDir is there")
def redis():
    add_servers()
    node = Node()
    node.apply(example("redis")).ok()
    node.ready("redis")
    matches(node.kube("get", "pod", "redis").ok().out, r"(?m)^redis +1/1 +Running +0 ")

    def inside(script):
        return node.kube("exec", "redis", "--", "sh", "-c", script).ok().out

    eventually(lambda: equal(node.kube("exec", "redis", "--", "redis-cli", "ping").out, "PONG\n"))
    inside("cd /data/redis/ && echo Hello > test-file")
    server = matches(inside("ps aux"), r"(?m)^ +(\d+) root +(?:\d+:\d+ +)?redis-server \*:6379$").group(1)
    equal((server, inside("pwd")), ("1", "/data\n"))
    inside(f"kill {server}")
    eventually(lambda: matches(node.kube("get", "pod", "redis").ok().out, r"(?m)^redis +1/1 +Running +1 "))
    equal(inside("cd /data/redis/ && ls"), "test-file\n")
    eventually(lambda: equal(node.kube("exec", "redis", "--", "redis-cli", "ping").out, "PONG\n"))
    equal(node.kube("delete", "pod", "redis").ok().out, 'pod "redis" deleted\n')


@test("page 10: nginx serves index.html of a persistent volume")
def persistent_volume():
    add_servers()
    node, folder = Node(), host_folder()
    (folder / "index.html").write_text("Hello from Kubernetes storage\n")
    node.apply(example("pv-volume").replace("/mnt/data", str(folder))).ok()
    node.apply(example("pv-claim")).ok()
    node.apply(example("pv-pod")).ok()
    node.ready("task-pv-pod")
    get = ("exec", "task-pv-pod", "--", "wget", "-q", "-O", "-", "http://127.0.0.1/")
    eventually(lambda: equal(node.kube(*get).out, "Hello from Kubernetes storage\n"))
    eventually(lambda: contains(node.kube("logs", "task-pv-pod").ok().out, "GET / HTTP/1.1"))
    equal(node.kube("delete", "pod", "task-pv-pod").ok().out, 'pod "task-pv-pod" deleted\n')


@test("page 21: nginx and a shell share their processes: pause is PID 1, SIGHUP makes new workers, /proc shows nginx's files")
def shared_processes():
    add_servers()
    node = Node()
    node.apply(repo / "examples/share-process-namespace.yaml").ok()
    node.ready("nginx")

    def inside(*command):
        return node.kube("exec", "nginx", "-c", "shell", "--", *command).ok().out

    def worker():
        return matches(inside("ps", "ax"), r"(?m)^ +(\d+) 101 +(?:\d+:\d+ +)?nginx: worker process$").group(1)

    def master_process():
        return matches(inside("ps", "ax"), r"(?m)^ +(\d+) root +(?:\d+:\d+ +)?nginx: master process nginx -g daemon off;$").group(1)

    matches(inside("ps", "ax"), r"(?m)^ +1 root +(?:\d+:\d+ +)?/pause$")
    master = eventually(master_process)
    first = eventually(worker)
    inside("kill", "-HUP", master)
    eventually(lambda: matches(f"{first} {worker()}", r"^(\d+) (?!\1$)\d+$"))
    contains(inside("head", f"/proc/{master}/root/etc/nginx/nginx.conf"), "user  nginx;\nworker_processes  1;\n")
    equal(node.status("nginx")["restartCount"], 0)


run()
