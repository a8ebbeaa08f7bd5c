"""Which scripts are taken and which are not, where they are looked for, and what is said about a failure."""

import json
from pathlib import Path
from typing import Any, Dict

import pytest
from conftest import StartWorker

GOOD = "def init():\n    pass\ndef run(data):\n    return data\n"
STARTS = "def init():\n    pass\n"
RAW = "from azureml_inference_server_http.api.aml_request import rawhttp\n"
SCHEMA = (
    "from inference_schema.schema_decorators import input_schema\n"
    "from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType\n"
)


def failure(start_worker: StartWorker, script: str, **env: str) -> Dict[str, Any]:
    worker = start_worker(script, env=env)
    event = worker.event("failed")
    assert worker.exit_status() == 3
    return event


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            STARTS + "def run(a, *more):\n    pass\n",
            "run() cannot accept positional-only arguments, *args, or **kwargs.",
        ),
        (
            STARTS + "def run(a, **more):\n    pass\n",
            "run() cannot accept positional-only arguments, *args, or **kwargs.",
        ),
        (STARTS + "run = lambda: 1\n", "run() needs to accept an argument for input data."),
        (
            STARTS + "def run(request_headers):\n    pass\n",
            'run() needs to accept an argument other than "request_headers".',
        ),
        (
            RAW
            + SCHEMA
            + STARTS
            + "@rawhttp\n@input_schema('a', StandardPythonParameterType(1))\ndef run(a):\n    pass\n",
            "run() cannot be decorated with both @rawhttp and @input_schema",
        ),
    ],
)
def test_a_run_that_cannot_be_called_is_refused(script: str, message: str, start_worker: StartWorker) -> None:
    event = failure(start_worker, script)
    assert (event["phase"], event["message"]) == ("signature", message)


@pytest.mark.parametrize(
    ("script", "missing"),
    [("def run(data):\n    pass\n", "init"), (STARTS, "run"), (STARTS + "run = 5\n", "run")],
)
def test_both_functions_must_exist(
    script: str, missing: str, start_worker: StartWorker, tmp_path: Path
) -> None:
    path = tmp_path / "0" / "app" / "score.py"
    expected = "User script at {} does not have a {}() function defined.".format(path, missing)
    assert failure(start_worker, script)["message"] == expected


def test_positional_parameters_are_refused_where_python_has_them(start_worker: StartWorker) -> None:
    event = failure(start_worker, STARTS + "def run(data, /):\n    pass\n")
    assert event["message"] == "run() cannot accept positional-only arguments, *args, or **kwargs."


def test_a_script_that_exits_while_it_is_imported_cannot_serve(start_worker: StartWorker) -> None:
    event = failure(start_worker, "import sys\nsys.exit(0)\n")
    assert (event["phase"], event["type"]) == ("import", "SystemExit")
    assert event["message"] == "importing score.py called sys.exit(0)"


@pytest.mark.parametrize("text", ["soon", "-1", "1.5"])
def test_a_scoring_time_must_be_a_number(text: str, start_worker: StartWorker) -> None:
    event = failure(start_worker, GOOD, SCORING_TIMEOUT_MS=text)
    rule = "SCORING_TIMEOUT_MS must be a whole number of milliseconds, 0 for no limit; got '{}'"
    assert event["message"] == rule.format(text)


def test_a_failed_init_shows_what_is_in_the_model_folder(start_worker: StartWorker, tmp_path: Path) -> None:
    models = tmp_path / "models"
    (models / "folder").mkdir(parents=True)
    for number in range(300):
        (models / "folder" / "part-{:03}".format(number)).write_text("")
    (models / "weights.bin").write_text("")
    worker = start_worker(
        "def init():\n    open('none')\ndef run(data):\n    pass\n", env={"AZUREML_MODEL_DIR": str(models)}
    )
    lines = worker.event("log")["text"].split("\n")
    assert lines[0] == "The model directory {} holds:".format(models)
    assert lines[1:3] == ["weights.bin", "folder/part-000"]
    assert len(lines) == 200
    assert worker.event("failed")["message"] == "[Errno 2] No such file or directory: 'none'"


def test_a_failed_init_says_that_the_model_folder_is_empty_or_absent(
    start_worker: StartWorker, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    for name, state in ("empty", "holds no files"), ("absent", "does not exist"):
        folder = str(tmp_path / name)
        worker = start_worker(
            "def init():\n    1 / 0\ndef run(data):\n    pass\n", env={"AZUREML_MODEL_DIR": folder}
        )
        assert worker.event("log")["text"] == "The model directory {} {}".format(folder, state)


def test_the_inner_run_of_a_driver_is_used(start_worker: StartWorker, tmp_path: Path) -> None:
    app = tmp_path / "0" / "app"
    app.mkdir(parents=True)
    (app / "inner.py").write_text("def init():\n    1 / 0\ndef run(data):\n    return 'inner ' + data\n")
    script = "import inner as driver_module\ndef init():\n    pass\ndef run(data):\n    return 'outer'\n"
    assert start_worker(script).connect().call(b"x").body == b'"inner x"'


def test_without_a_named_script_the_module_main_is_imported(
    start_worker: StartWorker, tmp_path: Path
) -> None:
    app = tmp_path / "0" / "app"
    app.mkdir(parents=True)
    (app / "main.py").write_text(GOOD.replace("return data", "return __name__"))
    assert start_worker("", env={"AZUREML_ENTRY_SCRIPT": ""}).connect().call(b"").body == b'"main"'


def test_a_script_sees_its_application_as_it_was_on_azure(start_worker: StartWorker, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere" / "score.py"
    outside.parent.mkdir()
    outside.write_text(
        "import os, sys\ndef init():\n    pass\ndef run(data):\n"
        "    beside = os.path.dirname(__file__) in sys.path\n"
        "    models = os.environ['AZUREML_MODEL_DIR']\n"
        "    return [os.getcwd(), sys.path[-2:], __name__, __file__, models, beside]\n"
    )
    app = str(tmp_path / "0" / "app")
    env = {
        "AZUREML_ENTRY_SCRIPT": str(outside),
        "AZUREML_SOURCE_DIRECTORY": "src",
        "AZUREML_MODEL_DIR": "not/there",
    }
    seen = json.loads(start_worker("", env=env).connect().call(b"").body)
    assert seen == [app, [app, app + "/src"], "entry_module", str(outside), "not/there", False]


def test_a_swagger_file_that_is_no_json_is_a_failure(start_worker: StartWorker, tmp_path: Path) -> None:
    app = tmp_path / "0" / "app"
    app.mkdir(parents=True)
    (app / "swagger.json").write_text("{")
    assert failure(start_worker, GOOD)["message"].startswith("a swagger file cannot be read: ")
