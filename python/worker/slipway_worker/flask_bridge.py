"""Gives scripts that use Flask its request: the one they are handed, and the one of `flask.request`."""

import io
import sys
from typing import Any, Callable, Dict, Optional

from slipway_worker.raw_request import CallHead, with_head, wsgi_environ


class FlaskBridge:
    """Runs every call within the context of a request of the installed Flask."""

    def __init__(self, flask: Any, run: Callable[..., Any]) -> None:
        self.request = flask.request
        self._app = flask.Flask("slipway")
        self._run = run
        self._environ: Dict[str, Any] = {}

    def take(self, head: Optional[CallHead], body: bytes) -> None:
        """The request of the call that runs next."""
        self._environ = wsgi_environ(with_head(head), io.BytesIO(body))

    def run(self, **arguments: Any) -> Any:
        with self._app.request_context(self._environ):
            return self._run(**arguments)


def bridge_to_flask(run: Callable[..., Any]) -> Optional[FlaskBridge]:
    """None unless the script has imported Flask: its request takes 20 times as long to make as ours."""
    flask = sys.modules.get("flask")
    return FlaskBridge(flask, run) if flask is not None and hasattr(flask, "Flask") else None
