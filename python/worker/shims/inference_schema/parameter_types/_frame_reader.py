"""Makes data frames of what callers send, exactly as `pandas.read_json` would, mostly without calling it."""

import io
import json
from typing import Any, Callable, Dict, Optional, Tuple

import numpy as np
import pandas as pd

_REMEMBERED_HEADINGS = 64
_A_DATE = "2020-01-02"
_NUMBERS = {np.dtype("float64"): {int, float}, np.dtype("int64"): {int}}

Heading = Tuple[Any, ...]


def read_with_pandas(decoded: Any, orient: str) -> pd.DataFrame:
    """The way that defines what is right, and takes milliseconds."""
    return pd.read_json(io.StringIO(json.dumps(decoded)), orient=orient, dtype=False)


class RecordsReader:
    """
    Reads lists of records without gaps the short way: through the parser of `read_json`, whose floats differ
    from Python's in the last digit, and into a frame as there, but without its attempts to convert.

    Those attempts end in nothing where no value is missing, where no column is named like a date, and where
    the names do not look like numbers or dates. Whether names are such, `read_json` itself is asked once; for
    the names that are expected, at once.
    """

    def __init__(self, expected: Heading) -> None:
        self._parse = _find_parser()
        self._survivors: Dict[Heading, Optional[pd.Index]] = {expected: _columns_unless_converted(expected)}

    def read(self, records: Any, dtypes: Dict[Any, Any]) -> pd.DataFrame:
        """Columns that are all numbers of one of the `dtypes` may already have it; the others are as read."""
        is_list = isinstance(records, list) and records and isinstance(records[0], dict)
        frame = self._read_directly(records, dtypes) if is_list and self._parse else None
        return read_with_pandas(records, "records") if frame is None else frame

    def _read_directly(self, records: Any, dtypes: Dict[Any, Any]) -> Optional[pd.DataFrame]:
        assert self._parse
        decoded = self._parse(json.dumps(records))
        heading = tuple(decoded[0])
        columns = self._surviving(heading)
        if columns is None or not _is_full(decoded, heading):
            return None
        numbers = _numbers(decoded, {dtypes.get(name) for name in heading})
        # The view has a name of its own, should the script give it one.
        return pd.DataFrame(decoded) if numbers is None else pd.DataFrame(numbers, columns=columns.view())

    def _surviving(self, heading: Heading) -> Optional[pd.Index]:
        if heading in self._survivors:
            return self._survivors[heading]
        columns = _columns_unless_converted(heading)
        # Callers choose the names: what is remembered for them must have an end.
        if len(self._survivors) < _REMEMBERED_HEADINGS:
            self._survivors[heading] = columns
        return columns


def _find_parser() -> Optional[Callable[[str], Any]]:
    """What `read_json` parses with; it is public under no name that lasts."""
    try:
        from pandas.io.json import _json
    except ImportError:
        return None
    return getattr(_json, "ujson_loads", getattr(_json, "loads", None))


def _columns_unless_converted(heading: Heading) -> Optional[pd.Index]:
    """The columns of such records; none if `read_json` converts the names, or dates in the values."""
    if not heading:
        return None
    sample = [dict.fromkeys(heading, _A_DATE)]
    read, plain = read_with_pandas(sample, "records"), pd.DataFrame(sample)
    is_kept = (
        heading == tuple(read.columns)
        and read.columns.equals(plain.columns)
        and read.columns.dtype == plain.columns.dtype
    )
    return plain.columns if is_kept and list(read.dtypes) == list(plain.dtypes) else None


def _is_full(records: Any, heading: Heading) -> bool:
    """Whether every record has exactly these names, and a value for each."""
    for record in records:
        if not isinstance(record, dict) or None in record.values() or tuple(record) != heading:
            return False
    return True


def _numbers(records: Any, dtypes: Any) -> Optional[np.ndarray]:
    """The values as one array, where all columns are to be of one kind of numbers and all values are."""
    dtype = dtypes.pop() if len(dtypes) == 1 else None
    rows = [list(record.values()) for record in records] if dtype in _NUMBERS else []
    if not rows or any(not _NUMBERS[dtype].issuperset(map(type, row)) for row in rows):
        return None
    try:
        return np.array(rows, dtype=dtype)
    except OverflowError:
        return None
