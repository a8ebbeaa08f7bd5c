"""Reads form bodies: `application/x-www-form-urlencoded` and `multipart/form-data`."""

import io
import re
import shutil
from email.message import Message
from email.parser import HeaderParser
from typing import IO, Iterator, List, NamedTuple, Optional, Tuple, Union
from urllib.parse import unquote_to_bytes

from slipway_worker.multi_dict import Headers, MultiDict

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")

# Bytes that are no UTF-8, once decoded with `surrogateescape`.
_WRONG_BYTE = re.compile("[\udc80-\udcff]")


class UploadedFile:
    """One file of a multipart form, held in memory."""

    def __init__(self, name: str, filename: str, content: bytes, headers: Headers) -> None:
        self.name = name
        self.filename = filename
        self.stream = io.BytesIO(content)
        self.headers = headers
        self.content_type = headers.get("Content-Type", "application/octet-stream")
        self.mimetype, self.mimetype_params = parse_media_type(self.content_type)
        self.content_length = len(content)

    def read(self, size: int = -1) -> bytes:
        return self.stream.read(size)

    def close(self) -> None:
        self.stream.close()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.stream)

    def save(self, target: Union[str, IO[bytes]]) -> None:
        """Writes the rest of the file to a path or an open binary file."""
        if hasattr(target, "write"):
            shutil.copyfileobj(self.stream, target)
            return
        with open(target, "wb") as out:
            shutil.copyfileobj(self.stream, out)


FormData = NamedTuple("FormData", [("form", MultiDict), ("files", MultiDict)])


def parse_form(content_type: str, body: bytes) -> FormData:
    """The fields and files of a form; empty for other content types and where a boundary is missing."""
    kind, parameters = parse_media_type(content_type)
    if kind == "application/x-www-form-urlencoded":
        return FormData(MultiDict(query_pairs(body.decode("utf-8", "replace"))), MultiDict())
    boundary = parameters.get("boundary")
    if kind != "multipart/form-data" or not boundary:
        return FormData(MultiDict(), MultiDict())
    return _parse_multipart(boundary.encode("latin-1", "replace"), body)


def is_json_type(content_type: Optional[str]) -> bool:
    """`application/json` or `application/…+json`, whatever its parameters."""
    kind = parse_media_type(content_type)[0]
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def query_pairs(query: str) -> List[Tuple[str, str]]:
    """Names and values in order; unlike those of the standard library before 3.10, `;` separates nothing."""
    pairs = []
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((_unquoted(name), _unquoted(value)))
    return pairs


def parse_media_type(text: Optional[str]) -> Tuple[str, "dict[str, str]"]:
    """`text/html; charset=utf-8` → `('text/html', {'charset': 'utf-8'})`."""
    message = Message()
    message["content-type"] = text or ""
    parameters = message.get_params([], "content-type")
    kind = parameters[0][0].lower() if parameters else ""
    return kind, {name.lower(): str(value) for name, value in parameters[1:]}


def _unquoted(text: str) -> str:
    """Bytes that are no UTF-8 stay as they were written."""
    plain = unquote_to_bytes(text.replace("+", " ").encode("utf-8", "surrogateescape"))
    return _WRONG_BYTE.sub(_as_written, plain.decode("utf-8", "surrogateescape"))


def _as_written(wrong: "re.Match[str]") -> str:
    return "%{:02X}".format(ord(wrong.group()) - 0xDC00)


def _parse_multipart(boundary: bytes, body: bytes) -> FormData:
    form: List[Tuple[str, str]] = []
    files: List[Tuple[str, UploadedFile]] = []
    # The first boundary has no line break before it; with one added all boundaries look alike.
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:]:
        if part.startswith(b"--"):
            break
        head, found, content = part.partition(b"\r\n\r\n")
        if not found:
            continue
        headers = _part_headers(head)
        name, filename = _part_names(headers)
        if filename is None:
            form.append((name, content.decode("utf-8", "replace")))
        else:
            files.append((name, UploadedFile(name, filename, content, headers)))
    return FormData(MultiDict(form), MultiDict(files))


def _part_headers(head: bytes) -> Headers:
    message = HeaderParser().parsestr(head.decode("utf-8", "replace").strip("\r\n"))
    return Headers((name, str(value)) for name, value in message.items())


def _part_names(headers: Headers) -> Tuple[str, Optional[str]]:
    _, parameters = parse_media_type(headers.get("Content-Disposition", ""))
    return parameters.get("name", ""), parameters.get("filename")
