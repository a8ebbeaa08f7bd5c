"""Parameters that are data frames."""

import json
from typing import Any, Dict, Iterable, Tuple

import pandas as pd

from inference_schema.parameter_types._frame_reader import RecordsReader, read_with_pandas
from inference_schema.parameter_types._python_schema import schema_of
from inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType

__all__ = ["PandasParameterType"]

Schema = Dict[str, Any]

_ORIENTS = ("split", "records", "index", "columns", "values", "table")


class PandasParameterType(AbstractParameterType):
    """Makes frames of what `DataFrame.to_json` writes, with the sample's dtypes and number of columns."""

    def __init__(
        self,
        sample_input: Any,
        enforce_column_type: bool = True,
        enforce_shape: bool = True,
        apply_column_names: bool = False,
        orient: str = "records",
    ) -> None:
        if not isinstance(sample_input, pd.DataFrame):
            raise Exception("Invalid sample input provided, must provide a sample Pandas Dataframe.")
        if orient not in _ORIENTS:
            raise Exception(
                "Invalid orient provided, must be one of "
                "('split', 'records', 'index', 'columns', 'values', or 'table')"
            )
        super().__init__(sample_input)
        self.enforce_column_type = enforce_column_type
        self.enforce_shape = enforce_shape
        self.apply_column_names = apply_column_names
        self.orient = orient
        self._dtypes = sample_input.dtypes.to_dict()
        self._width = sample_input.shape[1]
        self._records = RecordsReader(tuple(map(str, sample_input.columns)))

    def deserialize_input(self, input_data: Any) -> Any:
        if isinstance(input_data, pd.DataFrame):
            return input_data
        if not isinstance(input_data, (list, dict)):
            raise Exception(
                "Error, unable to convert input of type {} into Pandas Dataframe".format(type(input_data))
            )
        if self.orient == "records":
            frame = self._records.read(input_data, self._dtypes if self.enforce_column_type else {})
        else:
            frame = read_with_pandas(input_data, self.orient)
        if self.apply_column_names:
            frame.columns = self.sample_input.columns.copy()
        if self.enforce_column_type:
            frame = self._with_dtypes(frame)
        if self.enforce_shape and frame.shape[1] != self._width:
            raise ValueError(
                "Invalid input data frame: data frame has size {} on dimension #1, "
                "while expected value is {}".format(frame.shape[1], self._width)
            )
        return frame

    def input_to_swagger(self) -> Schema:
        sample = self.sample_input
        example = json.loads(sample.to_json(orient=self.orient, date_format="iso"))
        schema = schema_of(example)
        for name, dtype in self._dtypes.items():
            word = {"M": "date-time", "m": "timedelta"}.get(dtype.kind)
            for properties, field in _places(schema, self.orient, str(name)) if word else ():
                properties[field] = {"type": "string", "format": word}
        return dict(schema, example=example, format="pandas.DataFrame:" + self.orient)

    def _with_dtypes(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Columns that the sample does not have become objects."""
        wanted = {name: self._dtypes.get(name, object) for name in frame.columns}
        if wanted and list(wanted.values()) == list(frame.dtypes):
            return frame
        for name, dtype in wanted.items():
            if getattr(dtype, "kind", "") == "m":
                frame[name] = pd.to_timedelta(frame[name])
        return frame.astype(wanted)


def _places(schema: Schema, orient: str, column: str) -> Iterable[Tuple[Schema, str]]:
    """Where the schema describes a value of the column: the properties that hold it, and its name."""
    if orient == "columns":
        values = schema["properties"][column]["properties"]
        return [(values, row) for row in values]
    if orient == "index":
        rows = list(schema["properties"].values())
    elif orient == "table":
        rows = [schema["properties"]["data"]["items"]]
    else:
        rows = [schema["items"]] if orient == "records" else []
    return [(row["properties"], column) for row in rows if column in row.get("properties", {})]
