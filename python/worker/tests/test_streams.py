"""Replies that are sent while the script produces them."""

import signal

from conftest import StartWorker
from worker_process import CANCEL, CHUNK, CREDIT, END, PING, PONG, credit

GENERATES = """
from azureml.contrib.services.aml_response import AMLResponse
def chunks(count, then=''):
    try:
        for number in range(count):
            print('making', number)
            yield str(number)
        if then == 'raise':
            raise OSError('no more')
        if then == 'loop':
            while True:
                pass
    finally:
        print('closed', end='')
def init():
    pass
def run(data):
    if data == 'empty':
        return AMLResponse((part for part in ['', b'a', '']), 202, {'Content-Type': 'text/x'})
    if data == 'wrong':
        return AMLResponse((part for part in ['a', 5]), 200)
    if data == 'plain':
        return data
    return AMLResponse(chunks(*eval(data)), 200)
"""


def test_chunks_follow_a_reply_and_an_end_follows_them(start_worker: StartWorker) -> None:
    front = start_worker(GENERATES).connect()
    front.send(1, b"empty")
    front.send(2, b"plain")
    start = front.reply()
    assert (start.status, start.is_stream, start.body) == (202, True, b"")
    assert start.headers == [["Content-Type", "text/x"]]
    assert [front.frame()[:2] + front.frame()[:2]] == [(CHUNK, 0, END, 0)]
    assert front.reply().body == b'"plain"'


def test_a_stream_waits_for_credit_and_calls_wait_for_the_stream(start_worker: StartWorker) -> None:
    front = start_worker(GENERATES).connect()
    front.send(1, b"(40,)")
    assert front.reply().is_stream
    front.send(2, b"plain")
    front.send(9, credit(5), kind=CREDIT)
    received = [front.chunk() for _ in range(16)]
    # The seventeenth is made and held; a script runs no further ahead than that.
    assert front.next_log() == b"making 16"
    assert front.is_silent()
    front.send(1, credit(4), kind=CREDIT)
    front.send(1, credit(30), kind=CREDIT)
    received += [front.chunk() for _ in range(24)]
    assert received == [b"%d" % number for number in range(40)]
    assert front.frame_behind_logs()[:3] == (END, 0, 1)
    assert (front.logs[-1].id, front.logs[-1].body) == (1, b"closed")
    assert front.reply().body == b'"plain"'
    assert front.call(b"plain").body == b'"plain"'


def test_a_stream_that_nobody_wants_is_closed(start_worker: StartWorker) -> None:
    front = start_worker(GENERATES).connect()
    front.send(1, b"(10**9,)")
    assert front.reply().is_stream
    front.send(2, b"plain")
    front.send(1, kind=CANCEL)
    front.send(3, kind=PING)
    kind = CHUNK
    while kind == CHUNK:
        kind, flags = front.frame_behind_logs()[:2]
    assert (kind, flags) == (END, 1)
    assert front.logs[-1].body == b"closed"
    assert front.reply().body == b'"plain"'
    assert front.frame()[:3] == (PONG, 0, 3)


def test_a_script_that_fails_midway_breaks_its_reply_off(start_worker: StartWorker) -> None:
    front = start_worker(GENERATES).connect()
    front.send(1, b"(1, 'raise')")
    assert front.reply().status == 200
    assert front.chunk() == b"0"
    assert front.frame_behind_logs()[:3] == (END, 1, 1)
    texts = [log.body for log in front.logs]
    assert texts[-2].startswith(b"The reply was broken off: Traceback")
    assert texts[-2].endswith(b"OSError: no more")
    front.send(2, b"wrong")
    assert front.reply().status == 200
    assert front.chunk() == b"a"
    assert front.frame_behind_logs()[:3] == (END, 1, 2)
    assert front.logs[-1].body.endswith(b"a response is made of text and bytes, got int")


def test_a_chunk_has_the_scoring_time_for_itself(start_worker: StartWorker) -> None:
    worker = start_worker(GENERATES, env={"SCORING_TIMEOUT_MS": "1"})
    front = worker.connect()
    front.send(1, b"(1, 'loop')")
    assert front.reply().is_stream
    assert front.chunk() == b"0"
    front.nudge(lambda: worker.process.send_signal(signal.SIGALRM))
    assert front.frame_behind_logs()[:3] == (END, 1, 1)
    assert front.call(b"plain").body == b'"plain"'


def test_a_stream_is_given_up_with_its_gateway(start_worker: StartWorker) -> None:
    worker = start_worker(GENERATES)
    front = worker.connect()
    front.send(1, b"(10**9,)")
    assert front.reply().is_stream
    front.close()
    again = worker.reconnect()
    assert again.call(b"plain").body == b'"plain"'


def test_a_head_request_makes_no_chunk(start_worker: StartWorker) -> None:
    raw = "from azureml.contrib.services.aml_request import rawhttp\n@rawhttp\ndef run(request):\n    data = "
    front = start_worker(GENERATES.replace("def run(data):", raw + "'(3,)'")).connect()
    assert front.call(method="HEAD").is_stream
    assert front.frame()[:3] == (END, 0, 7)
    assert front.logs == []


def test_sigterm_lets_a_stream_end(start_worker: StartWorker) -> None:
    worker = start_worker(GENERATES)
    front = worker.connect()
    front.send(1, b"(20,)")
    assert front.reply().is_stream
    worker.terminate()
    front.send(1, credit(10), kind=CREDIT)
    assert [front.chunk() for _ in range(20)][-1] == b"19"
    assert front.frame_behind_logs().type == END
    assert front.frame().type == 9
    assert worker.exit_status() == 0
