"""ttrpc and the little of protobuf that it needs, written apart from the shim's own: what the two agree on is the
specification.

Messages are dicts from field names to values; the tables below say which number and kind each name has. A kind is `int`,
`str`, `bytes`, a table (a message), or a list of one of those (repeated).
"""

import collections
import os
import socket
import struct
import threading

ANY = {"type_url": (1, str), "value": (2, bytes)}
TIMESTAMP = {"seconds": (1, int), "nanos": (2, int)}
MOUNT = {"type": (1, str), "source": (2, str), "target": (3, str), "options": (4, [str])}
CONTAINER = {"id": (1, str)}
PROCESS = {"id": (1, str), "exec_id": (2, str)}
PID = {"pid": (1, int)}
EXIT = {"exit_status": (1, int), "exited_at": (2, TIMESTAMP)}

# Method -> the tables of its request and its answer.
TASK = {
    "State": (PROCESS, {"id": (1, str), "bundle": (2, str), "pid": (3, int), "status": (4, int), "stdin": (5, str),
                        "stdout": (6, str), "stderr": (7, str), "terminal": (8, int), "exit_status": (9, int),
                        "exited_at": (10, TIMESTAMP), "exec_id": (11, str)}),
    "Create": ({"id": (1, str), "bundle": (2, str), "rootfs": (3, [MOUNT]), "terminal": (4, int), "stdin": (5, str),
                "stdout": (6, str), "stderr": (7, str), "checkpoint": (8, str), "options": (10, ANY)}, PID),
    "Start": (PROCESS, PID),
    "Delete": (PROCESS, {"pid": (1, int), "exit_status": (2, int), "exited_at": (3, TIMESTAMP)}),
    "Pids": (CONTAINER, {"processes": (1, [{"pid": (1, int), "info": (2, ANY)}])}),
    "Pause": (CONTAINER, {}),
    "Resume": (CONTAINER, {}),
    "Checkpoint": ({"id": (1, str), "path": (2, str), "options": (3, ANY)}, {}),
    "Kill": ({"id": (1, str), "exec_id": (2, str), "signal": (3, int), "all": (4, int)}, {}),
    "Exec": ({"id": (1, str), "exec_id": (2, str), "terminal": (3, int), "stdin": (4, str), "stdout": (5, str),
              "stderr": (6, str), "spec": (7, ANY)}, {}),
    "ResizePty": ({"id": (1, str), "exec_id": (2, str), "width": (3, int), "height": (4, int)}, {}),
    "CloseIO": ({"id": (1, str), "exec_id": (2, str), "stdin": (3, int)}, {}),
    "Update": ({"id": (1, str), "resources": (2, ANY)}, {}),
    "Wait": (PROCESS, EXIT),
    "Stats": (CONTAINER, {"stats": (1, ANY)}),
    "Connect": (CONTAINER, {"shim_pid": (1, int), "task_pid": (2, int), "version": (3, str)}),
    "Shutdown": ({"id": (1, str), "now": (2, int)}, {}),
}
_SANDBOX = {"sandbox_id": (1, str)}
_MAP = [{"key": (1, str), "value": (2, str)}]
SANDBOX = {
    "CreateSandbox": ({"sandbox_id": (1, str), "bundle_path": (2, str), "rootfs": (3, [MOUNT]), "options": (4, ANY),
                       "netns_path": (5, str), "annotations": (6, _MAP)}, {}),
    "StartSandbox": (_SANDBOX, {"pid": (1, int), "created_at": (2, TIMESTAMP), "spec": (3, ANY)}),
    "Platform": (_SANDBOX, {"platform": (1, {"os": (1, str), "architecture": (2, str), "variant": (3, str)})}),
    "StopSandbox": ({"sandbox_id": (1, str), "timeout_secs": (2, int)}, {}),
    "WaitSandbox": (_SANDBOX, EXIT),
    "SandboxStatus": ({"sandbox_id": (1, str), "verbose": (2, int)},
                      {"sandbox_id": (1, str), "pid": (2, int), "state": (3, str), "info": (4, _MAP),
                       "created_at": (5, TIMESTAMP), "exited_at": (6, TIMESTAMP), "extra": (7, ANY)}),
    "PingSandbox": (_SANDBOX, {}),
    "ShutdownSandbox": (_SANDBOX, {}),
    "SandboxMetrics": (_SANDBOX, {"metrics": (1, {"timestamp": (1, TIMESTAMP), "id": (2, str), "data": (3, ANY)})}),
}
# The CRI's PodSandboxConfig, as far as a sandbox is made of it.
_ID_MAPPING = {"host_id": (1, int), "container_id": (2, int), "length": (3, int)}
POD = {
    "metadata": (1, {"name": (1, str), "uid": (2, str), "namespace": (3, str)}),
    "hostname": (2, str),
    "dns_config": (4, {"servers": (1, [str]), "searches": (2, [str]), "options": (3, [str])}),
    "linux": (8, {
        "cgroup_parent": (1, str),
        "security_context": (2, {"namespace_options": (1, {
            "network": (1, int), "pid": (2, int), "ipc": (3, int),
            "userns_options": (5, {"mode": (1, int), "uids": (2, [_ID_MAPPING]), "gids": (3, [_ID_MAPPING])})})}),
        "sysctls": (3, _MAP)}),
}
_METHODS = collections.ChainMap(TASK, SANDBOX)
EVENTS = {
    "/tasks/create": {"container_id": (1, str), "bundle": (2, str), "rootfs": (3, [MOUNT]),
                      "io": (4, {"stdin": (1, str), "stdout": (2, str), "stderr": (3, str), "terminal": (4, int)}),
                      "checkpoint": (5, str), "pid": (6, int)},
    "/tasks/start": {"container_id": (1, str), "pid": (2, int)},
    "/tasks/exit": {"container_id": (1, str), "id": (2, str), "pid": (3, int), "exit_status": (4, int),
                    "exited_at": (5, TIMESTAMP), "exit_reason": (6, int)},
    "/tasks/delete": {"container_id": (1, str), "pid": (2, int), "exit_status": (3, int), "exited_at": (4, TIMESTAMP),
                      "id": (5, str)},
    "/tasks/oom": {"container_id": (1, str)},
    "/tasks/exec-added": {"container_id": (1, str), "exec_id": (2, str)},
    "/tasks/exec-started": {"container_id": (1, str), "exec_id": (2, str), "pid": (3, int)},
    "/tasks/paused": {"container_id": (1, str)},
    "/tasks/resumed": {"container_id": (1, str)},
    "/tasks/checkpointed": {"container_id": (1, str), "checkpoint": (2, str)},
}
METRICS = {
    "pids": (1, {"current": (1, int), "limit": (2, int)}),
    "cpu": (2, {"usage_usec": (1, int), "user_usec": (2, int), "system_usec": (3, int)}),
    "memory": (4, {"anon": (1, int), "file": (2, int), "usage": (32, int), "usage_limit": (33, int)}),
    "hugetlb": (7, [{"current": (1, int), "max": (2, int), "pagesize": (3, str)}]),
    "memory_events": (8, {"oom": (4, int), "oom_kill": (5, int)}),
}
_REQUEST = {"service": (1, str), "method": (2, str), "payload": (3, bytes), "timeout_nano": (4, int),
            "metadata": (5, [{"key": (1, str), "value": (2, str)}])}
