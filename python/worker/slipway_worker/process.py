"""The life of a worker process: from its arguments, over the script's start, to the last call."""

import argparse
import faulthandler
import gc
import os
import platform
import signal
import sys
import time
from typing import Dict, List, Mapping

from slipway_worker.answering import Answerer
from slipway_worker.control import ControlChannel
from slipway_worker.frames import PROTOCOL
from slipway_worker.log_config import configure_logging
from slipway_worker.logs import STDERR, STDOUT, LineWriter, LogSink
from slipway_worker.run_clock import RunClock
from slipway_worker.script import Script, ScriptFailure, load_script, prepare_path, start_script
from slipway_worker.serving import Server
from slipway_worker.shims import install_shims
from slipway_worker.swagger import swagger_documents

_FAILED_EXIT = 3
_TREE_LINES = 200
_PR_SET_PDEATHSIG = 1


def run_worker(arguments: List[str], shims: str) -> int:
    """Exit status: 0 after SIGTERM, 3 when the script cannot serve."""
    options = _parse(arguments)
    settings = dict(os.environ)
    _die_with_parent()
    faulthandler.enable(STDERR)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    clock = RunClock()
    control = ControlChannel(options.control_fd, clock)
    sink = LogSink(control)
    writers = [LineWriter(STDOUT, sink), LineWriter(STDERR, sink)]
    sys.stdout, sys.stderr = writers
    control.send("starting", pid=os.getpid(), python=platform.python_version())
    install_shims(shims)
    try:
        return _start_and_serve(options.socket, settings, _Parts(clock, control, sink, writers))
    except ScriptFailure as failure:
        _flush(writers)
        control.send(
            "failed", phase=failure.phase, type=failure.kind, message=failure.message, traceback=failure.trace
        )
        return _FAILED_EXIT


class _Parts:
    def __init__(
        self, clock: RunClock, control: ControlChannel, sink: LogSink, writers: List[LineWriter]
    ) -> None:
        self.clock = clock
        self.control = control
        self.sink = sink
        self.writers = writers


def _start_and_serve(path: str, settings: Mapping[str, str], parts: _Parts) -> int:
    app_root = settings.get("AML_APP_ROOT") or os.getcwd()
    began = time.perf_counter()
    parts.control.send("importing")
    entry_script = settings.get("AZUREML_ENTRY_SCRIPT")
    parts.clock.limit_ms = _timeout_ms(settings)
    prepare_path(app_root, settings.get("AZUREML_SOURCE_DIRECTORY"))
    configure_logging(app_root, entry_script)
    script = load_script(app_root, entry_script)
    imported = time.perf_counter()
    parts.control.send("init")
    _init(script, settings)
    _flush(parts.writers)
    started = time.perf_counter()
    answerer = Answerer(script, parts.clock)
    ready = _ready_document(script.kind, answerer.wants_heads, _swagger(script, settings, app_root))
    parts.clock.install()
    server = Server(path, parts.clock, parts.sink, parts.writers)
    _freeze_garbage()
    parts.control.send("ready", importMs=_ms(imported - began), initMs=_ms(started - imported))
    try:
        server.serve(ready, answerer.answer)
    finally:
        server.close()
        _flush(parts.writers)
    return 0


def _timeout_ms(settings: Mapping[str, str]) -> int:
    text = settings.get("SCORING_TIMEOUT_MS") or "3600000"
    if not text.strip().isdigit():
        rule = "SCORING_TIMEOUT_MS must be a whole number of milliseconds, 0 for no limit; got {!r}"
        raise ScriptFailure("import", "ValueError", rule.format(text))
    return int(text)


def _init(script: Script, settings: Mapping[str, str]) -> None:
    try:
        start_script(script)
    except ScriptFailure:
        _print_tree(settings.get("AZUREML_MODEL_DIR", ""))
        raise


def _swagger(script: Script, settings: Mapping[str, str], app_root: str) -> Dict[str, str]:
    try:
        return swagger_documents(settings, app_root, script)
    except (OSError, ValueError) as error:
        raise ScriptFailure(
            "init", type(error).__name__, "a swagger file cannot be read: {}".format(error)
        ) from None


def _ready_document(kind: str, wants_heads: bool, swagger: Dict[str, str]) -> Dict[str, object]:
    return {
        "protocol": PROTOCOL,
        "pid": os.getpid(),
        "kind": kind,
        "requestHeaders": wants_heads,
        "swagger": swagger,
    }


def _print_tree(folder: str) -> None:
    """The usual cause of a failing init() is a model that is elsewhere than expected."""
    if not os.path.isdir(folder):
        if folder:
            sys.stderr.write("The model directory {} does not exist\n".format(folder))
        return
    lines = ["The model directory {} holds:".format(folder)]
    for place, folders, files in os.walk(folder, followlinks=True):
        folders.sort()
        lines.extend(os.path.relpath(os.path.join(place, name), folder) for name in sorted(files))
        if len(lines) > _TREE_LINES:
            break
    if len(lines) == 1:
        lines = ["The model directory {} holds no files".format(folder)]
    sys.stderr.write("\n".join(lines[:_TREE_LINES]) + "\n")


def _flush(writers: List[LineWriter]) -> None:
    for writer in writers:
        writer.end_call()


def _freeze_garbage() -> None:
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()


def _die_with_parent() -> None:
    try:
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    except (ImportError, OSError, AttributeError):
        # An interpreter built without ctypes, or not Linux: then the driver ends what is left.
        return


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _parse(arguments: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="slipway-worker", description="Serves one scoring script.")
    parser.add_argument("--socket", required=True, help="path of the Unix socket to bind")
    parser.add_argument(
        "--control-fd", type=int, required=True, help="descriptor that takes events as JSON lines"
    )
    return parser.parse_args(arguments)
