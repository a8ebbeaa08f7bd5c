"""Fixtures: a way to start workers that ends them again."""

from pathlib import Path
from typing import Any, Callable, Iterator, List

import pytest
from worker_process import WorkerProcess

StartWorker = Callable[..., WorkerProcess]


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[StartWorker]:
    """`start_worker(script, python=…, env=…)`."""
    yield from _starting(tmp_path)


@pytest.fixture(scope="module")
def start_shared_worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartWorker]:
    """The same for a worker that serves all tests of a file."""
    yield from _starting(tmp_path_factory.mktemp("shared"))


def _starting(place: Path) -> Iterator[StartWorker]:
    started: List[WorkerProcess] = []

    def start(script: str, **options: Any) -> WorkerProcess:
        folder = place / str(len(started))
        folder.mkdir(exist_ok=True)
        started.append(WorkerProcess(folder, script, **options))
        return started[-1]

    yield start
    for worker in started:
        worker.__exit__(None, None, None)
