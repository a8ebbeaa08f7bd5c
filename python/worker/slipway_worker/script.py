"""Loads the entry script, checks its functions and starts it; says where and why that failed."""

import importlib
import importlib.util
import inspect
import os
import sys
import traceback
from types import ModuleType, TracebackType
from typing import Any, Callable, List, NamedTuple, Optional

from slipway_worker.raw_request import RawHttpMarks

TEXT = "text"
SCHEMA = "schema"
RAW = "raw"

Script = NamedTuple(
    "Script",
    [
        ("init", Callable[[], Any]),
        ("run", Callable[..., Any]),
        ("kind", str),
        # Of `run`, without `request_headers`; the first takes the input of a text or raw script.
        ("parameters", List[str]),
        # Those that have no default.
        ("required", List[str]),
        ("wants_headers", bool),
    ],
)

_WORKER_FOLDER = os.path.dirname(os.path.abspath(__file__))


class ScriptFailure(Exception):
    """The script cannot serve; `phase` is `import`, `signature` or `init`."""

    def __init__(self, phase: str, kind: str, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.phase = phase
        self.kind = kind
        self.message = message
        self.trace = trace


def prepare_path(app_root: str, source_directory: Optional[str]) -> None:
    """Makes the application importable, behind the environment, and the working directory its root."""
    os.chdir(app_root)
    sys.path.append(app_root)
    if source_directory:
        sys.path.append(os.path.join(app_root, source_directory))


def load_script(app_root: str, entry_script: Optional[str]) -> Script:
    """Imports the script (`main` of the application when none is named) and checks `init` and `run`."""
    path = os.path.join(app_root, entry_script) if entry_script else "main"
    try:
        module = _import_file(path) if entry_script else importlib.import_module("main")
    except BaseException as error:
        raise _failure("import", error, "importing {}".format(entry_script or "main")) from None
    try:
        return _describe(module, path)
    except _Unfit as error:
        raise ScriptFailure("signature", "SignatureError", str(error)) from None


def start_script(script: Script) -> None:
    """Calls `init()`; whatever it raises, `sys.exit()` included, means that the script cannot serve."""
    try:
        script.init()
    except BaseException as error:
        raise _failure("init", error, "init()") from None


def script_traceback(error: BaseException) -> str:
    """The traceback from the script on, without the frames of the worker."""
    trace = error.__traceback__
    while trace is not None and _is_ours(trace):
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace)).rstrip("\n")


def report_error(what: str, error: BaseException) -> None:
    """Writes it to standard error: callers learn only that something failed."""
    text = "{}: {}\n".format(what, script_traceback(error))
    try:
        sys.stderr.write(text)
    except Exception:
        # The script has put something in its place that does not write.
        os.write(2, text.encode("utf-8", "replace"))


class _Unfit(Exception):
    pass


def _import_file(path: str) -> ModuleType:
    if not os.path.isfile(path):
        raise FileNotFoundError("the entry script {} does not exist".format(path))
    spec = importlib.util.spec_from_file_location("entry_module", path)
    if spec is None or spec.loader is None:
        raise ImportError("the entry script must be a Python file, got {}".format(path))
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and pickles look their module up by its name.
    sys.modules["entry_module"] = module
    spec.loader.exec_module(module)
    return module


def _describe(module: ModuleType, path: str) -> Script:
    driver = getattr(module, "driver_module", None)
    inner = driver if isinstance(driver, ModuleType) and hasattr(driver, "run") else module
    for owner, name in ((module, "init"), (inner, "run")):
        if not callable(getattr(owner, name, None)):
            raise _Unfit("User script at {} does not have a {}() function defined.".format(path, name))
    run = inner.run
    parameters = _parameters(run)
    inputs = [each for each in parameters if each.name != "request_headers"]
    if not parameters:
        raise _Unfit("run() needs to accept an argument for input data.")
    if not inputs:
        raise _Unfit('run() needs to accept an argument other than "request_headers".')
    return Script(
        module.init,
        run,
        _kind(run),
        [each.name for each in inputs],
        [each.name for each in inputs if each.default is inspect.Parameter.empty],
        len(inputs) < len(parameters),
    )


def _parameters(run: Callable[..., Any]) -> List[inspect.Parameter]:
    parameters = list(inspect.signature(run).parameters.values())
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    if any(parameter.kind not in named for parameter in parameters):
        raise _Unfit("run() cannot accept positional-only arguments, *args, or **kwargs.")
    return parameters


def _kind(run: Callable[..., Any]) -> str:
    is_raw, is_schema = _is_raw(), _is_schema(run)
    if is_raw and is_schema:
        raise _Unfit("run() cannot be decorated with both @rawhttp and @input_schema")
    if is_raw:
        return RAW
    return SCHEMA if is_schema else TEXT


def _is_raw() -> bool:
    """Whether `@rawhttp` was used: ours, or that of an installed original, which keeps a flag."""
    names = ("azureml_inference_server_http.api.aml_request", "azureml.contrib.services.aml_request")
    originals = [sys.modules[name] for name in names if name in sys.modules]
    return RawHttpMarks.used or any(getattr(module, "_rawHttpRequested", False) for module in originals)


def _is_schema(run: Callable[..., Any]) -> bool:
    """Whether a decorator of inference_schema was used: the original keeps a list, as does our stand-in."""
    if "inference_schema" not in sys.modules:
        return False
    return bool(importlib.import_module("inference_schema.schema_util").is_schema_decorated(run))


def _failure(phase: str, error: BaseException, doing: str) -> ScriptFailure:
    message = str(error)
    if isinstance(error, SystemExit):
        message = "{} called sys.exit({})".format(doing, "" if error.code is None else repr(error.code))
    return ScriptFailure(phase, type(error).__name__, message, script_traceback(error))


def _is_ours(trace: TracebackType) -> bool:
    path = trace.tb_frame.f_code.co_filename
    return path.startswith((_WORKER_FOLDER, "<frozen importlib")) or path.endswith("importlib/__init__.py")
