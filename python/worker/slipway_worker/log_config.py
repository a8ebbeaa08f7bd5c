"""Sets Python's logging up from the application's `logging.json`, when it has one."""

import json
import logging.config
import os
from typing import Optional

from slipway_worker.script import ScriptFailure

_FILE = "logging.json"


def configure_logging(app_root: str, entry_script: Optional[str]) -> None:
    """The one in the application root wins over one beside the script; ScriptFailure for a wrong one."""
    beside_script = os.path.dirname(os.path.join(app_root, entry_script or ""))
    for folder in (app_root, beside_script):
        path = os.path.join(folder, _FILE)
        if os.path.isfile(path):
            _apply(path)
            return


def _apply(path: str) -> None:
    try:
        with open(path, encoding="utf-8") as source:
            config = json.load(source)
        # The worker's own logger exists already, and stays on unless the file says otherwise, as on Azure.
        logging.config.dictConfig(dict({"disable_existing_loggers": False}, **config))
    except Exception as error:
        cause = error.__cause__
        reason = "{} ({})".format(error, cause) if cause else str(error)
        raise ScriptFailure(
            "import", type(error).__name__, "{} cannot be used: {}".format(path, reason)
        ) from None
