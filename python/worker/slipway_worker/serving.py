"""Serves calls over the worker's Unix socket: one gateway at a time, one call at a time, replies in order."""

import json
import os
import signal
import socket
import threading
from types import FrameType
from typing import Any, Callable, Dict, Optional

from slipway_worker import frames
from slipway_worker.logs import LineWriter, LogSink
from slipway_worker.run_clock import RunClock

Answer = Callable[[frames.Frame], bytes]


class Stop(BaseException):
    """The worker was asked to end and is between two calls."""


class Server:
    """Binds the socket when created, so that a gateway may connect before `serve` is called."""

    def __init__(self, path: str, clock: RunClock, sink: LogSink) -> None:
        self._path = path
        self._clock = clock
        self._sink = sink
        self._lock = threading.Lock()
        self._connection: Optional[socket.socket] = None
        self._is_waiting = False
        self._is_stopping = False
        self._listener = _bind(path)
        # In place before anybody learns that the worker is ready, or an early SIGTERM would end it rudely.
        signal.signal(signal.SIGTERM, self._on_terminate)

    def serve(self, ready: Dict[str, Any], answer: Answer, writers: "list[LineWriter]") -> None:
        """Answers calls until SIGTERM; a call that is running then is answered before this returns."""
        greeting = frames.encode(frames.READY, body=json.dumps(ready).encode())
        try:
            while True:
                self._connection = self._accept()
                try:
                    self._greet(self._connection, greeting)
                    self._converse(self._connection, answer, writers)
                except (frames.PeerGone, OSError):
                    pass
                self._drop_connection()
        except Stop:
            self._say_goodbye()

    def close(self) -> None:
        self._listener.close()
        if os.path.exists(self._path):
            os.unlink(self._path)

    def close_in_child(self) -> None:
        """A forked child must not keep the gateway's connection open after this process has died."""
        self._listener.close()
        if self._connection is not None:
            self._connection.close()

    def _greet(self, connection: socket.socket, greeting: bytes) -> None:
        connection.sendall(greeting)
        self._sink.connect(self._send)

    def _converse(self, connection: socket.socket, answer: Answer, writers: "list[LineWriter]") -> None:
        reader = frames.FrameReader(connection)
        while True:
            call = reader.next_buffered()
            if call is None:
                self._wait(reader.receive)
            elif self._is_stopping:
                raise Stop
            elif call.type == frames.CALL:
                self._sink.call_id = call.id
                reply = answer(call)
                for writer in writers:
                    writer.end_call()
                self._sink.call_id = 0
                # The reply leaves before the next call begins: only the oldest unanswered one can have begun.
                # No run is on the clock now, so no alarm can interrupt this.
                with self._lock:
                    connection.sendall(reply)

    def _accept(self) -> socket.socket:
        connection: socket.socket = self._wait(self._listener.accept)[0]
        return connection

    def _wait(self, blocking: Callable[[], Any]) -> Any:
        """Where SIGTERM may interrupt; what was received but not begun goes back to the gateway."""
        self._is_waiting = True
        if self._is_stopping:
            raise Stop
        result = blocking()
        self._is_waiting = False
        return result

    def _on_terminate(self, _signal: int, _frame: Optional[FrameType]) -> None:
        self._is_stopping = True
        if self._is_waiting:
            self._is_waiting = False
            raise Stop

    def _send(self, frame: bytes) -> None:
        connection = self._connection
        if connection is None:
            raise BrokenPipeError
        with self._clock, self._lock:
            connection.sendall(frame)

    def _say_goodbye(self) -> None:
        try:
            self._send(frames.encode(frames.STOPPING))
        except OSError:
            pass
        self._drop_connection()

    def _drop_connection(self) -> None:
        self._is_waiting = False
        self._sink.connect(None)
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


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
    return listener
