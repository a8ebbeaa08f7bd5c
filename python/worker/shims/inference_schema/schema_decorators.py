"""Declares the input and output of a function by samples, and converts what it is called with."""

import functools
import inspect
from types import MethodType
from typing import Any, Callable, List, Tuple

from inference_schema._registry import SchemaRegistry
from inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType

__all__ = ["input_schema", "output_schema"]

Function = Callable[..., Any]
Conversion = Tuple[str, Callable[[Any], Any]]


def input_schema(
    param_name: str,
    param_type: AbstractParameterType,
    convert_to_provided_type: bool = True,
    optional: bool = False,
) -> Callable[[Function], Function]:
    """
    Declares one parameter. Its argument is converted to what the sample is, unless it is that already, or
    `convert_to_provided_type` is False, or it is `optional` and empty.
    """
    if not isinstance(param_type, AbstractParameterType):
        raise Exception("Error, provided param_type must be a subclassof the AbstractParameterType.")

    def decorate(function: Function) -> Function:
        SchemaRegistry.add_input(function, param_name, param_type)
        if not convert_to_provided_type:
            return function
        return ConvertingFunction.around(function, (param_name, _conversion(param_type, optional)))

    return decorate


def output_schema(output_type: AbstractParameterType) -> Callable[[Function], Function]:
    """Declares what the function returns. For the description only: nothing is checked or converted."""
    if not isinstance(output_type, AbstractParameterType):
        raise Exception("Error, provided param_type must be a subclass of the AbstractParameterType.")

    def decorate(function: Function) -> Function:
        SchemaRegistry.set_output(function, output_type)
        return function

    return decorate


class ConvertingFunction:
    """A function whose declared arguments are converted first, from the outermost decorator inwards."""

    def __init__(self, function: Function, conversions: List[Conversion]) -> None:
        functools.update_wrapper(self, function)
        self.__signature__ = inspect.signature(function)
        self._function = function
        self._names = list(self.__signature__.parameters)
        self._conversions = conversions

    @classmethod
    def around(cls, function: Function, conversion: Conversion) -> "ConvertingFunction":
        """One object for a stack of decorators: each layer more would cost every call."""
        if isinstance(function, cls):
            return cls(function._function, [conversion, *function._conversions])
        return cls(function, [conversion])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for name, convert in self._conversions:
            if name in kwargs:
                kwargs[name] = convert(kwargs[name])
            else:
                args = self._with_converted(args, name, convert)
        return self._function(*args, **kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def _with_converted(
        self, args: Tuple[Any, ...], name: str, convert: Callable[[Any], Any]
    ) -> Tuple[Any, ...]:
        if name not in self._names:
            raise Exception('Error, provided param_name "{}" is not in the decorated function.'.format(name))
        place = self._names.index(name)
        if place >= len(args) or _is_text_generation(args[place]):
            return args
        return (*args[:place], convert(args[place]), *args[place + 1 :])


def _conversion(param_type: AbstractParameterType, optional: bool) -> Callable[[Any], Any]:
    deserialize = param_type.deserialize_input
    # Samples of these may hold types for their items: only the type itself knows when all is converted.
    nested = param_type.sample_data_type in (dict, list, tuple)
    converted = () if nested else param_type.sample_data_type

    def convert(value: Any) -> Any:
        if isinstance(value, converted) or (optional and not value):
            return value
        return deserialize(value)

    return convert


def _is_text_generation(value: Any) -> bool:
    """What pipelines of Hugging Face are called with is handed on as it is."""
    return isinstance(value, dict) and set(value) == {"input_string", "parameters"}
