"""The request object that a `@rawhttp` script receives; reads what it is asked for and nothing before."""

import io
import json
from http.cookies import SimpleCookie
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, TypeVar
from urllib.parse import parse_qsl

from slipway_worker.form_data import FORM_TYPES, FormData, UploadedFile, parse_form, parse_media_type
from slipway_worker.multi_dict import Headers, MultiDict

Function = TypeVar("Function", bound=Callable[..., Any])

CallHead = NamedTuple(
    "CallHead",
    [("method", str), ("path", str), ("query", str), ("headers", List[Tuple[str, str]]), ("remote", str)],
)


class RawHttpMarks:
    """Remembers that a script asked for raw requests: decorating any function of it counts."""

    used = False


def rawhttp(function: Function) -> Function:
    """Makes `run` receive the request itself instead of its text."""
    RawHttpMarks.used = True
    return function


class AMLRequest:
    """One HTTP request with its whole body, shaped like the Flask request that scripts were written for."""

    def __init__(self, head: CallHead, body: bytes) -> None:
        self.method = head.method
        self.path = head.path
        self.query_string = head.query.encode("latin-1", "replace")
        self.headers = Headers(head.headers)
        self.remote_addr = head.remote
        self.scheme = "http"
        self.is_secure = False
        self.stream = io.BytesIO(body)
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
        kind = self.mimetype
        return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))

    @property
    def form(self) -> "MultiDict[str]":
        return self._parsed_form().form

    @property
    def files(self) -> "MultiDict[UploadedFile]":
        return self._parsed_form().files

    def _parsed_form(self) -> FormData:
        if self._form is None:
            is_form = self.mimetype in FORM_TYPES
            self._form = parse_form(self.content_type or "", self.get_data() if is_form else b"")
        return self._form

    # ---- query and address

    @property
    def args(self) -> "MultiDict[str]":
        return MultiDict(parse_qsl(self.query_string.decode("latin-1"), keep_blank_values=True))

    @property
    def values(self) -> "MultiDict[str]":
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
    def authorization(self) -> Optional[str]:
        return self._header("Authorization")

    @property
    def user_agent(self) -> str:
        return self._header("User-Agent") or ""

    @property
    def referrer(self) -> Optional[str]:
        return self._header("Referer")

    @property
    def origin(self) -> Optional[str]:
        return self._header("Origin")

    @property
    def cookies(self) -> Dict[str, str]:
        jar = SimpleCookie(self._header("Cookie") or "")
        return {name: morsel.value for name, morsel in jar.items()}

    @property
    def environ(self) -> Dict[str, Any]:
        """The request in the names of WSGI."""
        named = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in self.headers}
        named.update(
            REQUEST_METHOD=self.method,
            PATH_INFO=self.path,
            QUERY_STRING=self.query_string.decode("latin-1"),
            CONTENT_TYPE=self.content_type or "",
            CONTENT_LENGTH=self._header("Content-Length") or "",
            REMOTE_ADDR=self.remote_addr,
        )
        return dict(named, **{"wsgi.input": self.stream, "wsgi.url_scheme": self.scheme})

    def _header(self, name: str) -> Optional[str]:
        value: Optional[str] = self.headers.get(name)
        return value
