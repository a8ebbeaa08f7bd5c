"""Makes Python environments with packages, once, for tests of what scripts meet in real ones."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import List, NamedTuple

import pytest
from worker_process import interpreter

WORKER = Path(__file__).resolve().parents[1]
_HOME = WORKER.parents[1] / ".cache" / "test" / "environments"
_INSTALL_S = 300

Environment = NamedTuple("Environment", [("name", str), ("minor", int), ("packages", List[str])])


def python_of(environment: Environment) -> str:
    """The interpreter of the environment, made if it is not there; skips the test where it cannot be made."""
    home = _HOME / environment.name
    wanted = "\n".join([*environment.packages, "3.{}".format(environment.minor)])
    receipt = home / "installed.txt"
    if not receipt.is_file() or receipt.read_text() != wanted:
        _make(environment, home)
        receipt.write_text(wanted)
    return str(home / "bin" / "python")


def _make(environment: Environment, home: Path) -> None:
    base = interpreter(environment.minor)
    if base is None:
        pytest.skip("Python 3.{} is not installed".format(environment.minor))
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not installed")
    shutil.rmtree(str(home), ignore_errors=True)
    _run([uv, "venv", "-q", "-p", base, str(home)])
    _run([uv, "pip", "install", "-q", "-p", str(home / "bin" / "python"), *environment.packages])


def _run(command: List[str]) -> None:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=_INSTALL_S
    )
    if done.returncode:
        pytest.skip("{} failed: {}".format(" ".join(command[:3]), done.stdout.strip()[-500:]))
