"""Runs one call and makes the reply: the arguments, `run` on the clock, and what it returned as bytes."""

import json
import json.encoder
from time import perf_counter
from typing import Any, Callable, Union

from slipway_worker.call_input import InputReader, Refusal, parse_head
from slipway_worker.flask_bridge import bridge_to_flask
from slipway_worker.frames import RUN_FAILED, RUN_TIMED, as_stream_start, encode_reply
from slipway_worker.run_clock import RunClock
from slipway_worker.script import TEXT, Script, report_error
from slipway_worker.sent_response import is_response, read_response
from slipway_worker.streams import Stream

_SCRIPT_ERROR = "An unexpected error occurred in scoring script. Check the logs for more info."
_INTERNAL_ERROR = "An unexpected internal error occurred. Check the logs for more info."
_JSON_TYPES = frozenset((dict, list, str, int, float, bool, tuple))


class Answerer:
    """Answers calls one at a time; never raises for what the script does."""

    def __init__(self, script: Script, clock: RunClock) -> None:
        self._clock = clock
        self._encode = json_encoder()
        flask = bridge_to_flask(script.run)
        self.wants_heads = script.wants_headers or flask is not None
        self._read = InputReader(script, flask).read
        self._run = flask.run if flask else script.run
        is_plain = script.kind == TEXT and not self.wants_heads
        # The parameter of a script whose usual calls need no reader.
        self._text_parameter = script.parameters[0] if is_plain else None

    def answer(self, call_id: int, head: bytes, body: bytes) -> Union[bytes, Stream]:
        """
        The REPLY frame for a call, or a stream that begins with it.

        Every call comes here: what is rare is in other functions, what is needed is done in place.
        """
        try:
            if head or self._text_parameter is None:
                arguments = self._read(head, body)
            else:
                arguments = {self._text_parameter: body.decode()}
        except Exception as error:
            return _not_run(call_id, error)
        clock = self._clock
        try:
            try:
                clock.expired = False
                started = clock.started = perf_counter()
                value = self._run(**arguments)
                run_us = int((perf_counter() - started) * 1_000_000)
            finally:
                clock.started = 0.0
        except BaseException as error:
            clock.started = 0.0
            return self._failed(call_id, error)
        try:
            if value.__class__ in _JSON_TYPES:
                return encode_reply(call_id, 200, RUN_TIMED, run_us, b"", self._encode(value).encode())
            return self._reply(call_id, value, run_us, head)
        except Exception as error:
            # Where it stopped, the encoder remembers what it was in: another one begins afresh.
            self._encode = json_encoder()
            return _internal_error(call_id, "The value returned by run() could not be sent", error)

    def _reply(self, call_id: int, value: Any, run_us: int, head: bytes) -> Union[bytes, Stream]:
        if value is None:
            return encode_reply(call_id, 200, RUN_TIMED, run_us, b"", b"{}")
        if not is_response(value):
            return encode_reply(call_id, 200, RUN_TIMED, run_us, b"", self._encode(value).encode())
        response = read_response(value)
        marks = RUN_TIMED | response.marks
        if isinstance(response.body, bytes):
            response.close()
            return encode_reply(call_id, response.status, marks, run_us, response.headers, response.body)
        start = as_stream_start(encode_reply(call_id, response.status, marks, run_us, response.headers, b""))
        chunks = iter(()) if head and parse_head(head).method == "HEAD" else response.body
        return Stream(call_id, start, chunks, response.close)

    def _failed(self, call_id: int, error: BaseException) -> bytes:
        if isinstance(error, TimeoutError) and self._clock.expired:
            limit_ms = self._clock.limit_ms
            report_error("run() was ended after {} ms".format(limit_ms), error)
            return _message(call_id, 500, RUN_FAILED, "Scoring timeout after {} ms".format(limit_ms))
        report_error("Encountered Exception", error)
        return _message(call_id, 500, RUN_FAILED, _SCRIPT_ERROR)


def json_encoder() -> Callable[[Any], str]:
    """`json.dumps` with its defaults, without making the inner encoder anew for every value."""
    make: Any = json.encoder.c_make_encoder  # type: ignore[attr-defined]
    if make is None:
        return json.JSONEncoder().encode
    plain = json.JSONEncoder()
    write = make(
        {}, plain.default, json.encoder.encode_basestring_ascii, None, ": ", ", ", False, False, True
    )
    return lambda value: "".join(write(value, 0))


def _not_run(call_id: int, error: Exception) -> bytes:
    if isinstance(error, UnicodeDecodeError):
        return _message(call_id, 400, 0, "Input cannot be decoded as UTF-8: {}".format(error))
    if not isinstance(error, Refusal):
        return _internal_error(call_id, "The call could not be read", error)
    if error.message:
        return _message(call_id, error.status, 0, error.message)
    return encode_reply(call_id, error.status, 0, 0, b'[["Content-Type", "text/html; charset=utf-8"]]', b"")


def _internal_error(call_id: int, what: str, error: BaseException) -> bytes:
    report_error(what, error)
    return _message(call_id, 500, 0, _INTERNAL_ERROR)


def _message(call_id: int, status: int, marks: int, message: str) -> bytes:
    return encode_reply(call_id, status, marks, 0, b"", json.dumps({"message": message}).encode())
