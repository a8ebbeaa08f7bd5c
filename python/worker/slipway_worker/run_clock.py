"""Measures one `run` at a time and ends it when the gateway signals that its time is over."""

import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Optional, Type

# The gateway starts its clock a little before ours; without the slack every first signal came too early.
_SLACK_S = 0.001


class RunClock:
    """Raises TimeoutError inside `run`, at most once per call, and never while a frame is being written."""

    def __init__(self, limit_ms: int) -> None:
        self.limit_ms = limit_ms
        self.expired = False
        self._limit_s = limit_ms / 1000
        self._started = 0.0
        self._held = 0
        self._overdue = False
        self._main_thread = threading.get_ident()
        self._handler = self._on_alarm

    def install(self) -> None:
        signal.signal(signal.SIGALRM, self._handler)

    def start(self) -> None:
        # A script may have put its own handler in place during an earlier call or in init().
        if signal.getsignal(signal.SIGALRM) is not self._handler:
            self.install()
        self.expired = self._overdue = False
        self._started = time.perf_counter()

    def stop(self) -> int:
        """Ends the measurement; microseconds since `start`, 0 when it was ended before."""
        started, self._started = self._started, 0.0
        return int((time.perf_counter() - started) * 1_000_000) if started else 0

    def __enter__(self) -> None:
        """Keeps the alarm from interrupting what follows: half a frame would be the end of the connection."""
        if threading.get_ident() == self._main_thread:
            self._held += 1

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if threading.get_ident() != self._main_thread:
            return
        self._held -= 1
        if self._overdue and not self._held:
            self._overdue = False
            self._expire()

    def _on_alarm(self, _signal: int, _frame: Optional[FrameType]) -> None:
        if not self._started or not self._limit_s or self.expired:
            return
        if time.perf_counter() - self._started < self._limit_s - _SLACK_S:
            return
        if self._held:
            self._overdue = True
            return
        self._expire()

    def _expire(self) -> None:
        if self._started:
            self.expired = True
            raise TimeoutError("the scoring time is over")
