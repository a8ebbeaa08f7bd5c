"""Reads moments that callers send as text."""

import datetime
import re

_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)?[T ]?(\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)? ?(Z|[+-]\d\d:?\d\d)?$")


def parse_moment(text: str) -> datetime.datetime:
    """Whatever dateutil can read; without that package ISO 8601, with today for a time alone."""
    try:
        from dateutil.parser import parse
    except ImportError:
        return _parse_iso(text)
    parsed: datetime.datetime = parse(text)
    return parsed


def _parse_iso(text: str) -> datetime.datetime:
    if not isinstance(text, str):
        raise TypeError("Parser must be a string or character stream, not {}".format(type(text).__name__))
    found = _ISO.match(text.strip())
    if not found or not (found.group(1) or found.group(2)):
        raise ValueError("Unknown string format: {}".format(text))
    day, time, zone = found.groups()
    plain = " ".join(part for part in (day or datetime.date.today().isoformat(), time) if part)
    moment = _first_that_fits(plain)
    return moment.replace(tzinfo=_zone(zone)) if zone else moment


def _first_that_fits(text: str) -> datetime.datetime:
    for pattern in _FORMATS[:-1]:
        try:
            return datetime.datetime.strptime(text, pattern)
        except ValueError:
            continue
    return datetime.datetime.strptime(text, _FORMATS[-1])


def _zone(text: str) -> datetime.tzinfo:
    if text == "Z":
        return datetime.timezone.utc
    offset = datetime.timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return datetime.timezone(-offset if text[0] == "-" else offset)
