"""Frames on the socket: `u32 length | u8 type | u8 flags | u16 head length | u32 id | head | body`."""

import socket
import struct
from typing import NamedTuple, Optional

PROTOCOL = 1

CALL = 1
REPLY = 2
LOG = 5
READY = 6
STOPPING = 9

_PREFIX = struct.Struct("<IBBHI")
# A reply's head begins with status, marks and microseconds; packed together with the prefix.
_REPLY_START = struct.Struct("<IBBHIHBxI")
_REPLY_HEAD_BYTES = 8
_COUNTED = _PREFIX.size - 4
_CHUNK_BYTES = 65536

RUN_FAILED = 1
RUN_TIMED = 2
PLAIN_HEADERS = 4

Frame = NamedTuple("Frame", [("type", int), ("id", int), ("head", bytes), ("body", bytes)])


class PeerGone(Exception):
    """The other side closed the connection."""


def encode(kind: int, frame_id: int = 0, head: bytes = b"", body: bytes = b"", flags: int = 0) -> bytes:
    length = _COUNTED + len(head) + len(body)
    return _PREFIX.pack(length, kind, flags, len(head), frame_id) + head + body


def encode_reply(frame_id: int, status: int, marks: int, run_us: int, headers: bytes, body: bytes) -> bytes:
    """`headers` is JSON `[[name, value], …]`, or empty for a plain JSON reply."""
    head_bytes = _REPLY_HEAD_BYTES + len(headers)
    length = _COUNTED + head_bytes + len(body)
    start = _REPLY_START.pack(length, REPLY, 0, head_bytes, frame_id, status, marks, run_us & 0xFFFFFFFF)
    return start + headers + body if headers else start + body


class FrameReader:
    """Cuts what a socket delivers into frames; a large frame is received in place, without growing copies."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._rest = b""
        self._at = 0

    def next_buffered(self) -> Optional[Frame]:
        """The next frame if it has arrived whole."""
        rest, at = self._rest, self._at
        head_at = at + 12
        if len(rest) < head_at:
            return None
        length, kind, _flags, head_bytes, frame_id = _PREFIX.unpack_from(rest, at)
        end = at + 4 + length
        if len(rest) < end:
            return None
        self._at = end
        body_at = head_at + head_bytes
        return Frame(kind, frame_id, rest[head_at:body_at] if head_bytes else b"", rest[body_at:end])

    def receive(self) -> None:
        """Waits for more bytes; raises PeerGone when there will be none."""
        missing = self._missing_bytes()
        if missing > _CHUNK_BYTES:
            self._receive_exactly(missing)
            return
        try:
            more = self._connection.recv(_CHUNK_BYTES)
        except ConnectionError:
            raise PeerGone from None
        if not more:
            raise PeerGone
        self._rest = self._rest[self._at :] + more if self._at < len(self._rest) else more
        self._at = 0

    def _missing_bytes(self) -> int:
        have = len(self._rest) - self._at
        if have < 4:
            return 0
        return int(struct.unpack_from("<I", self._rest, self._at)[0]) + 4 - have

    def _receive_exactly(self, missing: int) -> None:
        have = len(self._rest) - self._at
        whole = bytearray(have + missing)
        whole[:have] = self._rest[self._at :]
        with memoryview(whole) as view:
            while have < len(whole):
                with view[have:] as free:
                    have += self._receive_into(free)
        self._rest, self._at = bytes(whole), 0

    def _receive_into(self, free: memoryview) -> int:
        try:
            count = self._connection.recv_into(free)
        except ConnectionError:
            raise PeerGone from None
        if count == 0:
            raise PeerGone
        return count
