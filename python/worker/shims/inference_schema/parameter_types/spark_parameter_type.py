"""Parameters that are data frames of Spark."""

import json
from typing import Any, Dict

from pyspark.sql import DataFrame, SparkSession, types

from inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType

__all__ = ["SparkParameterType"]

Schema = Dict[str, Any]

_SIMPLE = {
    types.ByteType: {"type": "integer", "format": "int8"},
    types.ShortType: {"type": "integer", "format": "int16"},
    types.IntegerType: {"type": "integer", "format": "int32"},
    types.LongType: {"type": "integer", "format": "int64"},
    types.FloatType: {"type": "number", "format": "float"},
    types.DoubleType: {"type": "number", "format": "double"},
    types.DecimalType: {"type": "number", "format": "double"},
    types.BooleanType: {"type": "boolean"},
    types.StringType: {"type": "string"},
    types.BinaryType: {"type": "string", "format": "binary"},
    types.DateType: {"type": "string", "format": "date"},
    types.TimestampType: {"type": "string", "format": "date-time"},
}


class SparkParameterType(AbstractParameterType):
    """Makes frames of lists of records, with the sample's schema unless `apply_sample_schema` is False."""

    def __init__(self, sample_input: Any, apply_sample_schema: bool = True) -> None:
        if not isinstance(sample_input, DataFrame):
            raise Exception("Invalid sample input provided, must provide a sample Spark DataFrame array.")
        super().__init__(sample_input)
        self.apply_sample_schema = apply_sample_schema

    def deserialize_input(self, input_data: Any) -> Any:
        if isinstance(input_data, DataFrame):
            return input_data
        if not isinstance(input_data, list):
            raise Exception(
                'Error, unable to convert input of type "{}" to Spark DataFrame'.format(type(input_data))
            )
        session = SparkSession.builder.getOrCreate()
        lines = session.sparkContext.parallelize([json.dumps(record) for record in input_data])
        return session.read.json(lines, schema=self.sample_input.schema if self.apply_sample_schema else None)

    def input_to_swagger(self) -> Schema:
        records = [json.loads(line) for line in self.sample_input.toJSON().collect()]
        return {"type": "array", "items": _schema(self.sample_input.schema), "example": records}


def _schema(kind: Any) -> Schema:
    if isinstance(kind, types.StructType):
        return {
            "type": "object",
            "properties": {field.name: _schema(field.dataType) for field in kind.fields},
        }
    if isinstance(kind, types.ArrayType):
        return {"type": "array", "items": _schema(kind.elementType)}
    if isinstance(kind, types.MapType):
        return {"type": "object", "additionalProperties": _schema(kind.valueType)}
    if type(kind) not in _SIMPLE:
        raise TypeError("We currently do not support extracting schema from data of type {}".format(kind))
    return dict(_SIMPLE[type(kind)])
