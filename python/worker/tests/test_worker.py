"""What a worker promises to its gateway and to the script it serves."""

import json
import signal
from pathlib import Path

from conftest import StartWorker

ECHO = "def init():\n    pass\ndef run(data):\n    return data\n"
SLOW = "import time\n" + ECHO.replace("return data", "print(data)\n    time.sleep(0.3)\n    return data")


def test_replies_come_in_the_order_of_the_calls(start_worker: StartWorker) -> None:
    front = start_worker(ECHO).connect()
    for call_id in range(1, 101):
        front.send(call_id, b"%d" % call_id)
    assert [(reply.id, reply.body) for reply in (front.reply() for _ in range(100))] == [
        (call_id, b'"%d"' % call_id) for call_id in range(1, 101)
    ]


def test_a_gateway_that_comes_back_is_greeted_again(start_worker: StartWorker) -> None:
    worker = start_worker(ECHO)
    first = worker.connect()
    first.send(1, b"never read")
    first.close()
    again = worker.reconnect()
    assert again.ready["pid"] == worker.process.pid
    assert again.call(b"x").body == b'"x"'


def test_sigterm_lets_the_running_call_finish_and_begins_no_other(start_worker: StartWorker) -> None:
    worker = start_worker(SLOW)
    front = worker.connect()
    front.send(1, b"one")
    front.send(2, b"two")
    assert front.frame().body == b"one"
    worker.terminate()
    assert front.reply().id == 1
    assert front.frame().type == 9
    assert front.is_closed()
    assert worker.exit_status() == 0


def test_an_alarm_before_its_time_hits_nobody(start_worker: StartWorker) -> None:
    worker = start_worker(SLOW, env={"SCORING_TIMEOUT_MS": "60000"})
    front = worker.connect()
    front.send(1, b"one")
    assert front.frame().body == b"one"
    worker.process.send_signal(signal.SIGALRM)
    assert front.reply().status == 200


def test_an_unfinished_line_belongs_to_the_call_that_printed_it(start_worker: StartWorker) -> None:
    front = start_worker(ECHO.replace("return data", "print(data, end='')\n    return data")).connect()
    for call_id in (1, 2):
        front.send(call_id, b"line %d" % call_id)
        front.reply()
    assert [(log.id, log.body) for log in front.logs] == [(1, b"line 1"), (2, b"line 2")]


def test_a_forked_child_does_not_speak_into_the_conversation(start_worker: StartWorker) -> None:
    script = (
        "import os\ndef init():\n    pass\ndef run(data):\n"
        "    child = os.fork()\n    if not child:\n        print('from the child')\n        os._exit(0)\n"
        "    os.waitpid(child, 0)\n    return data\n"
    )
    worker = start_worker(script)
    front = worker.connect()
    assert front.call(b"x").body == b'"x"'
    assert front.logs == []
    worker.process.kill()
    assert front.is_closed()
    assert b"from the child" in worker.process.communicate()[0]


def test_processes_that_a_script_forks_can_be_ended(start_worker: StartWorker) -> None:
    script = (
        "import multiprocessing, time\ndef init():\n    pass\ndef run(data):\n"
        "    child = multiprocessing.get_context('fork').Process(target=time.sleep, args=(60,))\n"
        "    child.start()\n    child.terminate()\n    child.join()\n    return child.exitcode\n"
    )
    front = start_worker(script).connect()
    assert front.call(b"").body == b"-15"
    assert front.call(b"").body == b"-15"


def test_a_script_that_takes_standard_error_away_loses_only_that(start_worker: StartWorker) -> None:
    worker = start_worker("import sys\n" + ECHO.replace("return data", "sys.stderr = None\n    1 / 0"))
    front = worker.connect()
    assert [front.call(b"").status, front.call(b"").status] == [500, 500]
    worker.terminate()
    assert worker.exit_status() == 0
    assert worker.process.communicate()[1].count(b"ZeroDivisionError: division by zero") == 2


def test_a_swagger_file_of_the_application_is_used(start_worker: StartWorker, tmp_path: Path) -> None:
    (tmp_path / "0" / "app").mkdir(parents=True)
    (tmp_path / "0" / "app" / "swagger3.json").write_text('{"mine": true}')
    front = start_worker(ECHO, env={"SERVICE_PATH_PREFIX": "/p", "SERVICE_NAME": "diabetes"}).connect()
    documents = {version: json.loads(text) for version, text in front.ready["swagger"].items()}
    assert documents["3"] == {"mine": True}
    assert list(documents["2"]["paths"]) == ["/p/", "/p/score", "/p/swagger.json"]
    assert documents["3.1"]["info"]["title"] == "diabetes"


