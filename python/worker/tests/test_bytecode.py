"""The folders of packages and scripts stay as they are: bytecode is written when an environment is built."""

from pathlib import Path

from conftest import StartWorker

SCRIPT = """
import beside
def init():
    import sys, subprocess
    subprocess.check_call([sys.executable, '-c', 'import packaged'])
def run(data):
    return beside.VALUE
"""


def test_neither_the_worker_nor_its_children_write_bytecode(
    tmp_path: Path, start_worker: StartWorker
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "beside.py").write_text("VALUE = 1\n", encoding="utf-8")
    (site / "packaged.py").write_text("", encoding="utf-8")
    worker = start_worker(SCRIPT, env={"PYTHONPATH": str(site)})
    assert worker.connect().call(b"").body == b"1"
    assert list(tmp_path.rglob("*.pyc")) == []
