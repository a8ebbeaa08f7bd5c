"""The descriptions of services are those that Azure's server gives for the same scripts."""

import json
from pathlib import Path

import pytest
from conftest import StartWorker

# Recorded from azureml-inference-server-http 1.5.1 with these settings.
SETTINGS = {"SERVICE_NAME": "diabetes", "SERVICE_PATH_PREFIX": "/api/v1/service/diabetes"}
RECORD = json.loads(Path(__file__).with_name("data").joinpath("azure-swagger.json").read_text("utf-8"))


@pytest.mark.parametrize("name", RECORD)
def test_a_description_is_word_for_word_as_azures(name: str, start_worker: StartWorker) -> None:
    front = start_worker(RECORD[name]["script"], env=SETTINGS).connect()
    expected = {version: json.dumps(document) for version, document in RECORD[name]["documents"].items()}
    assert front.ready["swagger"] == expected


def test_a_version_that_cannot_say_it_is_there_when_the_application_brings_it(
    start_worker: StartWorker, tmp_path: Path
) -> None:
    (tmp_path / "0" / "app").mkdir(parents=True)
    (tmp_path / "0" / "app" / "swagger2.json").write_text('{"mine": true}')
    script = RECORD["mixed types"]["script"]
    assert "2" not in RECORD["mixed types"]["documents"]
    front = start_worker(script, env=SETTINGS).connect()
    assert json.loads(front.ready["swagger"]["2"]) == {"mine": True}
    assert sorted(front.ready["swagger"]) == ["2", "3", "3.1"]
