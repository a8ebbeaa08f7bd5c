"""Turns a call into the arguments of `run`, or into the refusal that HTTP wants."""

import json
from typing import Any, Callable, Dict, List, Optional

from slipway_worker.flask_bridge import FlaskBridge
from slipway_worker.form_data import is_json_type, query_pairs
from slipway_worker.multi_dict import Headers
from slipway_worker.raw_request import AMLRequest, CallHead, joined_headers, with_head
from slipway_worker.script import RAW, SCHEMA, TEXT, Script

Arguments = Dict[str, Any]


class Refusal(Exception):
    """The call does not reach `run`; answered with `status` and `{"message": …}`, or an empty body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class InputReader:
    """Reads the calls of one script; a POST that is as usual comes without a head."""

    def __init__(self, script: Script, flask: Optional[FlaskBridge]) -> None:
        self._script = script
        self._flask = flask
        read = {RAW: self._read_raw, SCHEMA: self._read_object, TEXT: self._read_text}[script.kind]
        self._read: Callable[[Optional[CallHead], bytes], Arguments] = read

    def read(self, head: bytes, body: bytes) -> Arguments:
        """Raises Refusal for what must not reach `run`, UnicodeDecodeError for a body that is no UTF-8."""
        parsed = parse_head(head) if head else None
        if self._flask is not None:
            self._flask.take(parsed, body)
        arguments = self._read(parsed, body)
        if self._script.wants_headers:
            arguments["request_headers"] = joined_headers(parsed.headers if parsed else [])
        return arguments

    def _read_raw(self, head: Optional[CallHead], body: bytes) -> Arguments:
        request = self._flask.request if self._flask else AMLRequest(with_head(head), body)
        return {self._script.parameters[0]: request}

    def _read_text(self, head: Optional[CallHead], body: bytes) -> Arguments:
        if _is_post(head):
            return {self._script.parameters[0]: body.decode()}
        return {self._script.parameters[0]: json.dumps(query_values(with_head(head).query))}

    def _read_object(self, head: Optional[CallHead], body: bytes) -> Arguments:
        given = _json_object(head, body) if _is_post(head) else query_values(with_head(head).query)
        for name in self._script.required:
            if name not in given:
                raise Refusal(400, "A value is not provided for the '{}' parameter.".format(name))
        return {name: given[name] for name in self._script.parameters if name in given}


def query_values(query: str) -> Dict[str, Any]:
    """The names of a query: each value as JSON if it is, else as text; a repeated name becomes a list."""
    found: Dict[str, List[Any]] = {}
    for name, text in query_pairs(query):
        found.setdefault(name, []).append(_json_or_text(text))
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def parse_head(head: bytes) -> CallHead:
    """The head of a call: method, path, query, headers as pairs, address of the client."""
    fields = json.loads(head.decode("utf-8"))
    pairs = [(name, value) for name, value in fields.get("headers", [])]
    return CallHead(fields["method"], fields["path"], fields["query"], pairs, fields.get("remote", ""))


def _is_post(head: Optional[CallHead]) -> bool:
    """False for GET; other methods are not for scripts that did not ask for the request itself."""
    if head is None:
        return True
    if head.method == "OPTIONS":
        raise Refusal(200, "")
    if head.method not in ("GET", "POST"):
        raise Refusal(405, "Method not allowed")
    return head.method == "POST"


def _json_object(head: Optional[CallHead], body: bytes) -> Dict[str, Any]:
    if head is not None and not is_json_type(Headers(head.headers).get("Content-Type")):
        raise Refusal(415, "Expects Content-Type to be application/json")
    if not body:
        raise Refusal(400, "POST body is empty. Expecting a JSON dictionary.")
    try:
        given = json.loads(body)
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        raise Refusal(400, "POST body could not be decoded as JSON: {}".format(error)) from None
    if not isinstance(given, dict):
        raise Refusal(400, "POST body should be a JSON dictionary.")
    return given


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
