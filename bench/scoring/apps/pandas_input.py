"""Prints the microseconds that one pandas call through `@input_schema` takes, by the package on the path."""

import time

import inference_schema
import pandas as pd
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.schema_decorators import input_schema

columns = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
sample = pd.DataFrame([[1.5] * len(columns)], columns=columns)
record = {name: index + 0.5 for index, name in enumerate(columns)}


@input_schema("data", PandasParameterType(sample))
def run(data):
    return data


def microseconds(calls):
    start = time.perf_counter()
    for _ in range(calls):
        run([record])
    return (time.perf_counter() - start) / calls * 1e6


if __name__ == "__main__":
    converted = run([record])
    assert converted.to_dict("records") == [record], converted
    microseconds(50)
    print(sorted(microseconds(100) for _ in range(7))[3], inference_schema.__file__)