_RESPONSE = {"status": (1, {"code": (1, int), "message": (2, str)}), "payload": (2, bytes)}
_FORWARD = {"envelope": (1, {"timestamp": (1, TIMESTAMP), "namespace": (2, str), "topic": (3, str), "event": (4, ANY)})}

TASK_V2, TASK_V3 = "containerd.task.v2.Task", "containerd.task.v3.Task"
SANDBOX_V1 = "containerd.runtime.sandbox.v1.Sandbox"
NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, UNIMPLEMENTED, INVALID_ARGUMENT = 5, 6, 9, 12, 3


def _varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def _read_varint(data, at):
    number = shift = 0
    while True:
        number |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return number, at


def encode(table, message):
    """The bytes of a message; what it does not have is left out."""
    out = b""
    for name, value in message.items():
        number, kind = table[name]
        values = value if isinstance(kind, list) else [value]
        kind = kind[0] if isinstance(kind, list) else kind
        for one in values:
            if kind is int:
                out += _varint(number << 3) + _varint(int(one))
                continue
            data = one if kind is bytes else one.encode() if kind is str else encode(kind, one)
            out += _varint(number << 3 | 2) + _varint(len(data)) + data
    return out


def decode(table, data):
    """A message with all fields of its table, but for messages that are not there: those are left out."""
    empty = {int: 0, str: "", bytes: b""}
    message = {name: [] if isinstance(kind, list) else empty[kind]
               for name, (_, kind) in table.items() if not isinstance(kind, dict)}
    names = {number: (name, kind) for name, (number, kind) in table.items()}
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        if key & 7 == 0:
            value, at = _read_varint(data, at)
        elif key & 7 == 2:
            size, at = _read_varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            size = {1: 8, 5: 4}[key & 7]
            value, at = data[at:at + size], at + size
        if key >> 3 not in names:
            continue
        name, kind = names[key >> 3]
        one = kind[0] if isinstance(kind, list) else kind
        value = value.decode() if one is str else decode(one, value) if isinstance(one, dict) else value
        if isinstance(kind, list):
            message[name].append(value)
        else:
            message[name] = value
    return message


