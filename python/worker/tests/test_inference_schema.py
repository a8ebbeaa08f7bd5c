"""Our inference_schema does what the package does: same values, types, refusals and descriptions."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest
from package_environments import WORKER, Environment, python_of
from worker_process import MINORS, interpreter

TESTS = WORKER / "tests"
SHIMS = WORKER / "shims"
DATES = ["python-dateutil==2.9.0.post0", "pytz==2025.2"]
NEW = Environment("pandas-3", 11, ["numpy==2.4.6", "pandas==3.1.1", *DATES])
OLD = Environment("pandas-1", 8, ["numpy==1.24.4", "pandas==1.1.5", *DATES])
BOTH = pytest.mark.parametrize("environment", [NEW, OLD], ids=lambda environment: environment.name)
Answers = Dict[str, Any]


def with_original(environment: Environment) -> Environment:
    packages = [*environment.packages, "inference-schema==1.8"]
    return Environment(environment.name + "-inference-schema", environment.minor, packages)


def run_program(python: str, arguments: List[str], path: List[Path]) -> str:
    env = dict(os.environ, PYTHONPATH=os.pathsep.join(map(str, path)), PYTHONDONTWRITEBYTECODE="1")
    program = [python, str(TESTS / arguments[0]), *arguments[1:]]
    done = subprocess.run(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def our_answers(python: str, which: str, *packages: str) -> Answers:
    answers: Answers = json.loads(run_program(python, ["schema_answers.py", which, *packages], [SHIMS]))
    return answers


def original_answers(environment: Environment, which: str) -> Answers:
    answers: Answers = json.loads(
        run_program(
            python_of(with_original(environment)), ["schema_answers.py", which, "numpy", "pandas"], []
        )
    )
    return answers


def recorded(environment: Environment) -> Answers:
    """What the original answered in that environment."""
    path = TESTS / "data" / "inference-schema-{}.json".format(environment.name)
    answers: Answers = json.loads(path.read_text(encoding="utf-8"))
    return answers


@pytest.mark.parametrize("minor", MINORS)
def test_plain_python_values_are_taken_as_by_the_original(minor: int) -> None:
    python = interpreter(minor)
    if python is None:
        pytest.skip("Python 3.{} is not installed".format(minor))
    ours = our_answers(python, "written")
    assert ours
    assert ours == {case: answer for case, answer in recorded(NEW).items() if case in ours}


@BOTH
def test_arrays_and_frames_are_taken_as_by_the_original(environment: Environment) -> None:
    assert our_answers(python_of(environment), "written", "numpy", "pandas") == recorded(environment)


@BOTH
def test_the_record_is_what_the_original_answers(environment: Environment) -> None:
    assert original_answers(environment, "written") == recorded(environment)


@BOTH
def test_random_arrays_and_frames_are_taken_as_by_the_original(environment: Environment) -> None:
    ours = our_answers(python_of(environment), "random", "numpy", "pandas")
    original = original_answers(environment, "random")
    assert {case: (ours[case], answer) for case, answer in original.items() if ours[case] != answer} == {}


def test_frames_are_made_five_times_faster_than_by_the_original() -> None:
    environment = with_original(NEW)
    ratios = json.loads(run_program(python_of(environment), ["frame_speed.py", str(SHIMS)], []))
    assert {name: ratio for name, ratio in ratios.items() if ratio < 5} == {}


CORRECTED = {
    "S(D.date(2020, 1, 2))": ("'2021-02-03'", "date datetime.date(2021, 2, 3)"),
    "S(bytearray(b'a'))": ("'YWI='", "bytearray bytearray(b'ab')"),
    "N(np.array([[3]], dtype='m8[D]'))": (
        "[['3 days']]",
        "ndarray timedelta64[D] (1, 1) [[datetime.timedelta(days=3)]]",
    ),
    "N(np.array(['2020-01-02'], dtype='M8[ns]'))": (
        "['2021-05-06']",
        "ndarray datetime64[ns] (1,) [1620259200000000000]",
    ),
    "N(np.array([[(1, 'a')]], dtype=[('x', 'i4'), ('y', 'U5')]))": (
        "[[{'x': 2, 'y': 'b'}]]",
        "ndarray [('x', '<i4'), ('y', '<U5')] (1, 1) [[(2, 'b')]]",
    ),
}


@pytest.mark.parametrize("declared", CORRECTED)
def test_what_fails_in_the_original_by_mistake_works(declared: str) -> None:
    given, expected = CORRECTED[declared]
    code = (
        "import schema_answers as a; names = a.names_for(['numpy']);"
        "print(a.answer({!r}, [{!r}], names)['replies'][0])".format(declared, given)
    )
    env = dict(os.environ, PYTHONPATH=os.pathsep.join([str(SHIMS), str(TESTS)]))
    assert subprocess.check_output([python_of(NEW), "-c", code], env=env).decode().strip() == expected


@pytest.fixture
def schema(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Our modules, imported into this process for one test."""
    monkeypatch.syspath_prepend(str(SHIMS))
    from importlib import import_module

    class Modules:
        decorators = import_module("inference_schema.schema_decorators")
        util = import_module("inference_schema.schema_util")
        standard = import_module(
            "inference_schema.parameter_types.standard_py_parameter_type"
        ).StandardPythonParameterType

    yield Modules
    for name in [name for name in sys.modules if name.partition(".")[0] == "inference_schema"]:
        del sys.modules[name]


