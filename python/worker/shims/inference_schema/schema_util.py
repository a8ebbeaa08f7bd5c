"""Answers what is known about a decorated function."""

from typing import Any, Callable, Dict, List

from inference_schema._registry import INPUT, OUTPUT, SchemaRegistry, full_name
from inference_schema.parameter_types.abstract_parameter_type import ALL_VERSIONS

__all__ = [
    "get_input_schema",
    "get_output_schema",
    "get_schemas_dict",
    "get_supported_versions",
    "is_schema_decorated",
]

Function = Callable[..., Any]


def get_input_schema(func: Function) -> Dict[str, Any]:
    """Schema of an object with the function's parameters; of any object when none is declared."""
    return _schema(func, INPUT)


def get_output_schema(func: Function) -> Dict[str, Any]:
    """Schema of what the function returns; of any object when it is not declared."""
    return _schema(func, OUTPUT)


def get_supported_versions(func: Function) -> List[str]:
    """The versions of Swagger that can express all that is declared, of `2.0`, `3.0` and `3.1`."""
    declared = SchemaRegistry.versions.get(full_name(func), {}).values()
    return [version for version in ALL_VERSIONS if all(version in versions for versions in declared)]


def get_schemas_dict() -> Dict[str, Dict[str, Any]]:
    """All schemas by the full name of their function."""
    return SchemaRegistry.schemas


def is_schema_decorated(func: Function) -> bool:
    """Whether anything is declared for the function."""
    return full_name(func) in SchemaRegistry.schemas


def _schema(func: Function, part: str) -> Dict[str, Any]:
    schema: Dict[str, Any] = SchemaRegistry.schemas.get(full_name(func), {}).get(part, {"type": "object"})
    return schema
