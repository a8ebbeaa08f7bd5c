"""Runs one call and makes the reply: the arguments, `run` on the clock, and what it returned as bytes."""

import json
import sys
from typing import Any, List, Tuple

from slipway_worker.call_input import Refusal, input_reader
from slipway_worker.frames import PLAIN_HEADERS, RUN_FAILED, RUN_TIMED, Frame, encode_reply
from slipway_worker.run_clock import RunClock
from slipway_worker.script import Script, script_traceback

_SCRIPT_ERROR = "An unexpected error occurred in scoring script. Check the logs for more info."
_INTERNAL_ERROR = "An unexpected internal error occurred. Check the logs for more info."
# Framing is the gateway's: what a script says about it would contradict what is sent.
_FRAMING_HEADERS = frozenset(("content-length", "transfer-encoding", "connection", "keep-alive", "upgrade"))


class Answerer:
    """Answers calls one at a time; never raises for what the script does."""

    def __init__(self, script: Script, clock: RunClock) -> None:
        self._run = script.run
        self._read = input_reader(script)
        self._clock = clock
        self._encode = json.JSONEncoder().encode

    def answer(self, call: Frame) -> bytes:
        """The REPLY frame for a CALL frame."""
        try:
            arguments = self._read(call.head, call.body)
        except Refusal as refusal:
            return _refused(call.id, refusal)
        except Exception as error:
            _print_error("The call could not be read", error)
            return _message(call.id, 500, 0, _INTERNAL_ERROR)
        run_us = 0
        clock = self._clock
        try:
            try:
                clock.start()
                value = self._run(**arguments)
            finally:
                run_us = clock.stop()
        except BaseException as error:
            clock.stop()
            return self._failed(call.id, error)
        try:
            return self._encoded(call.id, value, run_us)
        except Exception as error:
            _print_error("The value returned by run() could not be sent", error)
            return _message(call.id, 500, 0, _INTERNAL_ERROR)

    def _failed(self, call_id: int, error: BaseException) -> bytes:
        if isinstance(error, TimeoutError) and self._clock.expired:
            _print_error("run() was ended after {} ms".format(self._clock.limit_ms), error)
            return _message(
                call_id, 500, RUN_FAILED, "Scoring timeout after {} ms".format(self._clock.limit_ms)
            )
        _print_error("Encountered Exception", error)
        return _message(call_id, 500, RUN_FAILED, _SCRIPT_ERROR)

    def _encoded(self, call_id: int, value: Any, run_us: int) -> bytes:
        if value is None:
            return encode_reply(call_id, 200, RUN_TIMED, run_us, b"", b"{}")
        if _is_response(value):
            return _response(call_id, value, run_us)
        return encode_reply(call_id, 200, RUN_TIMED, run_us, b"", self._encode(value).encode())


def _is_response(value: Any) -> bool:
    """An AMLResponse, ours or an installed original, or any other response of Flask."""
    return hasattr(value, "status_code") and hasattr(value, "get_data") and hasattr(value, "headers")


def _response(call_id: int, response: Any, run_us: int) -> bytes:
    status = int(response.status_code)
    if not 200 <= status <= 599:
        raise ValueError("the status of a response must be from 200 to 599, got {}".format(status))
    body = response.get_data()
    headers = json.dumps(_sent_headers(response)).encode()
    return encode_reply(call_id, status, RUN_TIMED | _failed_marks(response, status), run_us, headers, body)


def _failed_marks(response: Any, status: int) -> int:
    """A response that is not an AMLResponse says nothing about failure until its status does."""
    failed = getattr(response, "run_function_failed", None)
    if failed or status >= 500:
        return RUN_FAILED
    return PLAIN_HEADERS if failed is None else 0


def _sent_headers(response: Any) -> List[Tuple[str, str]]:
    pairs = [(str(name), str(value)) for name, value in response.headers.items()]
    return [(name, value) for name, value in pairs if name.lower() not in _FRAMING_HEADERS]


def _refused(call_id: int, refusal: Refusal) -> bytes:
    if refusal.message:
        return _message(call_id, refusal.status, 0, refusal.message)
    return encode_reply(call_id, refusal.status, 0, 0, b'[["Content-Type", "text/html; charset=utf-8"]]', b"")


def _message(call_id: int, status: int, marks: int, message: str) -> bytes:
    return encode_reply(call_id, status, marks, 0, b"", json.dumps({"message": message}).encode())


def _print_error(what: str, error: BaseException) -> None:
    sys.stderr.write("{}: {}\n".format(what, script_traceback(error)))