def declared(function: Callable[..., Any], *decorators: Callable[..., Any]) -> Any:
    """The function under the decorators, the first one outermost."""
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


def test_arguments_are_converted_wherever_they_stand(schema: Any) -> None:
    def run(a: Any, b: Any, c: int = 3) -> Any:
        return a, b, c

    text, number = schema.standard(b"x"), schema.standard(1)
    both = declared(
        run, schema.decorators.input_schema("a", text), schema.decorators.input_schema("b", number)
    )
    assert both("YWI=", 2) == both(b=2, a="YWI=") == both("YWI=", b=2) == (b"ab", 2, 3)
    assert both.__name__ == "run"
    with pytest.raises(ValueError, match="Expected: <class 'int'> but got <class 'str'>"):
        both("YWI=", "x")
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'b'"):
        both("YWI=")


def test_conversion_can_be_left_out_and_empty_arguments_let_through(schema: Any) -> None:
    def run(a: Any, b: Any = None) -> Any:
        return a, b

    as_sent = schema.decorators.input_schema("a", schema.standard(1), convert_to_provided_type=False)
    or_empty = schema.decorators.input_schema("b", schema.standard(1), optional=True)
    both = declared(run, as_sent, or_empty)
    assert both(a="x") == ("x", None)
    assert both(a="x", b="") == ("x", "")
    with pytest.raises(ValueError, match="Invalid input data type"):
        both(a="x", b="y")


def test_methods_are_converted_too(schema: Any) -> None:
    class Scorer:
        def score(self, x: Any) -> Any:
            return self, x

    Scorer.score = declared(Scorer.score, schema.decorators.input_schema("x", schema.standard(b"")))  # type: ignore[method-assign]
    scorer = Scorer()
    assert scorer.score("YWI=") == scorer.score(x="YWI=") == (scorer, b"ab")


def test_a_description_covers_all_parameters_and_the_result(schema: Any) -> None:
    def run(n: Any, other: Any, request_headers: Any) -> Any:
        return n, other, request_headers

    described = declared(
        run,
        schema.decorators.input_schema("n", schema.standard(1)),
        schema.decorators.output_schema(schema.standard([1, "x"])),
    )
    assert schema.util.get_input_schema(described) == {
        "type": "object",
        "properties": {"n": {"type": "integer", "format": "int64"}, "other": {}, "request_headers": {}},
        "example": {"n": 1, "other": "", "request_headers": ""},
    }
    assert schema.util.get_output_schema(described)["items"] == {"type": "string"}
    assert schema.util.get_supported_versions(described) == ["3.0", "3.1"]
    assert schema.util.is_schema_decorated(described)
    assert list(schema.util.get_schemas_dict()) == [__name__ + ".run"]


def test_nothing_declared_is_any_object(schema: Any) -> None:
    def plain(data: Any) -> Any:
        return data

    assert not schema.util.is_schema_decorated(plain)
    assert schema.util.get_input_schema(plain) == schema.util.get_output_schema(plain) == {"type": "object"}
    assert schema.util.get_supported_versions(plain) == ["2.0", "3.0", "3.1"]


def test_declarations_that_make_no_sense_are_refused(schema: Any) -> None:
    def run(x: Any) -> Any:
        return x

    output = schema.decorators.output_schema(schema.standard(1))
    with pytest.raises(Exception, match="output schema already defined for function: " + __name__ + ".run."):
        declared(run, output, output)
    with pytest.raises(Exception, match="provided param_type must be a subclassof the AbstractParameterType"):
        schema.decorators.input_schema("x", 5)
    with pytest.raises(
        Exception, match="provided param_type must be a subclass of the AbstractParameterType"
    ):
        schema.decorators.output_schema(5)
    with pytest.raises(Exception, match='param_name "y" is not in the decorated function'):
        declared(run, schema.decorators.input_schema("y", schema.standard(1)))(x=1)
