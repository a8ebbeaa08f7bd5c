"""What `run` gets for a call, and which calls do not reach it."""

import json
from typing import Any, Dict

import pytest
from conftest import StartWorker
from worker_process import FAILED, Front

TEXT = "def init():\n    pass\ndef run(anything, extra=3):\n    return [anything, extra]\n"

SCHEMA = """
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
def init():
    pass
@input_schema('num', StandardPythonParameterType(1))
@output_schema(StandardPythonParameterType([1]))
def run(num, other=5, request_headers=None):
    return [num, other, sorted(request_headers)]
"""

JSON_HEADERS = [["content-type", "application/json"]]


@pytest.fixture
def text(start_worker: StartWorker) -> Front:
    return start_worker(TEXT).connect()


@pytest.fixture
def schema(start_worker: StartWorker) -> Front:
    return start_worker(SCHEMA).connect()


def post(front: Front, body: bytes, content_type: str = "application/json") -> Any:
    reply = front.call(body, method="POST", headers=[["content-type", content_type]])
    assert reply.status == 200, reply
    return json.loads(reply.body)


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("", {}),
        ("a=1&a=x&a=[2]", {"a": [1, "x", [2]]}),
        ("a=&b=%C3%BC+y&c", {"a": "", "b": "ü y", "c": ""}),
        ("a=1;b=2&&=3", {"a": "1;b=2", "": 3}),
        ("a=%FFx%C3%BC", {"a": "%FFxü"}),
        ("a=" + "[" * 5000, {"a": "[" * 5000}),
    ],
)
def test_a_query_becomes_json_text(query: str, values: Dict[str, Any], text: Front) -> None:
    reply = text.call(method="GET", query=query)
    assert json.loads(reply.body) == [json.dumps(values), 3]


def test_a_text_script_gets_every_body_as_it_is(text: Front) -> None:
    assert json.loads(text.call("ü{".encode()).body) == ["ü{", 3]
    form = [["content-type", "application/x-www-form-urlencoded"]]
    assert json.loads(text.call(b"a=1", method="POST", headers=form).body) == ["a=1", 3]
    assert json.loads(text.call(b"").body) == ["", 3]


def test_a_body_that_is_no_text_is_refused(text: Front) -> None:
    problem = "'utf-8' codec can't decode byte 0xff in position 1: invalid start byte"
    assert text.message(b"a\xff") == (400, 0, "Input cannot be decoded as UTF-8: " + problem)


def test_only_get_and_post_reach_a_script_that_did_not_ask_for_more(text: Front) -> None:
    assert text.message(method="HEAD") == (405, 0, "Method not allowed")
    options = text.call(method="OPTIONS")
    assert (options.status, options.marks, options.body) == (200, 0, b"")
    assert options.headers == [["Content-Type", "text/html; charset=utf-8"]]


def test_a_declared_input_is_taken_by_name(schema: Front) -> None:
    assert schema.ready["kind"] == "schema"
    titles = ["Content-Type"]
    assert post(schema, b'{"unknown": 1, "num": 2}') == [2, 5, titles]
    assert post(schema, b'{"num": 2, "other": [1]}', "application/ld+json; charset=utf-8") == [2, [1], titles]
    assert post(schema, '{"num": 3}'.encode("utf-16")) == [3, 5, titles]
    got = schema.call(method="GET", query="num=4&other=x")
    assert json.loads(got.body) == [4, "x", []]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "POST body is empty. Expecting a JSON dictionary."),
        (b'{"num": ', "POST body could not be decoded as JSON: Expecting value: line 1 column 9 (char 8)"),
        (b"[1]", "POST body should be a JSON dictionary."),
        (b'{"other": 1}', "A value is not provided for the 'num' parameter."),
        (
            b'{"num": "\xff"}',
            "Input cannot be decoded as UTF-8: "
            "'utf-8' codec can't decode byte 0xff in position 9: invalid start byte",
        ),
    ],
)
def test_what_is_no_declared_input_is_refused(body: bytes, message: str, schema: Front) -> None:
    assert schema.message(body, method="POST", headers=JSON_HEADERS) == (400, 0, message)


def test_a_declared_input_must_be_json_and_of_its_type(schema: Front) -> None:
    text_headers = [["content-type", "text/plain"]]
    refused = (415, 0, "Expects Content-Type to be application/json")
    assert schema.message(b'{"num": 1}', method="POST", headers=text_headers) == refused
    assert schema.message(b'{"num": 1}', method="POST") == refused
    missing = (400, 0, "A value is not provided for the 'num' parameter.")
    assert schema.message(method="GET", query="other=1") == missing
    for body in (b'{"num": "x"}', b'{"num": null}'):
        status, marks, _ = schema.message(body, method="POST", headers=JSON_HEADERS)
        assert (status, marks) == (500, FAILED)


def test_a_declared_input_without_headers_comes_without_a_head(start_worker: StartWorker) -> None:
    front = start_worker(
        SCHEMA.replace(", request_headers=None", "").replace("sorted(request_headers)", "0")
    ).connect()
    assert not front.ready["requestHeaders"]
    assert front.call(b'{"num": 2}').body == b"[2, 5, 0]"


def test_the_input_is_the_first_parameter_that_is_not_for_headers(start_worker: StartWorker) -> None:
    script = "def init():\n    pass\ndef run(request_headers, *, body):\n    return [request_headers, body]\n"
    front = start_worker(script).connect()
    headers = [["x-a", "1"], ["X-A", "2"], ["x_a", "forged"]]
    assert json.loads(front.call(b"in", method="POST", headers=headers).body) == [{"X-A": "1,2"}, "in"]
