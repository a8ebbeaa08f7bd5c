"""Modules of Azure that scripts import do what the scripts need, on every Python and without packages."""

import json

import pytest
from conftest import StartWorker
from worker_process import MINORS, interpreter

ALL = pytest.mark.parametrize("minor", MINORS)

# Each script scores by printing what it found.
IMPORTS = """
import azureml.contrib.services.aml_request
import azureml.contrib.services.aml_response as aml_response
import azureml_inference_server_http.api.aml_request as api
from azureml.contrib.services import rawhttp
from azureml.contrib.services.aml_request import AMLRequest
from azureml.core import Model
from azureml.core.model import Model as SameModel
def init():
    pass
def run(data):
    found = [rawhttp, AMLRequest, azureml.contrib.services.aml_request.AMLRequest, api.rawhttp]
    answered = aml_response.AMLResponse(None, 200).status_code
    return [thing.__name__ for thing in found] + [Model is SameModel, answered]
"""

MONITORING = """
from azureml.monitoring import ModelDataCollector
def init():
    global collectors
    collectors = [
        ModelDataCollector('model', identifier='inputs', feature_names=['a', 'b']),
        ModelDataCollector('model', designation='predictions'),
        ModelDataCollector('model', 'labels', ['c'], 'w', 's', '1', 'default'),
    ]
def run(data):
    for collector in collectors:
        collector.collect([1, 2])
        collector.collect(object(), user_correlation_id='x')
    return [collector.designation for collector in collectors] + [collectors[0].add_correlations([1], ['x'])]
"""

SCHEMA_FILE = """
import json
from azureml.api.realtime.services import generate_schema as by_first_name
from azureml.api.schema.dataTypes import DataTypes as SameTypes
from azureml.api.schema.sampleDefinition import SampleDefinition as SameDefinition
from azureml.webservice_schema.data_types import DataTypes
from azureml.webservice_schema.sample_definition import SampleDefinition
from azureml.webservice_schema.schema_generation import generate_schema
def init():
    assert (SameTypes, SameDefinition, by_first_name) == (DataTypes, SampleDefinition, generate_schema)
def refusal(inputs):
    try:
        generate_schema(run, inputs)
    except ValueError as error:
        return str(error)
def run(data):
    sample = SampleDefinition(DataTypes.STANDARD, 'x')
    made = generate_schema(run, {'data': sample}, {'result': sample}, filepath='made/schema.json')
    with open('made/schema.json') as file:
        assert json.load(file) == made
    return [made['input'], list(made['output']), refusal({}), refusal({'x': sample}), refusal({'data': 5})]
"""

DECORATED = """
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
import datetime
def init():
    pass
@input_schema('day', StandardPythonParameterType(datetime.date(2020, 1, 2)))
@input_schema('name', StandardPythonParameterType('x'))
@output_schema(StandardPythonParameterType(1))
def run(day, name, factor=2):
    return [day.toordinal(), name, factor]
"""


def python(minor: int) -> str:
    found = interpreter(minor)
    if found is None:
        pytest.skip("Python 3.{} is not installed".format(minor))
    return found


@ALL
def test_requests_responses_and_models_are_imported_in_every_style(
    minor: int, start_worker: StartWorker
) -> None:
    front = start_worker(IMPORTS, python=python(minor)).connect()
    expected = ["rawhttp", "AMLRequest", "AMLRequest", "rawhttp", True, 200]
    assert json.loads(front.call(b"").body) == expected


@ALL
def test_collecting_data_never_breaks_a_script_and_is_told_once(
    minor: int, start_worker: StartWorker
) -> None:
    front = start_worker(MONITORING, python=python(minor)).connect()
    for _ in range(2):
        assert json.loads(front.call(b"").body) == ["inputs", "predictions", "labels", [1]]
    assert [log.body.decode() for log in front.logs] == [
        "ModelDataCollector: the data given to collect() is not collected here (model model, inputs)."
    ]


@ALL
def test_schema_files_are_generated(minor: int, start_worker: StartWorker) -> None:
    front = start_worker(SCHEMA_FILE, python=python(minor)).connect()
    made, outputs, none, other, no_sample = json.loads(front.call(b"").body)
    expected = {"swagger": {"type": "string", "example": "x"}, "type": 0, "version": "1.0.33"}
    assert (made, outputs) == ({"data": expected}, ["result"])
    assert none.startswith("Argument mismatch: Provided run function has 1 arguments while 0 inputs")
    assert "argument data is not present in input types dictionary which contains: (x)" in other
    assert no_sample.startswith("Invalid Schema: Bad input type detected for argument data")


@ALL
def test_a_decorated_script_is_called_with_what_it_declares(minor: int, start_worker: StartWorker) -> None:
    front = start_worker(DECORATED, python=python(minor)).connect()
    assert front.ready["kind"] == "schema"
    headers = [["Content-Type", "application/json"]]
    called = front.call(b'{"day": "2021-02-03", "name": "a", "else": 1}', headers=headers)
    assert json.loads(called.body) == [737824, "a", 2]
    assert front.call(b'{"day": "no day", "name": "a"}', headers=headers).status == 500
