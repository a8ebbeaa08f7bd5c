"""The request object that a `@rawhttp` script receives; reads what it is asked for and nothing before."""

import base64
import io
import json
import sys
from functools import lru_cache
from typing import IO, Any, Callable, Dict, List, NamedTuple, Optional, Tuple, TypeVar

from slipway_worker.cookies import read_cookies
from slipway_worker.form_data import (
    FORM_TYPES,
    FormData,
    is_json_type,
    parse_form,
    parse_media_type,
    query_pairs,
)
from slipway_worker.multi_dict import Headers, MultiDict

Function = TypeVar("Function", bound=Callable[..., Any])

CallHead = NamedTuple(
    "CallHead",
    [("method", str), ("path", str), ("query", str), ("headers", List[Tuple[str, str]]), ("remote", str)],
)


def with_head(head: Optional[CallHead]) -> CallHead:
    """Gateways send a head to those who say that they want it; without one there is no request to show."""
    if head is None:
        raise ValueError("the call has no head")
    return head


def joined_headers(headers: List[Tuple[str, str]]) -> Dict[str, str]:
    """Names in Title-Case, repeated ones joined by a comma; an underscore could forge a name: left out."""
    joined: Dict[str, str] = {}
    for name, value in headers:
        if "_" in name:
            continue
        title = _title(name)
        joined[title] = "{},{}".format(joined[title], value) if title in joined else value
    return joined


@lru_cache(maxsize=1000)
def _title(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))


def wsgi_environ(head: CallHead, body: IO[bytes]) -> Dict[str, Any]:
    """A request in the names of WSGI."""
    environ: Dict[str, Any] = {
        "REQUEST_METHOD": head.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": head.path,
        "QUERY_STRING": head.query,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": head.remote,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in joined_headers(head.headers).items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key] = value
    host, _, port = environ.get("HTTP_HOST", "localhost").partition(":")
    return dict(environ, SERVER_NAME=host, SERVER_PORT=port or "80")


class RawHttpMarks:
    """Remembers that a script asked for raw requests: decorating any function of it counts."""

    used = False


def rawhttp(function: Function) -> Function:
    """Makes `run` receive the request itself instead of its text."""
    RawHttpMarks.used = True
    return function


class UserAgent(str):
    """The header, as text and as `string`."""

    @property
    def string(self) -> str:
        return str(self)


class Authorization:
    """The header in its parts: `type`, and `token` or, for `basic`, `username` and `password`."""

    def __init__(self, header: str) -> None:
        self._header = header
        scheme, _, rest = header.partition(" ")
        self.type = scheme.lower()
        self.token: Optional[str] = None
        self.username: Optional[str] = None
        self.password: Optional[str] = None
        if self.type != "basic":
            self.token = rest.strip()
            return
        try:
            self.username, _, self.password = base64.b64decode(rest).decode("utf-8").partition(":")
        except ValueError:
            # Not base64, or no UTF-8: a client's mistake is for the script to judge.
            return

    def to_header(self) -> str:
        return self._header

    __str__ = to_header


class AMLRequest:
    """One HTTP request with its whole body, shaped like the Flask request that scripts were written for."""

    def __init__(self, head: CallHead, body: bytes) -> None:
        self._head = head
        self.method = head.method
        self.path = head.path
        self.query_string = head.query.encode("latin-1", "replace")
        self.remote_addr = head.remote
        self.scheme = "http"
        self.is_secure = False
        self.root_path = self.script_root = ""
        self.access_route = [head.remote]
        self.stream = io.BytesIO(body)
        self._headers: Optional[Headers] = None
        self._data: Optional[bytes] = None
        self._form: Optional[FormData] = None

    # ---- body

    def get_data(self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False) -> Any:
        """The body; what was read from `stream` is gone. Kept for later reads unless `cache` is False."""
        if self._data is not None:
            content = self._data
        else:
            content = b"" if parse_form_data and self.mimetype in FORM_TYPES else self.stream.read()
            self._data = content if cache else None
        return content.decode("utf-8", "replace") if as_text else content

    @property
    def data(self) -> bytes:
        """The body, empty for forms: those are read by `form` and `files`."""
        content: bytes = self.get_data(parse_form_data=True)
        return content

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body as JSON; ValueError for another content type unless `force`, and for what is not JSON."""
        try:
            if not (force or self.is_json):
                raise ValueError("the content type is {}, not JSON".format(self.content_type))
            return json.loads(self.get_data(cache).decode("utf-8"))
        except ValueError:
            if silent:
                return None
            raise

    @property
    def json(self) -> Any:
        return self.get_json()

    @property
    def is_json(self) -> bool:
        return is_json_type(self.content_type)

    @property
    def form(self) -> MultiDict:
        return self._parsed_form().form

    @property
    def files(self) -> MultiDict:
        return self._parsed_form().files

    def _parsed_form(self) -> FormData:
        if self._form is None:
            content = b""
            if self.mimetype in FORM_TYPES:
                # As in Flask the body is gone then, unless `get_data` has kept it.
                content = self.stream.read() if self._data is None else self._data
            self._form = parse_form(self.content_type or "", content)
        return self._form

    # ---- query and address

    @property
    def args(self) -> MultiDict:
        return MultiDict(query_pairs(self.query_string.decode("latin-1")))

    @property
    def values(self) -> MultiDict:
        form = self.form.items(multi=True) if self.method != "GET" else ()
        return MultiDict(list(self.args.items(multi=True)) + list(form))

    @property
    def full_path(self) -> str:
        """Path and query; the question mark is always there."""
        return "{}?{}".format(self.path, self.query_string.decode("latin-1"))

    @property
    def host(self) -> str:
        return str(self.headers.get("Host", "localhost"))

    @property
    def host_url(self) -> str:
        return "{}://{}/".format(self.scheme, self.host)

    @property
    def url_root(self) -> str:
        return self.host_url

    @property
    def base_url(self) -> str:
        return self.host_url + self.path.lstrip("/")

    @property
    def url(self) -> str:
        return self.base_url + ("?" + self.query_string.decode("latin-1") if self.query_string else "")

    # ---- headers

    @property
    def headers(self) -> Headers:
        if self._headers is None:
            self._headers = Headers(joined_headers(self._head.headers).items())
        return self._headers

    @property
    def content_type(self) -> Optional[str]:
        return self._header("Content-Type")

    @property
    def mimetype(self) -> str:
        return parse_media_type(self.content_type)[0]

    @property
    def mimetype_params(self) -> Dict[str, str]:
        return parse_media_type(self.content_type)[1]

    @property
    def content_length(self) -> Optional[int]:
        length: Optional[int] = self.headers.get("Content-Length", type=int)
        return length

    @property
    def content_encoding(self) -> Optional[str]:
        return self._header("Content-Encoding")

    @property
    def authorization(self) -> Optional[Authorization]:
        text = self._header("Authorization")
        return Authorization(text) if text else None

    @property
    def user_agent(self) -> UserAgent:
        return UserAgent(self._header("User-Agent") or "")

    @property
    def referrer(self) -> Optional[str]:
        return self._header("Referer")

    @property
    def origin(self) -> Optional[str]:
        return self._header("Origin")

    @property
    def cookies(self) -> MultiDict:
        return MultiDict(read_cookies(self._header("Cookie") or ""))

    @property
    def environ(self) -> Dict[str, Any]:
        """The request in the names of WSGI."""
        return wsgi_environ(self._head, self.stream)

    def _header(self, name: str) -> Optional[str]:
        value: Optional[str] = self.headers.get(name)
        return value
