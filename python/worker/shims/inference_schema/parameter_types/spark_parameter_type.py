"""Parameters that are data frames of Spark."""

import base64
import decimal
import json
from typing import Any, Callable, Dict

from pyspark.sql import DataFrame, SparkSession, types

from inference_schema.parameter_types._moments import parse_moment
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
_FROM_JSON: Dict[type, Callable[[Any], Any]] = {
    types.BinaryType: base64.b64decode,
    types.DateType: lambda text: parse_moment(text).date(),
    types.DecimalType: lambda number: decimal.Decimal(str(number)),
    types.TimestampType: parse_moment,
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
        if not self.apply_sample_schema:
            return session.createDataFrame(input_data)
        schema = self.sample_input.schema
        # Spark refuses what is not of the schema's types; its reader of JSON would put nulls there.
        return session.createDataFrame([_value(record, schema) for record in input_data], schema)

    def input_to_swagger(self) -> Schema:
        records = [json.loads(line) for line in self.sample_input.toJSON().collect()]
        return {"type": "array", "items": _schema(self.sample_input.schema), "example": records}


def _value(sent: Any, kind: Any) -> Any:
    """What JSON has as Spark takes it; every field of a record must be there."""
    if sent is None:
        return None
    if isinstance(kind, types.StructType):
        return tuple(_value(sent[field.name], field.dataType) for field in kind.fields)
    if isinstance(kind, types.ArrayType):
        return [_value(item, kind.elementType) for item in sent]
    if isinstance(kind, types.MapType):
        return {key: _value(item, kind.valueType) for key, item in sent.items()}
    return _FROM_JSON.get(type(kind), _as_sent)(sent)


def _as_sent(value: Any) -> Any:
    return value


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
