"""Writes the schema file of a scoring function."""

import inspect
import json
import os
from typing import Any, Callable, Dict, Optional

from azureml.webservice_schema.sample_definition import SampleDefinition

__all__ = ["generate_schema"]

Samples = Dict[str, SampleDefinition]


def generate_schema(
    run_func: Callable[..., Any],
    inputs: Optional[Samples] = None,
    outputs: Optional[Samples] = None,
    filepath: Optional[str] = None,
) -> Dict[str, Any]:
    """The schemas by `input` and `output`; written to `filepath` when one is given."""
    schema = {}
    if inputs is not None:
        _check_names(run_func, inputs)
        schema["input"] = {name: _serialized(name, sample) for name, sample in inputs.items()}
    if outputs is not None:
        schema["output"] = {name: _serialized(name, sample) for name, sample in outputs.items()}
    if filepath:
        os.makedirs(os.path.dirname(os.path.abspath(filepath)), exist_ok=True)
        with open(filepath, "w", encoding="utf-8") as file:
            json.dump(schema, file)
    return schema


def _check_names(run_func: Callable[..., Any], inputs: Samples) -> None:
    parameters = list(inspect.signature(run_func).parameters)
    if len(parameters) != len(inputs):
        raise ValueError(
            "Argument mismatch: Provided run function has {} arguments while {} inputs were previously "
            "declared for it".format(len(parameters), len(inputs))
        )
    for name in parameters:
        if name not in inputs:
            raise ValueError(
                "Argument mismatch: Provided run function argument {} is not present in input types "
                "dictionary which contains: ({})".format(name, ", ".join(inputs))
            )


def _serialized(name: str, sample: Any) -> Dict[str, Any]:
    if not isinstance(sample, SampleDefinition):
        raise ValueError(
            "Invalid Schema: Bad input type detected for argument {}, input schema only supports types or "
            "Sample Definition objects, found {}".format(name, type(sample))
        )
    return sample.serialize()
