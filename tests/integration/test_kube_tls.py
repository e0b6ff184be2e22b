"""Probes of the scheme HTTPS: any certificate will do; what is no TLS, or is broken off, is a failure that says so."""

import http.server
import os
import signal
import socket
import ssl
import subprocess
import threading
import time

from harness import binary, contains, defer, equal, eventually, matches, run, sh, temp_dir, test, that
from harness.pods import SLEEP, Node, pod, shell
from harness.processes import alive


class Answer(http.server.BaseHTTPRequestHandler):
    """Says what path and which header came; /moved leads to /healthz, by HTTPS again."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers["Host"], self.headers["X-Mark"], self.request.server_name))
        moved = self.path == "/moved"
        body = b"" if moved else b"x" * self.server.size
        self.send_response(302 if moved else self.server.status)
        if moved:
            self.send_header("Location", f"https://{self.headers['Host']}/healthz")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve():
    """A server of HTTPS on this machine, whose certificate ended long ago and is of another name."""
    folder = temp_dir()
    key = sh(binary("nacelle-sign"), "new-key").ok().out
    (folder / "key").write_text(key)
    made = sh("sh", "-c", 'exec "$0" certificate elsewhere 1000000000 1 3<"$1"', binary("nacelle-sign"), folder / "key").ok()
    (folder / "certificate").write_text(made.out)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")
    context.sni_callback = lambda connection, name, _: setattr(connection, "server_name", name)
    ssl.SSLSocket.server_name = None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.asked, server.status, server.size = [], 200, 2
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    defer(server.shutdown)
    return server


def probed(port, name="web", kind="readiness", seconds=30, **action):
    """A pod in the machine's network, which is asked every second."""
    action = {"scheme": "HTTPS", "port": port, "host": "127.0.0.1", **action}
    probe = {"httpGet": action, "periodSeconds": 1, "timeoutSeconds": seconds, "failureThreshold": 1}
    return pod(name, shell(SLEEP, **{f"{kind}Probe": probe}), hostNetwork=True)


@test("a server is asked by TLS, whatever its certificate says, with path and headers, and redirects are followed")
def asked():
    node, server = Node(), serve()
    port = server.server_port
    server.size = 50_000
    node.apply(probed(port, path="/moved", httpHeaders=[{"name": "X-Mark", "value": "here"}])).ok()
    node.ready("web")
    equal(server.asked[:2], [("/moved", f"127.0.0.1:{port}", "here", None), ("/healthz", f"127.0.0.1:{port}", "here", None)])
    server.status = 503
    eventually(lambda: contains(node.kube("describe", "pod", "web").ok().out, "HTTP probe failed with statuscode: 503"), timeout=60)


@test("a name is sent along, so that a server of many names knows which; and no program is left behind")
def named():
    node, server = Node(), serve()
    node.apply(probed(server.server_port, host="localhost", path="/")).ok()
    node.ready("web")
    equal(server.asked[0], ("/", f"localhost:{server.server_port}", None, "localhost"))
    eventually(lambda: that(len(server.asked) > 3, "it was asked only once"), timeout=60)
    children = f"/proc/{node.supervisor('web')}/task/{node.supervisor('web')}/children"
    eventually(lambda: equal([pid for pid in open(children).read().split()
                              if "nacelle-tls" in open(f"/proc/{pid}/comm").read()], []), timeout=60)


@test("what is no TLS, what breaks off, and what says nothing is a failure, and says so")
def failures():
    node = Node()
    plain = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    defer(plain.shutdown)
    silent, closing = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))

    def close_all():
        while True:
            try:
                closing.accept()[0].close()
            except OSError:
                return

    threading.Thread(target=close_all, daemon=True).start()
    defer(closing.close)
    defer(silent.close)
    for name, port, why in (("plain", plain.server_port, "tls: first record does not look like a TLS handshake"),
                            ("silent", silent.getsockname()[1], "context deadline exceeded \\(Client.Timeout exceeded while awaiting headers\\)"),
                            ("closing", closing.getsockname()[1], "(EOF|Connection reset by peer)"),
                            ("none", 1, "dial tcp 127.0.0.1:1: connect: connection refused")):
        node.apply(probed(port, name, seconds=1)).ok()
        eventually(lambda: matches(node.kube("describe", "pod", name).ok().out,
                                   f"Readiness probe failed: Get \"https://127.0.0.1:{port}/\": {why}"), timeout=60)
        node.kube("delete", "pod", name).ok()


@test("what speaks TLS with a server is nobody, and cannot become more")
def nobody():
    node = Node()
    silent = socket.create_server(("127.0.0.1", 0))
    defer(silent.close)
    node.apply(probed(silent.getsockname()[1], seconds=600)).ok()
    supervisor = node.supervisor("web")

    def program():
        for pid in open(f"/proc/{supervisor}/task/{supervisor}/children").read().split():
            if open(f"/proc/{pid}/comm").read() == "nacelle-tls\n":
                return pid
        return False

    pid = eventually(program, timeout=60)
    status = eventually(lambda: (text := open(f"/proc/{pid}/status").read()) and "NoNewPrivs:\t1" in text and text, timeout=60)
    matches(status, r"Uid:\t65534\t65534\t65534\t65534\nGid:\t65534\t65534\t65534\t65534\n")
    matches(status, r"CapEff:\t0+\n")
    equal(sorted(os.listdir(f"/proc/{pid}/fd")), ["0", "1", "2", "3"])
    os.kill(supervisor, signal.SIGKILL)
    eventually(lambda: that(not alive(int(pid)), "it outlives who asked it"))


@test("a request that comes later than the server's tickets for the next session is passed on, too")
def late():
    server = serve()
    ours, theirs = socket.socketpair()
    defer(ours.close)
    with socket.create_connection(("127.0.0.1", server.server_port)) as connected:
        process = subprocess.Popen(["sh", "-c", 'exec 3<&"$1"; exec "$0" localhost', binary("nacelle-tls"), str(connected.fileno())],
                                   stdin=theirs, pass_fds=[connected.fileno()])
    defer(process.wait)
    defer(process.kill)
    theirs.close()
    ours.settimeout(60)
    equal(len(ours.recv(1)), 1)
    time.sleep(0.5)
    ours.sendall(b"GET /late HTTP/1.0\r\nHost: localhost\r\n\r\n")
    contains(ours.recv(100).decode(), " 200 OK")


run()
