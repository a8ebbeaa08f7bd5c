"""Writes and reads cookies; the class of the standard library knows SameSite only from Python 3.8 on."""

import time
from datetime import datetime, timezone
from email.utils import formatdate
from http.cookies import SimpleCookie
from typing import Any, Dict, List, Mapping, Tuple

# In the order in which they are written.
_VALUED = {
    "domain": "Domain",
    "expires": "Expires",
    "max_age": "Max-Age",
    "secure": "Secure",
    "httponly": "HttpOnly",
    "path": "Path",
    "samesite": "SameSite",
}


def cookie_header(name: str, value: str, attributes: Mapping[str, Any]) -> str:
    """The value of a `Set-Cookie` header; the path is `/` unless it is given."""
    chosen: Dict[str, Any] = dict({"path": "/"}, **attributes)
    unknown = sorted(set(chosen) - set(_VALUED))
    if unknown:
        raise TypeError("a cookie has no attribute {}".format(unknown[0]))
    if chosen.get("max_age") is not None and chosen.get("expires") is None:
        chosen["expires"] = time.time() + chosen["max_age"]
    parts = ["{}={}".format(name, SimpleCookie().value_encode(value)[1] if value else "")]
    for key, written in _VALUED.items():
        setting = chosen.get(key)
        if setting is True:
            parts.append(written)
        elif setting is not None and setting is not False:
            parts.append("{}={}".format(written, _date(setting) if key == "expires" else setting))
    return "; ".join(parts)


def read_cookies(header: str) -> List[Tuple[str, str]]:
    return [(name, morsel.value) for name, morsel in SimpleCookie(header).items()]


def _date(moment: Any) -> str:
    """A date of HTTP from a datetime (without a zone: UTC) or seconds since 1970; text stays as it is."""
    if isinstance(moment, str):
        return moment
    if isinstance(moment, datetime):
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    return formatdate(moment, usegmt=True)
