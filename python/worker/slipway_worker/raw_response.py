"""The response object that a script may return to choose status, headers and bytes itself."""

import json
from http import HTTPStatus
from typing import Any, Callable, Dict, List, Optional, Union

from slipway_worker.cookies import cookie_header
from slipway_worker.multi_dict import Headers

# Azure's own header: whether the script calls what it did a failure.
FAILED_HEADER = "x-ms-run-function-failed"

STATUS_PHRASES = {int(status): status.phrase.upper() for status in HTTPStatus}

_HTML = "text/html; charset=utf-8"


class AMLResponse:
    """Bytes, text, JSON or an iterable of parts, with a status and headers; can be changed until returned."""

    def __init__(
        self,
        message: Any,
        status_code: Union[int, str],
        response_headers: Optional[Dict[str, str]] = None,
        json_str: bool = False,
        run_function_failed: bool = False,
    ) -> None:
        self.headers = Headers()
        self.status = status_code
        is_json = json_str or message is None
        # Text, bytes, or parts of either; parts that are not a list or tuple are sent while they are made.
        self.response = json.dumps({} if message is None else message) if is_json else message
        self._closers: List[Callable[[], Any]] = []
        self.headers.add("Content-Type", "application/json" if is_json else _HTML)
        self.headers.set(FAILED_HEADER, str(run_function_failed))
        for name, value in (response_headers or {}).items():
            self._add_header(name, value, is_json)

    def _add_header(self, name: str, value: str, is_json: bool) -> None:
        if name == "Content-Type" and not is_json:
            self.headers.set(name, value)
            return
        # Dates hold a comma, so a cookie is one header; any other list becomes repeated headers.
        values = [value] if name.lower() == "set-cookie" else [each.strip() for each in value.split(",")]
        for each in values:
            self.headers.add(name, each)

    @property
    def status(self) -> str:
        return self._status

    @status.setter
    def status(self, value: Union[int, str]) -> None:
        """Accepts `201`, `HTTPStatus.CREATED` and `'201 MADE'`."""
        code, _, phrase = str(int(value) if isinstance(value, int) else value).partition(" ")
        self._code = int(code)
        self._status = "{} {}".format(code, phrase or STATUS_PHRASES.get(self._code, "UNKNOWN"))

    @property
    def status_code(self) -> int:
        return self._code

    @status_code.setter
    def status_code(self, value: int) -> None:
        self.status = value

    def get_data(self, as_text: bool = False) -> Any:
        """The whole body; parts are read to their end once and kept."""
        if not isinstance(self.response, (str, bytes, bytearray)):
            self.response = b"".join(as_bytes(part) for part in self.response)
        content = as_bytes(self.response)
        return content.decode("utf-8") if as_text else content

    def set_data(self, value: Union[str, bytes]) -> None:
        self.response = value

    data = property(get_data, set_data)

    @property
    def content_type(self) -> Optional[str]:
        value: Optional[str] = self.headers.get("Content-Type")
        return value

    @content_type.setter
    def content_type(self, value: str) -> None:
        self.headers.set("Content-Type", value)

    @property
    def mimetype(self) -> str:
        return (self.content_type or "").partition(";")[0].strip()

    @mimetype.setter
    def mimetype(self, value: str) -> None:
        self.headers.set("Content-Type", value + "; charset=utf-8" if value.startswith("text/") else value)

    def set_cookie(self, key: str, value: str = "", **attributes: Any) -> None:
        """`attributes`: max_age in seconds, expires, path, domain, secure, httponly, samesite."""
        self.headers.add("Set-Cookie", cookie_header(key, value, attributes))

    def delete_cookie(self, key: str, **attributes: Any) -> None:
        """Has the client forget it; `path` and `domain` as when it was set."""
        self.set_cookie(key, expires=0, max_age=0, **attributes)

    def call_on_close(self, function: Callable[[], Any]) -> Callable[[], Any]:
        """Has `function` called when the reply has been sent or given up."""
        self._closers.append(function)
        return function

    def close(self) -> None:
        if hasattr(self.response, "close"):
            self.response.close()
        for function in self._closers:
            function()


def as_bytes(part: Any) -> bytes:
    """Text as UTF-8; TypeError for what is neither text nor bytes."""
    if isinstance(part, str):
        return part.encode("utf-8")
    if isinstance(part, (bytes, bytearray, memoryview)):
        return bytes(part)
    raise TypeError("a response is made of text and bytes, got {}".format(type(part).__name__))
