"""Fixtures: a way to start workers that ends them again."""

from pathlib import Path
from typing import Any, Callable, Iterator, List

import pytest
from worker_process import WorkerProcess

StartWorker = Callable[..., WorkerProcess]


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[StartWorker]:
    """`start_worker(script, python=…, env=…)`."""
    started: List[WorkerProcess] = []

    def start(script: str, **options: Any) -> WorkerProcess:
        folder = tmp_path / str(len(started))
        folder.mkdir(exist_ok=True)
        started.append(WorkerProcess(folder, script, **options))
        return started[-1]

    yield start
    for worker in started:
        worker.__exit__(None, None, None)
