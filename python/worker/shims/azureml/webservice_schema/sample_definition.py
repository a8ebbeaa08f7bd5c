"""A sample of one input or output, and the schema made of it."""

import importlib
import json
from typing import Any, Dict

from azureml.webservice_schema.data_types import DataTypes

__all__ = ["DataTypes", "SampleDefinition"]

_VERSION = "1.0.33"
_TYPES = "inference_schema.parameter_types."
_PARAMETER_TYPES = {
    DataTypes.STANDARD: (_TYPES + "standard_py_parameter_type", "StandardPythonParameterType"),
    DataTypes.NUMPY: (_TYPES + "numpy_parameter_type", "NumpyParameterType"),
    DataTypes.PANDAS: (_TYPES + "pandas_parameter_type", "PandasParameterType"),
    DataTypes.SPARK: (_TYPES + "spark_parameter_type", "SparkParameterType"),
}


class SampleDefinition:
    """`input_type` is one of DataTypes; raises for a sample that is not of that type."""

    def __init__(self, input_type: int, sample_data: Any) -> None:
        if input_type not in _PARAMETER_TYPES:
            raise ValueError("Invalid type of sample: must be one of DataTypes, got {!r}".format(input_type))
        module, name = _PARAMETER_TYPES[input_type]
        sample = getattr(importlib.import_module(module), name)(sample_data)
        self.type = input_type
        self.schema = sample.input_to_swagger()

    def serialize(self) -> Dict[str, Any]:
        """What a schema file has for this sample."""
        return {"swagger": self.schema, "type": self.type, "version": _VERSION}

    def get_schema_string(self) -> str:
        """The schema as JSON text."""
        return json.dumps(self.schema)