def test_an_installed_original_wins_over_a_shim_and_shims_fill_its_gaps(
    start_worker: StartWorker, tmp_path: Path
) -> None:
    core = tmp_path / "site" / "azureml" / "core"
    core.mkdir(parents=True)
    (core.parent / "__init__.py").write_text("")
    (core / "__init__.py").write_text("origin = 'installed'\n")
    script = (
        "from azureml.core import origin\nfrom azureml.contrib.services.aml_request import rawhttp\n"
        "import azureml_inference_server_http.api.aml_response as api\n"
        "def init():\n    pass\n"
        "def run(data):\n    return [origin, rawhttp.__module__, api.AMLResponse.__name__]\n"
    )
    front = start_worker(script, env={"PYTHONPATH": str(tmp_path / "site")}).connect()
    assert json.loads(front.call(b"").body) == ["installed", "slipway_worker.raw_request", "AMLResponse"]


def test_user_modules_are_not_shadowed_by_those_of_the_worker(
    start_worker: StartWorker, tmp_path: Path
) -> None:
    app = tmp_path / "0" / "app"
    app.mkdir(parents=True)
    for name in ("main", "shims", "frames"):
        (app / (name + ".py")).write_text("whose = 'user'\n")
    script = (
        "import main, shims, frames\ndef init():\n    pass\n"
        "def run(data):\n    return [main.whose, shims.whose, frames.whose]\n"
    )
    assert json.loads(start_worker(script).connect().call(b"").body) == ["user"] * 3


def test_a_folder_that_holds_one_file_is_a_folder_where_the_list_of_models_says_so(
    start_worker: StartWorker, tmp_path: Path
) -> None:
    app = tmp_path / "0" / "app"
    version = app / "azureml-models" / "one" / "3"
    version.mkdir(parents=True)
    (version / "weights.bin").write_text("")
    script = (
        "import os\nfrom azureml.core.model import Model\ndef init():\n    pass\n"
        "def run(data):\n    return os.path.relpath(Model.get_model_path('one'))\n"
    )
    placed = {"models": [{"name": "one", "version": 3, "path": "azureml-models/one/3"}]}
    (app / "model_config_map.json").write_text(json.dumps(placed))
    worker = start_worker(script).connect()
    assert json.loads(worker.call(b"").body) == "azureml-models/one/3"
    (app / "model_config_map.json").unlink()
    assert json.loads(worker.call(b"").body) == "azureml-models/one/3/weights.bin"


def test_models_are_found_by_name_and_newest_version(start_worker: StartWorker, tmp_path: Path) -> None:
    models = tmp_path / "0" / "app" / "azureml-models"
    for version in ("2", "10"):
        (models / "file" / version).mkdir(parents=True)
        (models / "file" / version / "model.pkl").write_text(version)
    (models / "folder" / "1").mkdir(parents=True)
    for name in ("a", "b"):
        (models / "folder" / "1" / name).write_text("")
    script = (
        "import os\nfrom azureml.core.model import Model\ndef init():\n    pass\ndef run(data):\n"
        "    paths = [Model.get_model_path('file'), Model.get_model_path('file', version=2),\n"
        "             Model.get_model_path('folder')]\n"
        "    try:\n        Model.get_model_path('none')\n    except Exception as error:\n"
        "        return [os.path.relpath(p, 'azureml-models') for p in paths] + [str(error)]\n"
    )
    assert json.loads(start_worker(script).connect().call(b"").body) == [
        "file/10/model.pkl",
        "file/2/model.pkl",
        "folder/1",
        "model none is not among those of this service: file:2, file:10, folder:1",
    ]


def test_outside_of_an_image_models_are_found_in_the_model_directory(
    start_worker: StartWorker, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    (models / "versioned" / "3").mkdir(parents=True)
    (models / "versioned" / "3" / "model.pkl").write_text("")
    (models / "model.pkl").write_text("")
    (models / "folder").mkdir()
    script = (
        "import os\nfrom azureml.core.model import Model\ndef init():\n    pass\ndef run(data):\n"
        "    names = ['versioned', 'model.pkl', 'folder']\n"
        "    paths = [Model.get_model_path(name) for name in names]\n"
        "    try:\n        Model.get_model_path('model.pkl', version=2)\n    except Exception as error:\n"
        "        return [os.path.relpath(p, os.environ['AZUREML_MODEL_DIR']) for p in paths] + [str(error)]\n"
    )
    worker = start_worker(script, env={"AZUREML_MODEL_DIR": str(models)})
    assert json.loads(worker.connect().call(b"").body) == [
        "versioned/3/model.pkl",
        "model.pkl",
        "folder",
        "model model.pkl:2 is not among those of this service: folder, model.pkl, versioned:3",
    ]