class Refused(Exception):
    """The status of an answer that is not ok."""

    def __init__(self, status):
        self.code, self.message = status["code"], status["message"]
        super().__init__(f"code {self.code}: {self.message}")


def _receive(sock, size):
    data = b""
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            return None
        data += part
    return data


def _frame(stream, kind, payload):
    return struct.pack(">IIBB", len(payload), stream, kind, 0) + payload


class Client:
    """A connection to a shim. Answers may come in any order: call() waits for one, send() and result() do so later."""

    def __init__(self, path, service=TASK_V3):
        self.service = service
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(path))
        self.stream = -1
        self.answers = {}

    def close(self):
        """Hangs up."""
        self.socket.close()

    def send(self, method, service=None, payload=None, **request):
        """Sends a request; gives the number for result()."""
        self.stream += 2
        if payload is None:
            payload = encode(_METHODS[method][0], request)
        service = service or (SANDBOX_V1 if method in SANDBOX else None)
        body = encode(_REQUEST, {"service": service or self.service, "method": method, "payload": payload})
        self.socket.sendall(_frame(self.stream, 1, body))
        return method, self.stream

    def result(self, sent):
        """The answer to what was sent, or raises Refused."""
        method, stream = sent
        while stream not in self.answers:
            head = _receive(self.socket, 10)
            if head is None:
                raise ConnectionError("the shim hung up")
            size, number, _, _ = struct.unpack(">IIBB", head)
            self.answers[number] = decode(_RESPONSE, _receive(self.socket, size))
        response = self.answers.pop(stream)
        if response.get("status", {}).get("code"):
            raise Refused(response["status"])
        return decode(_METHODS[method][1], response["payload"])

    def call(self, method, **request):
        """Sends a request and waits for its answer."""
        return self.result(self.send(method, **request))


class EventsService:
    """Takes the place of containerd's service for events: keeps what it is told, in the order in which it came."""

    def __init__(self, path):
        self.path = path
        self.events = []
        self.arrived = threading.Condition()
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(path))
        self.listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        while head := _receive(connection, 10):
            size, stream, _, _ = struct.unpack(">IIBB", head)
            request = decode(_REQUEST, _receive(connection, size))
            assert (request["service"], request["method"]) == ("containerd.services.events.ttrpc.v1.Events", "Forward")
            envelope = decode(_FORWARD, request["payload"])["envelope"]
            event = decode(EVENTS[envelope["topic"]], envelope["event"]["value"])
            with self.arrived:
                self.events.append((envelope["topic"].removeprefix("/tasks/"), event))
                self.arrived.notify_all()
            connection.sendall(_frame(stream, 2, encode(_RESPONSE, {"payload": b""})))

    def close(self):
        """Takes no connection more."""
        self.listening.close()
        os.unlink(self.path)

    def wait_for(self, topic, timeout=60, **fields):
        """The first event of that topic with these fields, once it is there."""
        def fits(entry):
            return entry[0] == topic and all(entry[1].get(name) == value for name, value in fields.items())
        with self.arrived:
            if not self.arrived.wait_for(lambda: any(map(fits, self.events)), timeout):
                raise AssertionError(f"no event {topic} {fields} among {self.events}")
            return next(filter(fits, self.events))[1]

    def topics(self, **fields):
        """The topics of the events with these fields, in their order."""
        return [topic for topic, event in self.events
                if all(event.get(name) == value for name, value in fields.items())]
