"""Reads what goes over the wire from a response that a script returned: an AMLResponse, or any of Flask's."""

import json
import re
from typing import Any, Callable, Iterator, List, NamedTuple, Tuple, Union

from slipway_worker.frames import PLAIN_HEADERS, RUN_FAILED
from slipway_worker.raw_response import FAILED_HEADER, STATUS_PHRASES, AMLResponse, as_bytes

SentResponse = NamedTuple(
    "SentResponse",
    [
        ("status", int),
        ("marks", int),
        ("headers", bytes),
        ("body", Union[bytes, Iterator[Any]]),
        ("close", Callable[[], None]),
    ],
)

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_REASON = re.compile(r"[\t\x20-\x7e]+\Z")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*\Z")


def is_response(value: Any) -> bool:
    """An AMLResponse, ours or an installed original, or any other response of Flask and Werkzeug."""
    if isinstance(value, AMLResponse):
        return True
    return hasattr(value, "status_code") and hasattr(value, "iter_encoded") and hasattr(value, "headers")


def read_response(response: Any) -> SentResponse:
    """The body is an iterator where it streams. ValueError and TypeError say what HTTP cannot carry."""
    status = int(response.status_code)
    if not 200 <= status <= 599:
        raise ValueError("the status of a response must be from 200 to 599, got {}".format(status))
    pairs = [(str(name), str(value)) for name, value in response.headers.items()]
    # The mark says it.
    sent = [pair for pair in pairs if pair[0].lower() != FAILED_HEADER]
    for name, value in sent:
        if not _NAME.match(name) or not _VALUE.match(value):
            raise ValueError("a response cannot have the header {!r}: {!r}".format(name, value))
    headers = json.dumps(_reason(response, status) + sent).encode()
    return SentResponse(status, _marks(pairs, status), headers, _body(response), response.close)


def _reason(response: Any, status: int) -> List[Tuple[str, str]]:
    """As a header of its own when it is not the usual one: `201 MADE`."""
    phrase = str(response.status).partition(" ")[2]
    usual = STATUS_PHRASES.get(status, "UNKNOWN")
    if phrase.upper().replace("-", " ") == usual.upper().replace("-", " ") or not _REASON.match(phrase):
        return []
    return [(":reason", phrase)]


def _marks(pairs: List[Tuple[str, str]], status: int) -> int:
    """A response that is not an AMLResponse says nothing about failure until its status does."""
    said = [value for name, value in pairs if name.lower() == FAILED_HEADER]
    if status >= 500 or "True" in said:
        return RUN_FAILED
    return 0 if said else PLAIN_HEADERS


def _body(response: Any) -> Union[bytes, Iterator[Any]]:
    content = response.response
    if isinstance(content, (str, bytes, bytearray)):
        return as_bytes(content)
    if hasattr(content, "__len__"):
        return b"".join(as_bytes(part) for part in content)
    parts: Iterator[Any] = iter(content)
    return parts
