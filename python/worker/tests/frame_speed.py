"""Run where inference-schema is installed: how many times faster our conversion of one record is, as JSON."""

import importlib
import json
import sys
import time
from typing import Any, Dict

ROUNDS = 15
CALLS = 20


def main(shims: str) -> None:
    original = frame_type()
    for name in [name for name in sys.modules if name.partition(".")[0] == "inference_schema"]:
        del sys.modules[name]
    sys.path.insert(0, shims)
    ours = frame_type()
    assert original is not ours
    frame = importlib.import_module("pandas").DataFrame
    records: Dict[str, Any] = {
        "numbers": [{"feature {}".format(place): place + 0.5 for place in range(10)}],
        "mixed": [{"feature {}".format(place): [0.5, 7, "text"][place % 3] for place in range(10)}],
    }
    ratios = {
        name: ratio(original(frame(given)), ours(frame(given)), given) for name, given in records.items()
    }
    json.dump(ratios, sys.stdout)


def frame_type() -> Any:
    module = importlib.import_module("inference_schema.parameter_types.pandas_parameter_type")
    return module.PandasParameterType


def ratio(original: Any, ours: Any, given: Any) -> float:
    """The two take turns, so that a busy machine slows both."""
    assert original.deserialize_input(given).equals(ours.deserialize_input(given))
    best = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for place, kind in enumerate((original, ours)):
            best[place] = min(best[place], seconds(kind, given))
    return best[0] / best[1]


def seconds(kind: Any, given: Any) -> float:
    began = time.process_time()
    for _ in range(CALLS):
        kind.deserialize_input(given)
    return time.process_time() - began


if __name__ == "__main__":
    main(sys.argv[1])
