"""Turns a call into the arguments of `run`, or into the refusal that HTTP wants."""

import json
from typing import Any, Callable, Dict, List, Tuple
from urllib.parse import parse_qsl

from slipway_worker.raw_request import AMLRequest, CallHead
from slipway_worker.script import RAW, Script

Arguments = Dict[str, Any]


class Refusal(Exception):
    """The call does not reach `run`; answered with `status` and `{"message": …}`, or an empty body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def input_reader(script: Script) -> Callable[[bytes, bytes], Arguments]:
    """The way this script's calls are read; a plain POST comes without a head."""
    if script.kind == RAW:
        return lambda head, body: _raw_arguments(script, head, body)
    name = script.parameter
    if script.wants_headers:
        return lambda head, body: {
            name: _text_of(head, body),
            "request_headers": joined_headers(parse_head(head).headers),
        }
    return lambda head, body: {name: _text_of(head, body) if head else decode_text(body)}


def decode_text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(400, "Input cannot be decoded as UTF-8: {}".format(error)) from None


def query_as_json(query: str) -> str:
    """JSON text of the query: each value as JSON if it is, else as text; a repeated name becomes a list."""
    found: Dict[str, Any] = {}
    repeated = set()
    for name, text in parse_qsl(query, keep_blank_values=True):
        value = _json_or_text(text)
        if name not in found:
            found[name] = value
        elif name in repeated:
            found[name].append(value)
        else:
            found[name] = [found[name], value]
            repeated.add(name)
    return json.dumps(found)


def joined_headers(headers: List[Tuple[str, str]]) -> Dict[str, str]:
    """Names in Title-Case, repeated ones joined by a comma; an underscore could forge a name: left out."""
    joined: Dict[str, str] = {}
    for name, value in headers:
        if "_" in name:
            continue
        title = "-".join(part.capitalize() for part in name.split("-"))
        joined[title] = "{},{}".format(joined[title], value) if title in joined else value
    return joined


def parse_head(head: bytes) -> CallHead:
    """The head of a call: method, path, query, headers as pairs, address of the client."""
    fields = json.loads(head.decode("utf-8"))
    pairs = [(name, value) for name, value in fields.get("headers", [])]
    return CallHead(fields["method"], fields["path"], fields["query"], pairs, fields.get("remote", ""))


def _raw_arguments(script: Script, head: bytes, body: bytes) -> Arguments:
    parsed = parse_head(head)
    arguments: Arguments = {script.parameter: AMLRequest(parsed, body)}
    if script.wants_headers:
        arguments["request_headers"] = joined_headers(parsed.headers)
    return arguments


def _text_of(head: bytes, body: bytes) -> str:
    parsed = parse_head(head)
    if parsed.method == "POST":
        return decode_text(body)
    if parsed.method == "GET":
        return query_as_json(parsed.query)
    if parsed.method == "OPTIONS":
        raise Refusal(200, "")
    raise Refusal(405, "Method not allowed")


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
