"""Schemas and examples of plain Python values."""

import base64
import datetime
from typing import Any, Dict

from inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType

Schema = Dict[str, Any]

_SIMPLE = {
    int: {"type": "integer", "format": "int64"},
    float: {"type": "number", "format": "double"},
    bool: {"type": "boolean"},
    str: {"type": "string"},
    bytes: {"type": "string", "format": "byte"},
    bytearray: {"type": "string", "format": "byte"},
    range: {"type": "array", "items": {"type": "integer", "format": "int64"}},
    datetime.date: {"type": "string", "format": "date"},
    datetime.datetime: {"type": "string", "format": "date-time"},
    datetime.time: {"type": "string", "format": "time"},
}


def schema_of(value: Any) -> Schema:
    """The schema of a value; of a list, that of its last item; anything unknown is an object."""
    if isinstance(value, AbstractParameterType):
        return {key: part for key, part in value.input_to_swagger().items() if key != "example"}
    if isinstance(value, dict):
        properties = {name: schema_of(item) for name, item in value.items()}
        return {"type": "object", "required": list(value), "properties": properties}
    if isinstance(value, (list, tuple)):
        return {"type": "array", "items": schema_of(value[-1]) if value else {"type": "object"}}
    return dict(_SIMPLE.get(type(value), {"type": "object"}))


def example_of(value: Any) -> Any:
    """The value as JSON has it, as far as JSON can."""
    if isinstance(value, AbstractParameterType):
        return value.input_to_swagger()["example"]
    if isinstance(value, dict):
        return {name: example_of(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, range)):
        return [example_of(item) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode("ascii")
    return _time_text(value)


def _time_text(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return _with_zone(value).strftime("%Y-%m-%d %H:%M:%S.%f %z")
    if isinstance(value, datetime.time):
        return _with_zone(value).strftime("%H:%M:%S.%f %z")
    return value.strftime("%Y-%m-%d") if isinstance(value, datetime.date) else value


def _with_zone(moment: Any) -> Any:
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)
