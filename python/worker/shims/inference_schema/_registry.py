"""Remembers the schemas of decorated functions by the name of the function."""

import inspect
from typing import Any, Callable, Dict, List

from inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType

INPUT = "input_schema"
OUTPUT = "output_schema"

Schema = Dict[str, Any]


class SchemaRegistry:
    """One for the process: a script is asked about its function, wherever that was decorated."""

    schemas: Dict[str, Dict[str, Schema]] = {}
    versions: Dict[str, Dict[str, List[str]]] = {}

    @classmethod
    def add_input(cls, function: Callable[..., Any], name: str, kind: AbstractParameterType) -> None:
        """Adds one parameter; those that are never declared stand there without a type."""
        fragment = dict(kind.input_to_swagger())
        schema = cls._entry(cls.schemas, function).setdefault(
            INPUT, {"type": "object", "properties": {}, "example": {}}
        )
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
                schema["properties"].setdefault(parameter.name, {})
                schema["example"].setdefault(parameter.name, "")
        schema["example"][name] = fragment.pop("example", "")
        schema["properties"][name] = fragment
        cls._entry(cls.versions, function)[INPUT] = kind.supported_versions()

    @classmethod
    def set_output(cls, function: Callable[..., Any], kind: AbstractParameterType) -> None:
        """Refuses a second one."""
        entry = cls._entry(cls.schemas, function)
        if OUTPUT in entry:
            name = full_name(function)
            raise Exception("Error, output schema already defined for function: {}.".format(name))
        entry[OUTPUT] = kind.input_to_swagger()
        cls._entry(cls.versions, function)[OUTPUT] = kind.supported_versions()

    @staticmethod
    def _entry(entries: Dict[str, Any], function: Callable[..., Any]) -> Any:
        return entries.setdefault(full_name(function), {})


def full_name(function: Callable[..., Any]) -> str:
    """Empty for what is no function."""
    return ".".join(getattr(function, part, "") for part in ("__module__", "__name__"))
