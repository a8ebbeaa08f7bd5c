"""One line per call, as Azure's server writes it, for scripts that have raised the level of logging."""

import logging
from typing import Union

from slipway_worker.call_input import parse_head
from slipway_worker.frames import reply_facts
from slipway_worker.streams import Stream


class CallLog:
    """Off unless the script says otherwise, for example by `logging.basicConfig(level=logging.DEBUG)`."""

    def __init__(self) -> None:
        self.is_on = False
        self._logger = logging.getLogger("azmlinfsrv")

    def refresh(self) -> None:
        """Looks whether lines are wanted; too slow to ask for every call."""
        self.is_on = self._logger.isEnabledFor(logging.INFO)

    def write(self, head: bytes, answer: Union[bytes, Stream]) -> None:
        """`POST /score 200 1.234ms 72`: status, time of `run`, bytes sent or `N/A` when it streams."""
        is_stream = isinstance(answer, Stream)
        status, run_us, body_bytes = reply_facts(answer.start if isinstance(answer, Stream) else answer)
        request = parse_head(head) if head else None
        method = request.method if request else "POST"
        path = "/score" + ("?" + request.query if request and request.query else "")
        size = "N/A" if is_stream else body_bytes
        self._logger.info("%s %s %d %.3fms %s", method, path, status, run_us / 1000, size)
