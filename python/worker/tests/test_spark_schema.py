"""Frames of Spark as inputs; half a gigabyte and a Java virtual machine, so only where they are asked for."""

import json
import os
import shutil
import subprocess

import pytest
from package_environments import WORKER, Environment, python_of

SPARK = Environment("spark-4", 11, ["pyspark==4.3.0", "python-dateutil==2.9.0.post0"])

PROGRAM = """
import datetime, json
from pyspark.sql import SparkSession
from inference_schema.parameter_types.spark_parameter_type import SparkParameterType
builder = SparkSession.builder.master('local[1]').config('spark.ui.enabled', 'false')
session = builder.config('spark.driver.host', '127.0.0.1').getOrCreate()
day = datetime.date(2020, 1, 2)
kind = SparkParameterType(session.createDataFrame([(1, 'a', 1.5, day, [1])], ['i', 's', 'f', 'd', 'l']))
loose = SparkParameterType(session.createDataFrame([(1,)], ['i']), apply_sample_schema=False)
def attempt(kind, records):
    try:
        frame = kind.deserialize_input(records)
        return [frame.schema.simpleString()] + [[str(value) for value in row] for row in frame.collect()]
    except Exception as error:
        return type(error).__name__
good = {'s': 'b', 'i': 2, 'f': 2.5, 'd': '2021-02-03', 'l': [3, 4], 'else': 1}
print(json.dumps([
    kind.input_to_swagger(), attempt(kind, [good]), attempt(kind, [dict(good, i='x')]),
    attempt(kind, [{'i': 1}]), attempt(kind, {}), attempt(loose, [{'i': 'x'}]),
]))
"""


@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")
@pytest.mark.skipif(not os.environ.get("SLIPWAY_TEST_SPARK"), reason="SLIPWAY_TEST_SPARK is not set")
def test_frames_of_spark_have_the_schema_of_the_sample_or_are_refused() -> None:
    python = python_of(SPARK)
    env = dict(
        os.environ, PYTHONPATH=str(WORKER / "shims"), PYSPARK_PYTHON=python, SPARK_LOCAL_IP="127.0.0.1"
    )
    done = subprocess.run([python, "-c", PROGRAM], stdout=subprocess.PIPE, env=env, timeout=300, check=True)
    swagger, *replies = json.loads(done.stdout.decode().splitlines()[-1])
    assert swagger["items"]["properties"]["l"] == {
        "type": "array",
        "items": {"type": "integer", "format": "int64"},
    }
    assert swagger["example"] == [{"i": 1, "s": "a", "f": 1.5, "d": "2020-01-02", "l": [1]}]
    assert replies == [
        [
            "struct<i:bigint,s:string,f:double,d:date,l:array<bigint>>",
            ["2", "b", "2.5", "2021-02-03", "[3, 4]"],
        ],
        "PySparkTypeError",
        "KeyError",
        "Exception",
        ["struct<i:string>", ["x"]],
    ]
