"""Starts real workers for tests and speaks the gateway's side of the protocol with them."""

import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Type

MAIN = Path(__file__).resolve().parents[1] / "main.py"
MINORS = range(6, 14)
DEADLINE_S = 20.0

Frame = NamedTuple("Frame", [("type", int), ("flags", int), ("id", int), ("head", bytes), ("body", bytes)])
Reply = NamedTuple(
    "Reply",
    [
        ("id", int),
        ("status", int),
        ("marks", int),
        ("run_us", int),
        ("headers", Any),
        ("body", bytes),
        ("is_stream", bool),
    ],
)

CALL, REPLY, CHUNK, END, LOG, READY, CREDIT, CANCEL, STOPPING, BEGUN, SHARED, PING, PONG = range(1, 14)
FAILED, TIMED, PLAIN = 1, 2, 4


def interpreter(minor: int) -> Optional[str]:
    """A Python 3.<minor>: the one that runs the tests, one of pyenv, or one on the PATH that starts."""
    if sys.version_info[:2] == (3, minor):
        return sys.executable
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    installed = sorted(versions.glob("3.{}.*/bin/python".format(minor)))
    found = str(installed[-1]) if installed else shutil.which("python3.{}".format(minor))
    return found if found and _starts(found) else None


def _starts(python: str) -> bool:
    """A shim of pyenv is a program even where no version is behind it."""
    return subprocess.call([python, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


class WorkerProcess:
    """One worker for a script given as text; a context manager, for it must be ended."""

    def __init__(
        self, folder: Path, script: str, python: str = sys.executable, env: Optional[Dict[str, str]] = None
    ) -> None:
        app = folder / "app"
        app.mkdir(parents=True, exist_ok=True)
        (app / "score.py").write_text(script, encoding="utf-8")
        self.socket_path = str(folder / "w.sock")
        read_end, write_end = os.pipe()
        os.set_inheritable(write_end, True)
        given = {"PATH": os.environ["PATH"], "AML_APP_ROOT": str(app), "AZUREML_ENTRY_SCRIPT": "score.py"}
        command = [python, "-u", str(MAIN), "--socket", self.socket_path, "--control-fd", str(write_end)]
        self.process = subprocess.Popen(
            command,
            env=dict(given, **(env or {})),
            close_fds=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.close(write_end)
        self._control = os.fdopen(read_end, encoding="utf-8")

    def __enter__(self) -> "WorkerProcess":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=DEADLINE_S)
        self._control.close()

    def event(self, name: str) -> Dict[str, Any]:
        """The next event of that name; fails with all events seen when the worker ends before."""
        seen = []
        for line in self._control:
            event: Dict[str, Any] = json.loads(line)
            if event["event"] == name:
                return event
            seen.append(event)
        raise AssertionError("no event {!r} among {}".format(name, seen))

    def connect(self) -> "Front":
        self.event("ready")
        return Front(self.socket_path)

    def reconnect(self) -> "Front":
        """Another connection to a worker that is ready."""
        return Front(self.socket_path)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def exit_status(self) -> int:
        return self.process.wait(DEADLINE_S)


class Front:
    """The gateway's end of one connection."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(DEADLINE_S)
        self._socket.connect(path)
        self.logs: List[Frame] = []
        self.ready: Dict[str, Any] = json.loads(self.frame().body)

    def send(self, call_id: int, body: bytes = b"", head: bytes = b"", kind: int = CALL) -> None:
        self._socket.sendall(encode(call_id, body, head, kind))

    def send_bytes(self, content: bytes) -> None:
        self._socket.sendall(content)

    def call(self, body: bytes = b"", **head: Any) -> Reply:
        """Sends one call and waits for its reply."""
        self.send(7, body, call_head(**head) if head else b"")
        return self.reply()

    def reply(self) -> Reply:
        return self._read_reply(self.frame_behind_logs())

    def _read_reply(self, frame: Frame) -> Reply:
        assert frame.type == REPLY, frame
        status, marks, run_us = struct.unpack_from("<HBxI", frame.head)
        headers = json.loads(frame.head[8:]) if len(frame.head) > 8 else None
        return Reply(frame.id, status, marks, run_us, headers, frame.body, bool(frame.flags))

    def message(self, body: bytes = b"", **head: Any) -> Tuple[int, int, str]:
        """Status, marks and message of the error that a call is answered with."""
        reply = self.call(body, **head)
        assert reply.headers is None
        return reply.status, reply.marks, json.loads(reply.body)["message"]

    def is_silent(self) -> bool:
        """Whether nothing has come; ask only when the worker has had its chance."""
        return not select.select([self._socket], [], [], 0)[0]

    def frame_behind_logs(self) -> Frame:
        frame = self.frame()
        while frame.type == LOG:
            self.logs.append(frame)
            frame = self.frame()
        return frame

    def chunk(self) -> bytes:
        frame = self.frame_behind_logs()
        assert frame.type == CHUNK, frame
        return frame.body

    def next_log(self) -> bytes:
        frame = self.frame()
        assert frame.type == LOG, frame
        self.logs.append(frame)
        return frame.body

    def reply_behind_notes(self) -> Reply:
        """The next reply, where others connect meanwhile."""
        while True:
            frame = self.frame()
            if frame.type not in (SHARED, BEGUN, LOG):
                return self._read_reply(frame)

    def answered_so_far(self) -> int:
        """How many replies have come; reads what there is."""
        count = 0
        while not self.is_silent():
            count += self.frame().type == REPLY
        return count

    def nudge(self, nudge: Callable[[], None]) -> None:
        """Repeats `nudge` until the worker sends something."""
        deadline = time.monotonic() + DEADLINE_S
        while not select.select([self._socket], [], [], 0.02)[0]:
            assert time.monotonic() < deadline, "the worker did not answer"
            nudge()

    def reply_while(self, nudge: Callable[[], None]) -> Reply:
        """Repeats `nudge` until the worker sends something, then reads the reply."""
        self.nudge(nudge)
        return self.reply()

    def frame(self) -> Frame:
        length, kind, flags, head_bytes, frame_id = struct.unpack("<IBBHI", self._exactly(12))
        content = self._exactly(length - 8)
        return Frame(kind, flags, frame_id, content[:head_bytes], content[head_bytes:])

    def is_closed(self) -> bool:
        try:
            return self._socket.recv(1) == b""
        except ConnectionResetError:
            # The worker has closed without reading all that was sent.
            return True

    def close(self) -> None:
        self._socket.close()

    def _exactly(self, size: int) -> bytes:
        parts = b""
        while len(parts) < size:
            more = self._socket.recv(size - len(parts))
            if not more:
                raise ConnectionError("the worker closed the connection")
            parts += more
        return parts


def encode(call_id: int, body: bytes = b"", head: bytes = b"", kind: int = CALL) -> bytes:
    return struct.pack("<IBBHI", 8 + len(head) + len(body), kind, 0, len(head), call_id) + head + body


def credit(chunks: int) -> bytes:
    return struct.pack("<I", chunks)


def call_head(
    method: str = "POST", query: str = "", headers: Optional[List[List[str]]] = None, path: str = "/score"
) -> bytes:
    fields = {"method": method, "path": path, "query": query, "headers": headers or [], "remote": "127.0.0.1"}
    return json.dumps(fields).encode()
