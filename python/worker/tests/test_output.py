"""What a reply is made of, for all that `run` may return."""

import json
from typing import Any, List

import pytest
from conftest import StartWorker
from worker_process import FAILED, PLAIN, TIMED, Front, Reply

HTML = ["Content-Type", "text/html; charset=utf-8"]
JSON = ["Content-Type", "application/json"]

EVALUATES = """
import collections, datetime, json, os, sys
from azureml.contrib.services.aml_response import AMLResponse
class Wrong:
    pass
def generates():
    yield 1
def circle():
    inner = []
    inner.append(inner)
    return inner
def changed():
    response = AMLResponse('first', 200)
    response.headers['X-M'] = 'one'
    response.headers.add('x-m', 'two')
    response.status_code = 207
    response.set_data('second')
    response.mimetype = 'text/csv'
    response.set_cookie('a', 'b c', expires=0, secure=True, samesite='Lax')
    response.delete_cookie('gone')
    return response
def init():
    pass
def run(data):
    return eval(data)
"""


@pytest.fixture(scope="module")
def front(start_shared_worker: StartWorker) -> Front:
    return start_shared_worker(EVALUATES).connect()


@pytest.mark.parametrize(
    ("returned", "body"),
    [
        ("None", b"{}"),
        ("''", b'""'),
        ("0", b"0"),
        ("False", b"false"),
        ("[]", b"[]"),
        ("json.dumps({'a': 1})", b'"{\\"a\\": 1}"'),
        ("(1, (2,))", b"[1, [2]]"),
        ("{'b': 1, 'a': [1.0, 1e16]}", b'{"b": 1, "a": [1.0, 1e+16]}'),
        ("collections.OrderedDict(b=1)", b'{"b": 1}'),
        ("{1: 2, None: 3, True: 4, 1.5: 5}", b'{"1": 4, "null": 3, "1.5": 5}'),
        ("[float('nan'), float('inf')]", b"[NaN, Infinity]"),
        ("'\\u00fc\\U0001f600\\x7f'", b'"\\u00fc\\ud83d\\ude00\\u007f"'),
        ("10 ** 20", b"1" + b"0" * 20),
    ],
)
def test_a_value_is_sent_as_json_dumps_writes_it(returned: str, body: bytes, front: Front) -> None:
    reply = front.call(returned.encode())
    assert (reply.status, reply.marks, reply.headers, reply.body) == (200, TIMED, None, body)


@pytest.mark.parametrize(
    "returned",
    [
        "b'x'",
        "{1}",
        "generates()",
        "datetime.datetime(2020, 1, 1)",
        "Wrong()",
        "{(1, 2): 3}",
        "circle()",
        "AMLResponse(5, 200)",
        "AMLResponse([5], 200)",
        "AMLResponse('x', 199)",
        "AMLResponse('x', 600)",
        "AMLResponse('x', 200, {'X': chr(0x20ac)})",
        "AMLResponse('x', 200, {'X y': 'z'})",
    ],
)
def test_what_cannot_be_sent_is_an_internal_error(returned: str, front: Front) -> None:
    expected = (500, 0, "An unexpected internal error occurred. Check the logs for more info.")
    assert front.message(returned.encode()) == expected
    # Neither the encoder nor the worker is left in a wrong state.
    assert front.call(b"[[]]").body == b"[[]]"


@pytest.mark.parametrize(
    "raised",
    [
        "1 / 0",
        "sys.exit(0)",
        "exec('raise KeyboardInterrupt')",
        "exec('raise TimeoutError')",
        "exec('raise StopIteration')",
        "AMLResponse('x', 200, {'X': 1})",
        "AMLResponse('x', 200, {'X': 'a' + chr(10) + 'b'})",
        "AMLResponse({1}, 200, json_str=True)",
    ],
)
def test_what_run_raises_is_only_in_the_log(raised: str, front: Front) -> None:
    front.logs.clear()
    expected = (500, FAILED, "An unexpected error occurred in scoring script. Check the logs for more info.")
    assert front.message(raised.encode()) == expected
    assert front.logs[-1].body.startswith(
        b"Encountered Exception: Traceback (most recent call last):\n  File "
    )
    assert b"slipway_worker/answering.py" not in front.logs[-1].body


