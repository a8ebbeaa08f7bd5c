"""Measures one `run` at a time and ends it when the gateway signals that its time is over."""

import signal
import threading
import time

# That of `signal` makes enums, which takes ten times as long; this is asked between all calls.
from _signal import getsignal  # type: ignore[import-not-found]
from types import FrameType, TracebackType
from typing import Optional, Type

# The gateway starts its clock a little before ours; without the slack every first signal came too early.
_SLACK_S = 0.001
_SIGALRM = int(signal.SIGALRM)


class RunClock:
    """
    Raises TimeoutError inside `run`, at most once per call, and never while a frame is being written.

    Whoever runs the script's code sets `expired` to False and `started` to `time.perf_counter()` before it,
    and `started` to 0.0 after it: assignments, for they are on the way of every call.
    """

    def __init__(self) -> None:
        # 0: no limit.
        self.limit_ms = 0
        self.started = 0.0
        self.expired = False
        self._held = 0
        self._overdue = False
        self._main_thread = threading.get_ident()
        self._handler = self._on_alarm

    def install(self) -> None:
        """Takes the signal, again where a script has put its own handler in place."""
        if getsignal(_SIGALRM) is not self._handler:
            signal.signal(signal.SIGALRM, self._handler)

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
        if not self.started or not self.limit_ms or self.expired:
            return
        if time.perf_counter() - self.started < self.limit_ms / 1000 - _SLACK_S:
            return
        if self._held:
            self._overdue = True
            return
        self._expire()

    def _expire(self) -> None:
        if self.started:
            self.expired = True
            raise TimeoutError("the scoring time is over")
