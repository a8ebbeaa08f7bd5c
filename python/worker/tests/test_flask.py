"""Scripts that use Flask get the request and the responses of the Flask that is installed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import StartWorker
from worker_process import END, FAILED, PLAIN, TIMED, Front

SCRIPT = """
import flask, io
from azureml.contrib.services.aml_request import rawhttp
def init():
    pass
def parts():
    yield 'a'
    yield flask.request.path.encode()
@rawhttp
def run(request):
    kind = request.args.get('kind')
    if kind == 'abort':
        flask.abort(404)
    if kind == 'stream':
        return flask.Response(flask.stream_with_context(parts()), mimetype='text/event-stream')
    if kind == 'json':
        return flask.jsonify(a=1)
    if kind == 'made':
        return flask.make_response('made', 201, {'X': 'y'})
    if kind == 'failed':
        return flask.Response('x', status=503)
    if kind == 'file':
        return flask.send_file(io.BytesIO(b'bytes'), mimetype='image/x')
    return [
        isinstance(request, flask.Request), flask.request.full_path, request.headers.get('x-a'),
        request.get_json(silent=True), request.form.to_dict(), request.remote_addr, request.url,
    ]
"""


@pytest.fixture(scope="module")
def flask_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flask")
    uv = Path(sys.executable).with_name("uv")
    command = [
        str(uv),
        "pip",
        "install",
        "--quiet",
        "--python",
        sys.executable,
        "--target",
        str(folder),
        "flask",
    ]
    if not uv.exists() or subprocess.call(command, timeout=120) != 0:
        pytest.skip("Flask cannot be installed here")
    return folder


@pytest.fixture
def front(start_worker: StartWorker, flask_folder: Path) -> Front:
    return start_worker(SCRIPT, env={"PYTHONPATH": str(flask_folder)}).connect()


def test_the_request_is_that_of_the_installed_flask(front: Front) -> None:
    headers = [["host", "h:1"], ["x-a", "1"], ["content-type", "application/json"], ["content-length", "8"]]
    reply = front.call(b'{"k": 1}', method="POST", query="q=%20", headers=headers)
    expected = [True, "/score?q=%20", "1", {"k": 1}, {}, "127.0.0.1", "http://h:1/score?q=%20"]
    assert json.loads(reply.body) == expected


def test_responses_of_flask_are_sent_as_they_are(front: Front) -> None:
    made = front.call(method="GET", query="kind=made")
    html = ["Content-Type", "text/html; charset=utf-8"]
    assert (made.status, made.marks, made.body) == (201, TIMED | PLAIN, b"made")
    assert sorted(made.headers) == [["Content-Length", "4"], html, ["X", "y"]]
    listed = front.call(method="GET", query="kind=json")
    assert sorted(listed.headers) == [["Content-Length", "8"], ["Content-Type", "application/json"]]
    assert listed.body == b'{"a":1}\n'
    failed = front.call(method="GET", query="kind=failed")
    assert (failed.status, failed.marks) == (503, TIMED | FAILED)


def test_flasks_own_streams_and_files_are_sent_in_chunks(front: Front) -> None:
    assert front.call(method="GET", query="kind=stream").is_stream
    assert [front.chunk(), front.chunk(), front.frame().type] == [b"a", b"/score", END]
    assert front.call(method="GET", query="kind=file").is_stream
    assert [front.chunk(), front.frame().type] == [b"bytes", END]


def test_abort_is_an_exception_like_any_other(front: Front) -> None:
    error = "An unexpected error occurred in scoring script. Check the logs for more info."
    assert front.message(method="GET", query="kind=abort") == (500, FAILED, error)


def test_a_text_script_may_look_at_the_request_too(start_worker: StartWorker, flask_folder: Path) -> None:
    script = (
        "def init():\n    global flask\n    import flask\n"
        "def run(data):\n    return [data, flask.request.headers['X-A']]\n"
    )
    front = start_worker(script, env={"PYTHONPATH": str(flask_folder)}).connect()
    assert front.ready["requestHeaders"]
    reply = front.call(b"text", method="POST", headers=[["x-a", "1"]])
    assert json.loads(reply.body) == ["text", "1"]
