"""Frames on the socket: `u32 length | u8 type | u8 flags | u16 head length | u32 id | head | body`."""

import socket
import struct
from typing import Generator, Iterator, Optional, Tuple

PROTOCOL = 1

CALL = 1
REPLY = 2
CHUNK = 3
END = 4
LOG = 5
READY = 6
CREDIT = 7
CANCEL = 8
STOPPING = 9
BEGUN = 10
SHARED = 11
PING = 12
PONG = 13

CHUNKS_FOLLOW = 1
BROKEN_OFF = 1

# How many chunks of a stream may be sent before the gateway grants more.
FIRST_CREDITS = 16

_PREFIX = struct.Struct("<IBBHI")
_COUNT = struct.Struct("<I")
# A reply's head begins with status, marks and microseconds; packed together with the prefix.
_REPLY_START = struct.Struct("<IBBHIHBxI")
_REPLY_HEAD_BYTES = 8
_COUNTED = _PREFIX.size - 4
_READ_BYTES = 65536

RUN_FAILED = 1
RUN_TIMED = 2
PLAIN_HEADERS = 4

# Type, id, head and body; a plain tuple, for a named one takes longer to make than all else here.
Frame = Tuple[int, int, bytes, bytes]


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


def as_stream_start(reply: bytes) -> bytes:
    """The REPLY frame with the flag that chunks follow."""
    return reply[:5] + bytes((CHUNKS_FOLLOW,)) + reply[6:]


def reply_facts(reply: bytes) -> Tuple[int, int, int]:
    """Status, microseconds of the run and bytes of the body of a REPLY frame."""
    length, _kind, _flags, head_bytes, _id, status, _marks, run_us = _REPLY_START.unpack_from(reply)
    return status, run_us, length - _COUNTED - head_bytes


def credits_in(body: bytes) -> int:
    """How many more chunks a CREDIT frame grants."""
    return int(_COUNT.unpack(body)[0])


def read_frames(connection: socket.socket) -> Iterator[Optional[Frame]]:
    """
    Every frame as it arrives, and None before each time that the socket is read, which blocks as the socket
    does. Raises PeerGone at its end. Nothing is lost where a socket that would block is tried again.

    A generator, for local names and resuming cost a third of what attributes and methods do.
    """
    receive, unpack = connection.recv, _PREFIX.unpack_from
    rest, at = b"", 0
    while True:
        if len(rest) - at >= 12:
            length, kind, _flags, head_bytes, frame_id = unpack(rest, at)
            head_at, end = at + 12, at + 4 + length
            body_at, missing = head_at + head_bytes, end - len(rest)
            if missing <= 0:
                at = end
                yield kind, frame_id, rest[head_at:body_at], rest[body_at:end]
                continue
            if missing > _READ_BYTES and body_at <= len(rest):
                head, begun = rest[head_at:body_at], rest[body_at:]
                rest, at = b"", 0
                # No name for the body here: it would be kept until the next large one.
                yield kind, frame_id, head, (yield from _read_large(connection, begun, missing))
                continue
        yield None
        try:
            more = receive(_READ_BYTES)
        except BlockingIOError:
            continue
        except ConnectionError:
            raise PeerGone from None
        if not more:
            raise PeerGone
        rest, at = rest[at:] + more if at < len(rest) else more, 0


def _read_large(connection: socket.socket, begun: bytes, missing: int) -> Generator[None, None, bytes]:
    """The whole of a large body, joined by one copy; waiting for all of it at once would hold up others."""
    pieces = [begun]
    while missing > 0:
        yield None
        try:
            piece = connection.recv(missing)
        except BlockingIOError:
            continue
        except ConnectionError:
            raise PeerGone from None
        if not piece:
            raise PeerGone
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
