"""What every server of the comparison serves: doubles numbers, and burns CPU time where asked."""

import json
import time


def init():
    pass


def run(data):
    if len(data) > 100_000:
        return {"result": [len(data)]}
    return answer(json.loads(data))


def answer(request):
    burn(request.get("ms", 0))
    return {"result": [2 * number for number in request["data"]]}


def burn(milliseconds):
    end = time.thread_time() + milliseconds / 1000
    while milliseconds and time.thread_time() < end:
        pass
