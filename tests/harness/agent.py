"""A seccomp agent: takes the listeners of containers' processes at a socket and answers their notifications."""

import array
import errno
import fcntl
import json
import os
import select
import socket
import struct
import threading

from .runner import defer, temp_dir
from .where import time_scale

RECEIVE, SEND = 0xC0502100, 0xC0182101  # SECCOMP_IOCTL_NOTIF_…
CONTINUE = 1  # SECCOMP_USER_NOTIF_FLAG_CONTINUE
NOTIFICATION = struct.Struct("=QIIiIQ6Q")  # struct seccomp_notif
ANSWER = struct.Struct("=QqiI")  # struct seccomp_notif_resp


class Agent:
    """Listens at .path; .messages are what came with the listeners, one a connection, as dicts. Every call that it is
    asked about gets `answer`: a negative errno, or None to let it go on; .calls are the numbers of those calls."""

    def __init__(self, answer=-errno.EDQUOT):
        self.path = str(temp_dir() / "agent.sock")
        self.answer = answer
        self.messages, self.calls, self.connections = [], [], 0
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(self.path)
        self._socket.listen()
        self._listeners = []
        self._ending = False
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        defer(self._stop)

    def _stop(self):
        self._ending = True
        self._thread.join(10 * time_scale())
        self._socket.close()
        for listener in self._listeners:
            os.close(listener)

    def _serve(self):
        while not self._ending:
            ready, _, _ = select.select([self._socket, *self._listeners], [], [], 0.05)
            for one in ready:
                if one is self._socket:
                    self._accept()
                else:
                    self._decide(one)

    def _accept(self):
        connection, _ = self._socket.accept()
        self.connections += 1
        with connection:
            descriptors = array.array("i")
            data, control, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(8 * descriptors.itemsize))
            for level, kind, content in control:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                    descriptors.frombytes(content)
            rest = connection.recv(1)  # there is one message, then the end
        self._listeners += descriptors
        self.messages.append({**json.loads(data), "descriptors": len(descriptors), "rest": rest})

    def _decide(self, listener):
        buffer = bytearray(NOTIFICATION.size)
        try:
            fcntl.ioctl(listener, RECEIVE, buffer)
            number, _, _, call, *_ = NOTIFICATION.unpack(buffer)
            self.calls.append(call)
            flags = CONTINUE if self.answer is None else 0
            fcntl.ioctl(listener, SEND, ANSWER.pack(number, 0, self.answer or 0, flags))
        except OSError:  # the last process of the filter is gone
            self._listeners.remove(listener)
            os.close(listener)
