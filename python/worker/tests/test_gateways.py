"""A worker that several gateways use at the same time."""

import zlib

from conftest import StartWorker
from worker_process import BEGUN, PING, PONG, REPLY, SHARED, STOPPING, call_head, encode

ECHO = "def init():\n    pass\ndef run(data):\n    return data\n"
SLOW = "import time\n" + ECHO.replace("return data", "print(data)\n    time.sleep(0.2)\n    return data")
PRINTS = ECHO.replace("return data", "print('from', data)\n    return data")


def test_a_ping_is_answered_between_calls(start_worker: StartWorker) -> None:
    front = start_worker(ECHO).connect()
    front.send_bytes(encode(1, b"x") + encode(8, kind=PING) + encode(2, b"y"))
    assert [front.frame()[:3:2] for _ in range(3)] == [(REPLY, 1), (PONG, 8), (REPLY, 2)]


def test_a_second_gateway_is_greeted_while_the_first_one_is_idle(start_worker: StartWorker) -> None:
    worker = start_worker(ECHO)
    first = worker.connect()
    assert first.call(b"alone").body == b'"alone"'
    second = worker.reconnect()
    assert second.ready["pid"] == worker.process.pid
    for front in (first, second):
        assert front.frame()[:2] == (SHARED, 1)
        front.send(3, b"x")
        assert front.frame()[:3] == (BEGUN, 0, 3)
        assert front.reply().id == 3
    second.close()
    assert first.frame()[:2] == (SHARED, 0)
    assert first.call(b"alone").body == b'"alone"'


def test_a_second_gateway_comes_in_while_the_first_one_is_busy(start_worker: StartWorker) -> None:
    worker = start_worker(SLOW)
    first = worker.connect()
    for call_id in range(1, 6):
        first.send(call_id, b"x")
    assert first.frame().body == b"x"
    second = worker.reconnect()
    second.send(1, b"y")
    assert second.frame().type == SHARED
    assert second.frame().type == BEGUN
    assert second.reply().body == b'"y"'
    # In turn: the first gateway had five calls waiting, and the second one did not wait for all of them.
    assert first.answered_so_far() < 5


def test_each_gateway_gets_the_lines_of_its_own_calls(start_worker: StartWorker) -> None:
    worker = start_worker(PRINTS)
    fronts = [worker.connect(), worker.reconnect(), worker.reconnect()]
    for number, front in enumerate(fronts):
        assert front.frame().type == SHARED
        front.send(number, b"%d" % number)
    for number, front in enumerate(fronts):
        assert front.frame().type == BEGUN
        assert front.reply().id == number
        assert [(log.id, log.body) for log in front.logs] == [(number, b"from %d" % number)]


def test_a_large_call_of_one_gateway_does_not_hold_up_the_other(start_worker: StartWorker) -> None:
    worker = start_worker(ECHO.replace("return data", "return len(data)"))
    first, second = worker.connect(), worker.reconnect()
    assert (first.frame().type, second.frame().type) == (SHARED, SHARED)
    whole = encode(1, b"x" * 300_000)
    first.send_bytes(whole[:150_000])
    second.send(2, b"yy")
    assert second.frame().type == BEGUN
    assert second.reply().body == b"2"
    first.send_bytes(whole[150_000:])
    assert first.frame().type == BEGUN
    assert first.reply().body == b"300000"


def test_frames_may_come_in_any_pieces(start_worker: StartWorker) -> None:
    front = start_worker(
        "import zlib\n" + ECHO.replace("return data", "return zlib.crc32(data.encode())")
    ).connect()
    bodies = [(b"%d," % size) * size for size in (0, 1, 100_000, 3, 20_000)]
    heads = [b"", call_head(headers=[["X-Long", "x" * 60_000]])]
    sent = b"".join(encode(1, body, head) for body in bodies for head in heads)
    for at in range(0, len(sent), 7_001):
        front.send_bytes(sent[at : at + 7_001])
    for body in bodies:
        assert [front.reply().body for _ in heads] == [b"%d" % zlib.crc32(body)] * 2


def test_sigterm_is_told_to_all_gateways(start_worker: StartWorker) -> None:
    worker = start_worker(ECHO)
    fronts = [worker.connect(), worker.reconnect()]
    assert [front.frame().type for front in fronts] == [SHARED, SHARED]
    worker.terminate()
    assert [front.frame().type for front in fronts] == [STOPPING, STOPPING]
    assert worker.exit_status() == 0


def test_sigterm_ends_a_worker_that_no_gateway_uses(start_worker: StartWorker) -> None:
    worker = start_worker(ECHO)
    worker.connect().close()
    worker.terminate()
    assert worker.exit_status() == 0


def test_gateways_that_come_and_go_lose_no_call(start_worker: StartWorker) -> None:
    worker = start_worker(ECHO)
    steady = worker.connect()
    for call_id in range(200):
        steady.send(call_id, b"x")
        passing = worker.reconnect()
        passing.close()
        assert steady.reply_behind_notes().id == call_id


def test_a_script_that_takes_the_signal_only_delays_the_second_gateway(start_worker: StartWorker) -> None:
    script = "import signal\n" + ECHO.replace("return data", "signal.signal(signal.SIGIO, signal.SIG_IGN)")
    worker = start_worker(script)
    first = worker.connect()
    assert first.call(b"").status == 200
    second = worker.reconnect()
    assert first.frame()[:2] == second.frame()[:2] == (SHARED, 1)


def test_timeouts_that_a_script_sets_for_sockets_do_not_touch_the_worker(start_worker: StartWorker) -> None:
    script = "import gc, socket\nsocket.setdefaulttimeout(0.01)\n" + ECHO.replace(
        "return data",
        "return [each.gettimeout() for each in gc.get_objects() if isinstance(each, socket.socket)]",
    )
    assert start_worker(script).connect().call(b"").body == b"[null]"