def described(reply: Reply) -> List[Any]:
    return [reply.status, reply.marks - TIMED, reply.headers, reply.body]


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ("AMLResponse(None, 200)", [200, 0, [JSON], b"{}"]),
        ("AMLResponse(None, 202, {'Content-Type': 'a/b'})", [202, 0, [JSON, ["Content-Type", "a/b"]], b"{}"]),
        ("AMLResponse({'a': 1}, 200, json_str=True)", [200, 0, [JSON], b'{"a": 1}']),
        ("AMLResponse('h' + chr(233), 200)", [200, 0, [HTML], b"h\xc3\xa9"]),
        (
            "AMLResponse(b'\\0', 200, {'Content-Type': 'image/png'})",
            [200, 0, [["Content-Type", "image/png"]], b"\0"],
        ),
        (
            "AMLResponse('', 200, {'content-type': 'a/b'})",
            [200, 0, [HTML, ["content-type", "a/b"]], b""],
        ),
        ("AMLResponse('', 200, {'X': 'a, b,'})", [200, 0, [HTML, ["X", "a"], ["X", "b"], ["X", ""]], b""]),
        (
            "AMLResponse('', 200, {'Set-Cookie': 'a=b; Expires=Mon, 01 Jan 2035 00:00:00 GMT'})",
            [200, 0, [HTML, ["Set-Cookie", "a=b; Expires=Mon, 01 Jan 2035 00:00:00 GMT"]], b""],
        ),
        ("AMLResponse('', '201 MADE')", [201, 0, [[":reason", "MADE"], HTML], b""]),
        ("AMLResponse('', '207 MULTI STATUS')", [207, 0, [HTML], b""]),
        ("AMLResponse({'one': 1, 'two': 2}, 200)", [200, 0, [HTML], b"onetwo"]),
        ("AMLResponse(['a', b'b'], 200)", [200, 0, [HTML], b"ab"]),
        ("AMLResponse('', 500)", [500, FAILED, [HTML], b""]),
        ("AMLResponse('', 200, run_function_failed=True)", [200, FAILED, [HTML], b""]),
        (
            "changed()",
            [
                207,
                0,
                [
                    ["X-M", "one"],
                    ["x-m", "two"],
                    ["Content-Type", "text/csv; charset=utf-8"],
                    [
                        "Set-Cookie",
                        'a="b c"; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; Path=/; SameSite=Lax',
                    ],
                    ["Set-Cookie", "gone=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/"],
                ],
                b"second",
            ],
        ),
    ],
)
def test_a_response_chooses_status_headers_and_bytes(
    returned: str, expected: List[Any], front: Front
) -> None:
    assert described(front.call(returned.encode())) == expected


def test_a_response_of_another_kind_says_nothing_about_failure_until_it_is_one(front: Front) -> None:
    kind = (
        "type('R', (), dict(status_code={0}, status='{0}', headers={{}}, response='x', iter_encoded=0,"
        " close=lambda self: 0))()"
    )
    assert described(front.call(kind.format(404).encode())) == [404, PLAIN, [], b"x"]
    assert described(front.call(kind.format(503).encode())) == [503, FAILED, [], b"x"]


def test_a_response_is_closed_when_it_is_sent(front: Front) -> None:
    front.logs.clear()
    closing = "[r.call_on_close(lambda: print('closed')) and r for r in [AMLResponse('x', 200)]][0]"
    assert front.call(closing.encode()).body == b"x"
    assert [log.body for log in front.logs] == [b"closed"]


def test_the_time_of_run_is_told_in_microseconds(front: Front) -> None:
    asleep = front.call(b"__import__('time').sleep(0.02)")
    assert 20_000 <= asleep.run_us < 5_000_000
    assert json.loads(asleep.body) == {}
