"""What Attach and Exec of the CRI lead to: a stream over a WebSocket (RFC 6455), as kubectl has it through the kubelet.

    stream = Stream(containerd.cri.Attach(container_id=id, stdin=True, stdout=True).url)
    stream.write(b"hello\\n")
    stream.expect(b"got hello")
"""

import base64
import json
import os
import select
import socket
import struct
import time
import urllib.parse

from .checks import that
from .runner import defer
from .where import time_scale

STDIN, STDOUT, STDERR, ERROR, RESIZE = range(5)  # the first byte of each message
_BINARY, _CLOSE = 2, 8


class Stream:
    """One connection; it is closed when the test ends. In `got` is what came so far, by its channel."""

    def __init__(self, url):
        self.got = {STDOUT: b"", STDERR: b"", ERROR: b""}
        self._buffer, self.is_open = b"", True
        place = urllib.parse.urlsplit(url)
        self._socket = socket.create_connection((place.hostname, place.port), timeout=20 * time_scale())
        defer(self._socket.close)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n".encode())
        while b"\r\n\r\n" not in self._buffer:
            part = self._socket.recv(65536)
            that(part, f"the connection was closed after {self._buffer!r}")
            self._buffer += part
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        that(head.startswith(b"HTTP/1.1 101 "), f"no WebSocket: {head.decode()}")

    def write(self, data, channel=STDIN):
        """Sends to the process's input, or another channel. At most 64 KiB."""
        message = bytes([channel]) + data
        length = bytes([0x80 | len(message)]) if len(message) < 126 else b"\xfe" + struct.pack(">H", len(message))
        self._socket.sendall(bytes([0x80 | _BINARY]) + length + bytes(4) + message)  # a mask of zeros leaves it as it is

    def close(self):
        """Ends the connection, and with it the input."""
        self._socket.close()
        self.is_open = False

    def resize(self, columns, rows):
        """The size of the terminal."""
        self.write(json.dumps({"Width": columns, "Height": rows}).encode(), RESIZE)

    def expect(self, text, channel=STDOUT, timeout=20):
        """Waits until this has come."""
        self._read_until(lambda: text in self.got[channel], timeout)
        that(text in self.got[channel], f"{text!r} has not come, only {self.got}")

    def end(self, timeout=20):
        """Waits for the end; gives what the last channel says of it: {"status": "Success"}, or the exit code as a cause."""
        self._read_until(lambda: not self.is_open, timeout)
        that(not self.is_open, f"the stream goes on after {self.got}")
        return json.loads(self.got[ERROR]) if self.got[ERROR] else {}

    def _read_until(self, is_enough, timeout):
        deadline = time.monotonic() + timeout * time_scale()
        while not is_enough() and self.is_open and time.monotonic() < deadline:
            if not select.select([self._socket], [], [], 1)[0]:
                continue
            part = self._socket.recv(65536)
            self._buffer += part
            self._take_frames()
            self.is_open = self.is_open and bool(part)

    def _take_frames(self):
        while len(self._buffer) >= 2:
            kind, length, start = self._buffer[0] & 15, self._buffer[1] & 127, 2
            if length >= 126:
                start = 4 if length == 126 else 10
                length = int.from_bytes(self._buffer[2:start], "big")
            if len(self._buffer) < max(start, start + length):
                return
            message, self._buffer = self._buffer[start:start + length], self._buffer[start + length:]
            if kind == _CLOSE:
                self.is_open = False
            elif message and message[0] in self.got:
                self.got[message[0]] += message[1:]
