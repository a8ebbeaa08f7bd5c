"""The worker behaves alike under every Python that services may use."""

import json
import signal

import pytest
from conftest import StartWorker
from worker_process import BEGUN, CREDIT, END, MINORS, SHARED, STOPPING, credit, interpreter

SCRIPT = """
import json, logging, time
def init():
    global factor
    factor = 2
    print('init here')
def run(data):
    if data == 'loop':
        while True:
            pass
    print('got', data)
    logging.getLogger('model').warning('warned')
    return [factor * x for x in json.loads(data)['data']]
"""

RAW = """
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse
def init():
    pass
@rawhttp
def run(request):
    if request.method == 'GET':
        return AMLResponse(bytes(request.full_path, 'utf-8'), 200)
    if request.files:
        upload = request.files['image']
        return AMLResponse(upload.filename + ':' + str(len(upload.read())), 200)
    reply = AMLResponse(request.get_data(False)[::-1], 201, {'X-List': 'a, b'})
    reply.set_cookie('session', 'one two', httponly=True)
    return reply
"""

STREAMS = """
from azureml_inference_server_http.api.aml_response import AMLResponse
def init():
    pass
def run(data):
    return AMLResponse((part * 3 for part in data), 200)
"""

DECLARED = """
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
def init():
    pass
@input_schema('number', StandardPythonParameterType(1))
def run(number, other='x'):
    return [number, other]
"""

ALL = pytest.mark.parametrize("minor", MINORS)


def python(minor: int) -> str:
    found = interpreter(minor)
    if found is None:
        pytest.skip("Python 3.{} is not installed".format(minor))
    return found


@ALL
def test_a_text_script_is_loaded_scored_logged_and_stopped(minor: int, start_worker: StartWorker) -> None:
    worker = start_worker(SCRIPT, python=python(minor))
    assert worker.event("starting")["python"].startswith("3.{}.".format(minor))
    assert worker.event("log") == {"event": "log", "stream": "stdout", "text": "init here"}
    front = worker.connect()
    assert (front.ready["protocol"], front.ready["kind"]) == (1, "text")
    reply = front.call(b'{"data": [1, 2]}')
    assert (reply.status, reply.body) == (200, b"[2, 4]")
    assert [(log.id, log.flags, log.body) for log in front.logs] == [
        (7, 1, b'got {"data": [1, 2]}'),
        (7, 2, b"warned"),
    ]
    worker.terminate()
    assert front.frame().type == 9
    assert worker.exit_status() == 0


@ALL
def test_a_run_over_its_time_is_ended_and_the_next_call_is_served(
    minor: int, start_worker: StartWorker
) -> None:
    worker = start_worker(SCRIPT, python=python(minor), env={"SCORING_TIMEOUT_MS": "1"})
    front = worker.connect()
    front.send(1, b"loop")
    reply = front.reply_while(lambda: worker.process.send_signal(signal.SIGALRM))
    assert reply.status == 500
    assert json.loads(reply.body) == {"message": "Scoring timeout after 1 ms"}
    assert front.call(b'{"data": [3]}').body == b"[6]"


@ALL
def test_a_raw_script_sees_the_request_and_chooses_the_response(
    minor: int, start_worker: StartWorker
) -> None:
    worker = start_worker(RAW, python=python(minor))
    front = worker.connect()
    assert front.ready["kind"] == "raw"
    assert front.call(method="GET", query="a=1").body == b"/score?a=1"
    reply = front.call(b"abc", method="POST")
    assert (reply.status, reply.body) == (201, b"cba")
    assert reply.headers == [
        ["Content-Type", "text/html; charset=utf-8"],
        ["X-List", "a"],
        ["X-List", "b"],
        ["Set-Cookie", 'session="one two"; HttpOnly; Path=/'],
    ]
    disposition = b'Content-Disposition: form-data; name="image"; filename="a.png"'
    form = b"--x\r\n" + disposition + b"\r\n\r\n\x00\r\n\xff\r\n--x--\r\n"
    headers = [["Content-Type", "multipart/form-data; boundary=x"]]
    assert front.call(form, method="POST", headers=headers).body == b"a.png:4"


@ALL
def test_a_reply_streams_as_fast_as_it_is_taken(minor: int, start_worker: StartWorker) -> None:
    front = start_worker(STREAMS, python=python(minor)).connect()
    front.send(1, b"ab" * 10)
    assert front.reply().is_stream
    received = [front.chunk() for _ in range(16)]
    front.send(1, credit(8), kind=CREDIT)
    received += [front.chunk() for _ in range(4)]
    assert received == [b"aaa", b"bbb"] * 10
    assert front.frame()[:3] == (END, 0, 1)


@ALL
def test_a_declared_input_is_taken_by_name(minor: int, start_worker: StartWorker) -> None:
    front = start_worker(DECLARED, python=python(minor)).connect()
    assert front.ready["kind"] == "schema"
    assert front.call(b'{"number": 2}').body == b'[2, "x"]'
    assert front.message(b"{")[0] == 400


@ALL
def test_gateways_take_turns(minor: int, start_worker: StartWorker) -> None:
    worker = start_worker(SCRIPT, python=python(minor))
    first = worker.connect()
    assert first.call(b'{"data": [1]}').body == b"[2]"
    second = worker.reconnect()
    for front in (first, second):
        assert front.frame()[:2] == (SHARED, 1)
        front.send(2, b'{"data": [3]}')
        assert front.frame().type == BEGUN
        assert front.reply().body == b"[6]"
    worker.terminate()
    assert [front.frame().type for front in (first, second)] == [STOPPING, STOPPING]
    assert worker.exit_status() == 0
