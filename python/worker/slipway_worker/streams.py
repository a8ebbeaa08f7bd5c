"""Sends a reply in chunks while the script produces them, no faster than the gateway takes them."""

import time
from typing import Any, Callable, Iterator, NamedTuple, Optional

from slipway_worker import frames
from slipway_worker.peer import Peer
from slipway_worker.raw_response import as_bytes
from slipway_worker.run_clock import RunClock
from slipway_worker.script import report_error

Stream = NamedTuple(
    "Stream",
    [("call_id", int), ("start", bytes), ("chunks", Iterator[Any]), ("close", Callable[[], None])],
)


class _BrokenOff(Exception):
    """There will be no more chunks: the script failed, or nobody takes them."""


def send_stream(stream: Stream, peer: Peer, send: Callable[[bytes], None], clock: RunClock) -> bytes:
    """
    Sends all but the END frame, which it returns: lines that the script has begun go before it.

    Each chunk has the scoring time for itself. Raises PeerGone or OSError when the gateway has gone.
    """
    flags = 0
    credit = _Credit(peer, stream.call_id)
    try:
        send(stream.start)
        chunk = _next_chunk(stream, clock)
        while chunk is not None:
            # An empty chunk would be the end of the reply in HTTP.
            if chunk:
                credit.spend()
                send(frames.encode(frames.CHUNK, stream.call_id, b"", chunk))
            chunk = _next_chunk(stream, clock)
    except _BrokenOff:
        flags = frames.BROKEN_OFF
    finally:
        _close(stream)
    return frames.encode(frames.END, stream.call_id, flags=flags)


def _next_chunk(stream: Stream, clock: RunClock) -> Optional[bytes]:
    try:
        try:
            clock.expired = False
            clock.started = time.perf_counter()
            return as_bytes(next(stream.chunks))
        finally:
            clock.started = 0.0
    except StopIteration:
        return None
    except BaseException as error:
        clock.started = 0.0
        report_error("The reply was broken off", error)
        raise _BrokenOff from None


def _close(stream: Stream) -> None:
    try:
        stream.close()
    except BaseException as error:
        report_error("The reply could not be closed", error)


class _Credit:
    """How many chunks may still be sent; calls that come meanwhile are set aside."""

    def __init__(self, peer: Peer, call_id: int) -> None:
        self._peer = peer
        self._call_id = call_id
        self._left = frames.FIRST_CREDITS

    def spend(self) -> None:
        """Waits until a chunk may be sent; raises when the client has left."""
        while self._peer.has_more(wait=not self._left):
            frame = next(self._peer.frames)
            while frame is not None:
                self._note(frame)
                frame = next(self._peer.frames)
        self._left -= 1

    def _note(self, frame: frames.Frame) -> None:
        kind, call_id, _head, body = frame
        if kind not in (frames.CREDIT, frames.CANCEL):
            self._peer.set_aside.append(frame)
        elif call_id != self._call_id:
            # What was still under way for a stream that has ended.
            return
        elif kind == frames.CANCEL:
            raise _BrokenOff
        else:
            self._left += frames.credits_in(body)
