"""What the script prints: whole lines, each with the id of the call that printed it."""

import io
import os
import threading
from typing import Any, Callable, Dict, List, Optional

from slipway_worker import frames
from slipway_worker.control import ControlChannel

STDOUT = 1
STDERR = 2
_NAMES = {STDOUT: "stdout", STDERR: "stderr"}


class LogSink:
    """Sends lines to the gateway while one is connected, else to the driver."""

    def __init__(self, control: ControlChannel) -> None:
        # Of the call that runs; lines of all threads get it while it runs.
        self.call_id = 0
        # Whether a writer may hold an unfinished line.
        self.has_open_line = False
        self._control = control
        self._send: Optional[Callable[[bytes], None]] = None
        self._process = os.getpid()

    def connect(self, send: Optional[Callable[[bytes], None]]) -> None:
        """From now on lines go through `send`; None sends them to the driver again."""
        self._send = send

    def write(self, stream: int, text: str) -> None:
        content = text.encode("utf-8", "replace")
        if os.getpid() != self._process:
            # A forked child shares our sockets but not our place in the conversation.
            os.write(stream, content + b"\n")
            return
        if self._send is not None:
            try:
                self._send(frames.encode(frames.LOG, self.call_id, b"", content, stream))
                return
            except OSError:
                # The gateway has gone; whoever serves notices, and the driver still takes the line.
                pass
        self._control.send("log", stream=_NAMES[stream], text=text)


class LineWriter(io.TextIOBase):
    """Stands in for sys.stdout or sys.stderr; passes on whole lines, the rest at the end of a call."""

    encoding = "utf-8"
    errors = "replace"
    line_buffering = True

    def __init__(self, stream: int, sink: LogSink) -> None:
        self._stream = stream
        self._sink = sink
        # By thread, for `print` writes a line and its end apart and threads would mix theirs.
        self._open_lines: Dict[int, List[str]] = {}
        self._lock = threading.RLock()
        self.buffer = _LineBytes(self)
        self.name = "<{}>".format(_NAMES[stream])
        self.mode = "w"

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not {}".format(type(text).__name__))
        lines, end, rest = text.rpartition("\n")
        thread = threading.get_ident()
        with self._lock:
            open_line = self._open_lines.pop(thread, [])
            if end:
                self._sink.write(self._stream, "".join(open_line) + lines)
                open_line = []
            if rest:
                open_line.append(rest)
            if open_line:
                self._open_lines[thread] = open_line
                self._sink.has_open_line = True
        return len(text)

    def end_call(self) -> None:
        """Passes on unfinished lines, so that they keep the id of their call."""
        with self._lock:
            while self._open_lines:
                self._sink.write(self._stream, "".join(self._open_lines.popitem()[1]))

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stream

    def isatty(self) -> bool:
        return False

    def reconfigure(self, **_options: Any) -> None:
        """Accepted and without effect: lines are always passed on as UTF-8."""


class _LineBytes(io.RawIOBase):
    """The `.buffer` that some libraries write to."""

    name = "<buffer>"

    def __init__(self, text: LineWriter) -> None:
        self._text = text

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._text.write(bytes(content).decode("utf-8", "replace"))
        return len(content)

    def fileno(self) -> int:
        return self._text.fileno()
