"""What a script's prints and its logging become."""

import json
import re
from pathlib import Path

from conftest import StartWorker
from worker_process import Front

GOOD = "def init():\n    pass\ndef run(data):\n    return data\n"
THREADS = """
import sys, threading
def write(name):
    for number in range(50):
        sys.stdout.write(name)
        sys.stdout.write(str(number))
        sys.stdout.write('\\n')
def init():
    pass
def run(data):
    threads = [threading.Thread(target=write, args=(name,)) for name in 'abc']
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def logged(front: Front) -> "list[str]":
    return [log.body.decode() for log in front.logs]


def test_by_default_a_call_logs_nothing(start_worker: StartWorker) -> None:
    front = start_worker(GOOD).connect()
    front.call(b"x")
    front.call(b"y", method="POST")
    assert front.logs == []


def test_a_script_that_raises_the_level_sees_its_calls(start_worker: StartWorker) -> None:
    script = "import logging\nlogging.basicConfig(level=logging.DEBUG)\n" + GOOD
    worker = start_worker(script)
    front = worker.connect()
    assert worker.event("log")["text"] == "DEBUG:azmlinfsrv:a gateway has connected; there are 1"
    front.call(b"abc")
    front.call(method="GET", query="a=1")
    front.call(b"\xff")
    ids = {log.id for log in front.logs}
    lines = [re.sub(r"\d+\.\d{3}ms", "_ms", line) for line in logged(front)]
    assert lines == [
        "INFO:azmlinfsrv:POST /score 200 _ms 5",
        "INFO:azmlinfsrv:GET /score?a=1 200 _ms 12",
        "INFO:azmlinfsrv:POST /score 400 _ms 119",
    ]
    assert ids == {7}


def test_the_level_may_be_raised_by_a_call(start_worker: StartWorker) -> None:
    front = start_worker(
        "import logging\n" + GOOD.replace("return data", "logging.basicConfig(level=data)")
    ).connect()
    front.call(b"INFO")
    assert front.logs == []
    front.call(b"INFO")
    assert len(front.logs) == 1


def test_lines_of_threads_stay_whole_and_belong_to_the_call_that_runs(start_worker: StartWorker) -> None:
    front = start_worker(THREADS).connect()
    front.call(b"")
    assert sorted(logged(front)) == sorted(name + str(number) for name in "abc" for number in range(50))
    assert {log.id for log in front.logs} == {7}


def test_logging_json_sets_logging_up_before_the_script_is_imported(
    start_worker: StartWorker, tmp_path: Path
) -> None:
    app = tmp_path / "0" / "app"
    app.mkdir(parents=True)
    handler = {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "short"}
    config = {
        "version": 1,
        "formatters": {"short": {"format": "%(levelname).1s %(name)s %(message)s"}},
        "handlers": {"out": handler},
        "root": {"level": "INFO", "handlers": ["out"]},
    }
    (app / "logging.json").write_text(json.dumps(config))
    worker = start_worker("import logging\nlogging.info('imported')\n" + GOOD)
    assert worker.event("log") == {"event": "log", "stream": "stdout", "text": "I root imported"}
    front = worker.connect()
    front.call(b"x")
    assert logged(front)[0].startswith("I azmlinfsrv POST /score 200 ")


def test_a_logging_json_for_azures_server_is_taken(start_worker: StartWorker, tmp_path: Path) -> None:
    app = tmp_path / "0" / "app"
    app.mkdir(parents=True)
    named = "azureml_inference_server_http.log_config."
    line = "%(asctime)s %(levelname).1s [%(process)d] %(name)s - %(message)s"
    handler = {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "server"}
    config = {
        "version": 1,
        "formatters": {"server": {"class": named + "AMLLogFormatter", "format": line}},
        "filters": {"access": {"()": named + "RootAccessFilter"}},
        "handlers": {"server": dict(handler, filters=["access"])},
        "loggers": {"azmlinfsrv": {"level": "INFO", "handlers": ["server"], "propagate": False}},
    }
    (app / "logging.json").write_text(json.dumps(config))
    front = start_worker(GOOD).connect()
    front.call(b"x")
    assert re.match(
        r"20\d\d-.*,\d{3} I \[\d+\] azmlinfsrv - POST /score 200 \d+\.\d{3}ms 3$", logged(front)[0]
    )


def test_a_wrong_logging_json_is_a_failure(start_worker: StartWorker, tmp_path: Path) -> None:
    app = tmp_path / "0" / "app"
    app.mkdir(parents=True)
    (app / "logging.json").write_text('{"version": 1, "handlers": {"a": {"class": "no.Such"}}}')
    worker = start_worker(GOOD)
    message = worker.event("failed")["message"]
    assert message.startswith("{} cannot be used: ".format(app / "logging.json"))
    assert "Unable to configure handler 'a'" in message
    assert worker.exit_status() == 3


def test_what_is_printed_between_calls_has_no_id(start_worker: StartWorker) -> None:
    script = (
        "import threading\nafter = threading.Event()\n"
        "def init():\n    pass\n"
        "def late(): \n    after.wait()\n    print('late')\n"
        "def run(data):\n    after.set() if data == 'now' else threading.Thread(target=late).start()\n"
    )
    front = start_worker(script).connect()
    front.call(b"start")
    front.send(2, b"now")
    seen = [front.frame(), front.frame()]
    line = next(frame for frame in seen if frame.type == 5)
    assert line.body == b"late"
    assert line.id in (0, 2)
