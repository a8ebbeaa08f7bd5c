"""The control channel: JSON lines that tell the process driver how far the worker has come."""

import json
import os
from typing import Union

from slipway_worker.run_clock import RunClock


class ControlChannel:
    """Writes whole lines; when nobody reads any more the events are dropped, for the driver is gone."""

    def __init__(self, descriptor: int, clock: RunClock) -> None:
        os.set_inheritable(descriptor, False)
        self._descriptor = descriptor
        self._clock = clock

    def send(self, event: str, **fields: Union[str, int, float]) -> None:
        line = json.dumps(dict(fields, event=event)).encode() + b"\n"
        with self._clock:
            try:
                while line:
                    line = line[os.write(self._descriptor, line) :]
            except OSError:
                return
