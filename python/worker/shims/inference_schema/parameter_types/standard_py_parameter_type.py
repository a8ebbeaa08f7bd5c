"""Parameters that are plain Python values, or dicts and lists with types of their own inside."""

import base64
import datetime
import json
from typing import Any, Callable, Dict, Tuple

from inference_schema.parameter_types._moments import parse_moment
from inference_schema.parameter_types._python_schema import example_of, schema_of
from inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType

__all__ = ["StandardPythonParameterType"]

_FROM_TEXT: Dict[type, Callable[[Any], Any]] = {
    bytes: lambda text: base64.b64decode(text.encode("utf-8")),
    bytearray: lambda text: bytearray(base64.b64decode(text.encode("utf-8"))),
    datetime.date: lambda text: parse_moment(text).date(),
    datetime.datetime: parse_moment,
    datetime.time: lambda text: parse_moment(text).timetz(),
}
_ACCEPTED: Dict[type, Tuple[type, ...]] = {float: (float, int), list: (list, tuple), tuple: (list, tuple)}


class StandardPythonParameterType(AbstractParameterType):
    """Takes values of the sample's type. Inside dicts and lists only declared types are looked at."""

    def __init__(self, sample_input: Any) -> None:
        super().__init__(sample_input)
        self._from_text = _FROM_TEXT.get(self.sample_data_type)
        self._expected = _ACCEPTED.get(self.sample_data_type, self.sample_data_type)
        self._fields = _declared_fields(sample_input)
        self._item = _declared_item(sample_input)

    def deserialize_input(self, input_data: Any) -> Any:
        if self._from_text is not None:
            return self._from_text(input_data)
        if not self._is_expected(input_data):
            raise ValueError(
                "Invalid input data type to parse. Expected: {} but got {}".format(
                    self.sample_data_type, type(input_data)
                )
            )
        if self._item is not None:
            return [self._item.deserialize_input(item) for item in input_data]
        for name, kind in self._fields.items():
            if name in input_data:
                input_data[name] = kind.deserialize_input(input_data[name])
        return input_data

    def input_to_swagger(self) -> Dict[str, Any]:
        if self.sample_input is None:
            raise ValueError("Sample input cannot be None")
        example = example_of(self.sample_input)
        try:
            json.dumps(example)
        except TypeError as error:
            raise TypeError(
                "Invalid python data sample provided: ensure that the data is fully JSON serializable to be "
                "able to generate swagger schema from it. Actual error: {}".format(error)
            ) from None
        return dict(schema_of(self.sample_input), example=example)

    def _is_expected(self, value: Any) -> bool:
        if isinstance(value, bool) and self.sample_data_type is float:
            return False
        return isinstance(value, self._expected)


def _declared_fields(sample: Any) -> Dict[str, AbstractParameterType]:
    if not isinstance(sample, dict):
        return {}
    return {name: kind for name, kind in sample.items() if isinstance(kind, AbstractParameterType)}


def _declared_item(sample: Any) -> Any:
    """All items of a list are of the first type that its sample declares."""
    items = sample if isinstance(sample, (list, tuple)) else ()
    return next((kind for kind in items if isinstance(kind, AbstractParameterType)), None)
