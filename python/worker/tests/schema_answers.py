"""Run by any interpreter: declares schemas by inference_schema, calls functions, and prints all as JSON."""

import datetime
import importlib
import json
import re
import sys
import warnings
from typing import Any, Callable, Dict, Iterable, List

from schema_cases import Case, cases, random_cases

ANSWERS: Dict[str, Callable[[], Iterable[Case]]] = {
    "written": cases,
    "random": lambda: random_cases(1, 400),
}


def main(which: str, packages: List[str]) -> None:
    """`which` is `written` or `random`; cases that need other packages than those are left out."""
    warnings.simplefilter("ignore")
    names = names_for(packages)
    answers = {}
    for needs, declared, inputs in ANSWERS[which]():
        if not needs or needs in packages:
            answers[json.dumps([declared, *inputs])] = answer(declared, inputs, names)
    json.dump(answers, sys.stdout, indent=0, sort_keys=True)


def names_for(packages: List[str]) -> Dict[str, Any]:
    """What the expressions of the cases may use."""
    kinds = importlib.import_module("inference_schema.parameter_types.standard_py_parameter_type")
    names: Dict[str, Any] = {"D": datetime, "S": kinds.StandardPythonParameterType}
    if "numpy" in packages:
        arrays = importlib.import_module("inference_schema.parameter_types.numpy_parameter_type")
        names.update(np=importlib.import_module("numpy"), N=arrays.NumpyParameterType)
    if "pandas" in packages:
        frames = importlib.import_module("inference_schema.parameter_types.pandas_parameter_type")
        pandas = importlib.import_module("pandas")
        names.update(pd=pandas, DF=pandas.DataFrame, P=frames.PandasParameterType)
        names.update(as_split=as_split, as_columns=as_columns, as_index=as_index, as_values=as_values)
    return names


def answer(declared: str, inputs: List[str], names: Dict[str, Any]) -> Dict[str, Any]:
    """The description of the declared type, and what each input becomes or is refused with."""
    decorators = importlib.import_module("inference_schema.schema_decorators")
    known = importlib.import_module("inference_schema.schema_util")

    def same(x: Any) -> Any:
        return x

    try:
        run = decorators.input_schema("x", eval(declared, names))(same)
        schema = json.dumps(known.get_input_schema(run), sort_keys=True)
        versions = known.get_supported_versions(run)
    except Exception as error:
        return {"refused": described_error(error)}
    return {"schema": schema, "versions": versions, "replies": [attempt(run, text, names) for text in inputs]}


def attempt(run: Callable[..., Any], text: str, names: Dict[str, Any]) -> str:
    try:
        return described(run(x=eval(text, names)))
    except Exception as error:
        return described_error(error)


def described(value: Any) -> str:
    """Value, types and labels as text; equal texts are equal for a script."""
    kind = type(value).__name__
    if kind == "ndarray":
        return "{} {} {} {!r}".format(kind, value.dtype, value.shape, value.tolist())
    if kind == "DataFrame":
        axes = [(type(axis).__name__, str(axis.dtype), list(axis)) for axis in (value.index, value.columns)]
        cells = [described(cell) for row in value.values.tolist() for cell in row]
        return "{} {} {} {}".format(kind, axes, [str(dtype) for dtype in value.dtypes], cells)
    if isinstance(value, dict):
        return "{{{}}}".format(
            ", ".join("{!r}: {}".format(key, described(item)) for key, item in value.items())
        )
    if isinstance(value, (list, tuple)):
        return "{}[{}]".format(kind, ", ".join(map(described, value)))
    if isinstance(value, (datetime.datetime, datetime.time)):
        return "{} {} {}".format(kind, value.isoformat(), value.utcoffset())
    return "{} {!r}".format(kind, value)


def described_error(error: Exception) -> str:
    # Python 3.6 writes the names of types in quotes.
    text = re.sub("Object of type '([^']*)'", r"Object of type \1", str(error))
    return "{}: {}".format(type(error).__name__, text)


def as_split(names: List[str], rows: List[List[Any]]) -> Any:
    return {"columns": names, "index": list(range(len(rows))), "data": rows}


def as_columns(names: List[str], rows: List[List[Any]]) -> Any:
    return {name: {str(at): row[place] for at, row in enumerate(rows)} for place, name in enumerate(names)}


def as_index(names: List[str], rows: List[List[Any]]) -> Any:
    return {str(at): dict(zip(names, row)) for at, row in enumerate(rows)}


def as_values(_names: List[str], rows: List[List[Any]]) -> Any:
    return rows


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
