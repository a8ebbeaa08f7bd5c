"""Parameters that are numpy arrays."""

import base64
from typing import Any, Dict, Optional

import numpy as np

from inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType

__all__ = ["NumpyParameterType"]

Schema = Dict[str, Any]

_UNITS = {
    "years": "Y",
    "months": "M",
    "weeks": "W",
    "days": "D",
    "hours": "h",
    "minutes": "m",
    "seconds": "s",
    "milliseconds": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
    "picoseconds": "ps",
    "femtoseconds": "fs",
    "attoseconds": "as",
}
_BY_KIND = {
    "U": {"type": "string"},
    "S": {"type": "string", "format": "binary"},
    "V": {"type": "string", "format": "binary"},
    "M": {"type": "string", "format": "date-time"},
    "m": {"type": "string", "format": "timedelta"},
    "b": {"type": "boolean"},
    "O": {"type": "object"},
}
_FLOATS = {"float16": "float", "float32": "float", "float64": "double"}


class NumpyParameterType(AbstractParameterType):
    """Makes arrays of lists, with the sample's dtype and the sizes of all its dimensions but the first."""

    def __init__(
        self, sample_input: Any, enforce_column_type: bool = True, enforce_shape: bool = True
    ) -> None:
        if not isinstance(sample_input, np.ndarray):
            raise Exception("Invalid sample input provided, must provide a sample Numpy array.")
        super().__init__(sample_input)
        self.enforce_column_type = enforce_column_type
        self.enforce_shape = enforce_shape
        self._dtype = sample_input.dtype if enforce_column_type else None
        self._is_plain = not (enforce_column_type and _needs_reading(sample_input.dtype))
        self._shape = sample_input.shape

    def deserialize_input(self, input_data: Any) -> Any:
        if isinstance(input_data, np.ndarray):
            return input_data
        if not isinstance(input_data, list):
            raise ValueError("Invalid input format: expected an array of items.")
        if not self._is_plain:
            input_data = [_read(item, self.sample_input.dtype, len(self._shape) - 1) for item in input_data]
        array = np.array(input_data, dtype=self._dtype)
        if self.enforce_shape:
            shape = array.shape
            if shape[1:] != self._shape[1:] or len(shape) != len(self._shape):
                raise ValueError("Invalid input array: " + _shape_fault(shape, self._shape))
        return array

    def input_to_swagger(self) -> Schema:
        schema = _schema(self.sample_input.dtype)
        for _ in self.sample_input.shape:
            schema = {"type": "array", "items": schema}
        return dict(schema, example=_example(np.asarray(self.sample_input)), format="numpy.ndarray")


def _shape_fault(shape: Any, expected: Any) -> str:
    if len(shape) != len(expected):
        return "an array with {} dimensions is expected; input has {} [shape {}]".format(
            len(expected), len(shape), shape
        )
    place = next(place for place in range(1, len(shape)) if shape[place] != expected[place])
    return "array has size {} on dimension #{}, while expected value is {}".format(
        shape[place], place, expected[place]
    )


def _needs_reading(dtype: Any) -> bool:
    """Whether numpy does not take what JSON has: objects or arrays for records, text for time spans."""
    return dtype.names is not None or dtype.kind == "m"


def _read(item: Any, dtype: Any, depth: int) -> Any:
    """An item, or `depth` levels of lists of them, as numpy takes it."""
    if depth > 0:
        return [_read(inner, dtype, depth - 1) for inner in item]
    if dtype.names is not None:
        fields = dtype.names if isinstance(item, dict) else range(len(dtype.names))
        kinds = [dtype[name] for name in dtype.names]
        return tuple(_read(item[field], kind.base, len(kind.shape)) for field, kind in zip(fields, kinds))
    return _span(item) if dtype.kind == "m" else item


def _span(text: str) -> Any:
    parts = text.split(" ")
    fault = "Invalid numpy.timestamp64 value specified: {}. ".format(text)
    if len(parts) < 2:
        raise ValueError(fault + "Format should be <value> <time_unit_code>")
    amount = int(parts[0])
    if " ".join(parts[1:]) not in _UNITS:
        raise ValueError(fault + "Unrecognized time unit code")
    return np.timedelta64(amount, _UNITS[parts[1]])


def _schema(dtype: Any) -> Schema:
    if dtype.subdtype is not None:
        schema = _schema(dtype.base)
        for _ in dtype.shape:
            schema = {"type": "array", "items": schema}
        return schema
    if dtype.names is not None:
        return {"type": "object", "properties": {name: _schema(dtype[name]) for name in dtype.names}}
    return _simple_schema(dtype)


def _simple_schema(dtype: Any) -> Schema:
    if dtype.kind in "iu":
        return {"type": "integer", "format": dtype.name}
    if dtype.name in _FLOATS:
        return {"type": "number", "format": _FLOATS[dtype.name]}
    known = _BY_KIND.get(dtype.kind)
    if known is None:
        raise TypeError("We currently do not support extracting schema from data of type {}".format(dtype))
    return dict(known)


def _example(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [_example(item) for item in value]
    names: Optional[Any] = getattr(getattr(value, "dtype", None), "names", None)
    if names is not None:
        return {name: _example(value[name]) for name in names}
    if isinstance(value, (np.integer, np.floating)) and not isinstance(value, np.timedelta64):
        return value.item()
    if isinstance(value, (bytes, np.void)):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, np.datetime64) and not np.isnat(value):
        return value.astype("M8[us]").item().strftime("%Y-%m-%d %H:%M:%S,%f")
    return str(value)
