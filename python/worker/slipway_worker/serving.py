"""Serves calls over the worker's Unix socket: one call at a time over all gateways, in order for each."""

import fcntl
import json
import logging
import os
import select
import signal
import socket
import threading
from types import FrameType
from typing import Any, Callable, Dict, List, Optional, Union

from slipway_worker import frames
from slipway_worker.call_log import CallLog
from slipway_worker.frames import PeerGone
from slipway_worker.logs import LineWriter, LogSink
from slipway_worker.peer import LOOK_S, Peer
from slipway_worker.run_clock import RunClock
from slipway_worker.streams import Stream, send_stream

_log = logging.getLogger("azmlinfsrv")

Answer = Callable[[int, bytes, bytes], Union[bytes, Stream]]


class Server:
    """Binds the socket when created, so that a gateway may connect before `serve` is called."""

    def __init__(self, path: str, clock: RunClock, sink: LogSink, writers: List[LineWriter]) -> None:
        self._path = path
        self._clock = clock
        self._sink = sink
        self._writers = writers
        self._call_log = CallLog()
        self._lock = threading.Lock()
        self._greeting = b""
        self._peers: List[Peer] = []
        # Takes the lines that are printed: the gateway whose call runs, between calls any.
        self._log_peer: Optional[Peer] = None
        # The only one, while the worker waits for its frames alone.
        self._sole: Optional[Peer] = None
        self._has_visitor = False
        self._is_stopping = False
        self._process = os.getpid()
        self._listener = _bind(path)
        # In place before anybody learns that the worker is ready, or an early SIGTERM would end it rudely.
        signal.signal(signal.SIGTERM, self._on_terminate)
        signal.signal(signal.SIGIO, self._on_visitor)
        _announce_visitors(self._listener)
        self._guard_forks()

    def serve(self, ready: Dict[str, Any], answer: Answer) -> None:
        """Answers calls until SIGTERM; a call that is running then is answered before this returns."""
        self._greeting = json.dumps(ready).encode()
        self._answer = answer
        while not self._is_stopping:
            if len(self._peers) == 1:
                self._serve_one(self._peers[0])
            else:
                self._serve_several()
        for peer in self._peers:
            self._tell(peer, frames.STOPPING)
        for peer in list(self._peers):
            self._drop(peer)

    def close(self) -> None:
        self._listener.close()
        if os.path.exists(self._path):
            os.unlink(self._path)

    # ---- waiting for frames

    def _serve_one(self, peer: Peer) -> None:
        """The usual case, and the way of every call: one read for all frames that have come, no polling."""
        self._sole = peer
        peer.block()
        arriving, set_aside = peer.frames, peer.set_aside
        is_gone = has_read = False
        try:
            # A signal handler sets its flag before it wakes the peer, so neither flag is missed.
            while not self._is_stopping and not self._has_visitor:
                frame = set_aside.popleft() if set_aside else next(arriving)
                if frame is None:
                    self._look_around()
                    # Nothing came in a second: time to look for visitors whose signal the script has taken.
                    self._has_visitor |= not has_read
                    has_read = False
                else:
                    has_read = True
                    self._handle(peer, frame)
        except (PeerGone, OSError):
            is_gone = True
        self._sole = None
        if is_gone:
            self._drop(peer)
        self._admit()

    def _serve_several(self) -> None:
        """No gateway, or more than one: a frame of each in turn."""
        for peer in self._peers:
            # None of them may hold the others up, even when it is read once too often.
            peer.wake()
        having = list(self._peers)
        while len(self._peers) != 1 and not self._is_stopping:
            readable = self._poll(wait=not having)
            # Who has left meanwhile is not among the peers any more.
            turn = [peer for peer in self._peers if peer in having or peer in readable]
            having = [peer for peer in turn if self._take_turn(peer)]

    def _take_turn(self, peer: Peer) -> bool:
        """Whether there may be more frames of this peer without reading."""
        try:
            frame = peer.next_frame()
            if frame is None:
                self._look_around()
                return False
            if frame[0] == frames.CALL:
                self._send(peer, frames.encode(frames.BEGUN, frame[1]))
            self._handle(peer, frame)
        except (PeerGone, OSError):
            self._drop(peer)
            return False
        return True

    def _poll(self, wait: bool) -> List[Peer]:
        """The peers that can be read; new ones are admitted."""
        poller = select.poll()
        poller.register(self._listener, select.POLLIN)
        for peer in self._peers:
            poller.register(peer.connection, select.POLLIN)
        found = {descriptor for descriptor, _ in poller.poll(1000 * LOOK_S if wait else 0)}
        readable = [peer for peer in self._peers if peer.connection.fileno() in found]
        if self._listener.fileno() in found:
            self._admit()
        return readable

    def _look_around(self) -> None:
        """What a script may have changed; looked at between calls, when their replies have left."""
        self._clock.install()
        self._call_log.refresh()

    # ---- frames

    def _handle(self, peer: Peer, frame: frames.Frame) -> None:
        kind, call_id, head, body = frame
        if kind != frames.CALL:
            # What else a gateway says belongs to a stream that has ended meanwhile.
            if kind == frames.PING:
                self._send(peer, frames.encode(frames.PONG, call_id))
            return
        sink = self._sink
        self._log_peer = peer
        sink.call_id = call_id
        answer = self._answer(call_id, head, body)
        if self._call_log.is_on:
            self._call_log.write(head, answer)
        reply = answer if isinstance(answer, bytes) else self._stream(peer, answer)
        if sink.has_open_line:
            sink.has_open_line = False
            for writer in self._writers:
                writer.end_call()
        sink.call_id = 0
        # The reply leaves before the next call begins: only the oldest unanswered one can have begun.
        # No run is on the clock now, so no alarm can interrupt this.
        with self._lock:
            peer.connection.sendall(reply)

    def _stream(self, peer: Peer, stream: Stream) -> bytes:
        return send_stream(stream, peer, lambda frame: self._send(peer, frame), self._clock)

    def _send(self, peer: Peer, frame: bytes) -> None:
        with self._clock, self._lock:
            try:
                peer.connection.sendall(frame)
            except OSError:
                # Half a frame may have left: nothing more can follow it.
                peer.give_up()
                raise

    def _send_log(self, frame: bytes) -> None:
        peer = self._log_peer
        if peer is None:
            raise BrokenPipeError
        self._send(peer, frame)

    def _tell(self, peer: Peer, kind: int, flags: int = 0, body: bytes = b"") -> None:
        try:
            self._send(peer, frames.encode(kind, flags=flags, body=body))
        except OSError:
            # It is dropped when it is read.
            return

    # ---- coming and going

    def _admit(self) -> None:
        """Greets every gateway that has connected."""
        self._has_visitor = False
        while not self._is_stopping:
            try:
                connection = self._listener.accept()[0]
            except BlockingIOError:
                return
            for each in [each for each in self._peers if each.has_left()]:
                self._drop(each)
            peer = Peer(connection)
            self._peers.append(peer)
            _log.debug("a gateway has connected; there are %d", len(self._peers))
            self._tell(peer, frames.READY, body=self._greeting)
            if len(self._peers) == 1:
                self._log_peer = peer
                self._sink.connect(self._send_log)
            else:
                for each in self._peers if len(self._peers) == 2 else [peer]:
                    self._tell(each, frames.SHARED, flags=1)

    def _drop(self, peer: Peer) -> None:
        self._sink.call_id = 0
        self._peers.remove(peer)
        peer.close()
        if self._log_peer is peer:
            self._log_peer = self._peers[0] if self._peers else None
        if not self._peers:
            self._sink.connect(None)
        elif len(self._peers) == 1 and not self._is_stopping:
            self._tell(self._peers[0], frames.SHARED)

    def _on_visitor(self, _signal: int, _frame: Optional[FrameType]) -> None:
        self._has_visitor = True
        if self._sole is not None:
            self._sole.wake()

    def _on_terminate(self, _signal: int, _frame: Optional[FrameType]) -> None:
        if os.getpid() != self._process:
            # A process that the script has forked, where Python is too old for `register_at_fork`.
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)
            return
        self._is_stopping = True
        if self._sole is not None:
            self._sole.wake()
        # Ends a poll that waits; nobody is admitted any more.
        self._listener.shutdown(socket.SHUT_RDWR)

    def _guard_forks(self) -> None:
        """
        Has processes that the script forks end as any other, and keep no connection open after this one.

        SIGTERM waits while a process is forked: the child would forget one that comes before it is its own.
        """
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]),
                after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM]),
                after_in_child=self._leave_to_child,
            )

    def _leave_to_child(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        self._listener.close()
        for peer in self._peers:
            peer.close()


def _bind(path: str) -> socket.socket:
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(path)
    finally:
        os.umask(before)
    listener.listen(8)
    listener.setblocking(False)
    return listener


def _announce_visitors(listener: socket.socket) -> None:
    """Has the kernel send SIGIO for every connection, also while the worker waits for its only gateway."""
    fcntl.fcntl(listener, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(listener, fcntl.F_SETFL, fcntl.fcntl(listener, fcntl.F_GETFL) | os.O_ASYNC)
