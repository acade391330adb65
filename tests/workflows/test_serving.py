"""A server attacked as one would attack it: every limit, over real sockets, and what must go on meanwhile."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from accent.config import RequestLimitsConfig
from accent.inference import Host, Predictor
from accent.serving.schemas import PredictAnswers
from tests.checkpoints import SENTENCES, make_checkpoint
from tests.servers import FakeHost, FakeRun, Served, ask, connect, exchange, read_all, served, serving, until
from tests.unit.inference.served import save_served

HEAD = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
ROW = b'{"text": "a row"}'
QUICK = RequestLimitsConfig(body_timeout="0.5s", request_timeout="1s", shutdown_timeout="5s")


def post(body: bytes = ROW) -> bytes:
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.fixture
def host() -> FakeHost:
    return FakeHost({"a": FakeRun("a")})


@pytest.fixture
def here(host: FakeHost) -> Iterator[Served]:
    with serving(host, limits=QUICK) as running:
        yield running


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def still_answers(port: int) -> None:
    status, document = ask(port, "/predict", {"text": "hello"})
    assert status == 200, document
    assert document["answers"][0]["scores"]["length"] == 5.0


def test_a_body_that_never_comes_is_given_up(here: Served):
    started = time.monotonic()
    answer = exchange(here.port, HEAD + b"Content-Length: 100\r\n\r\n", b'{"te')
    assert status_of(answer) == 408
    assert b"connection: close" in answer
    assert time.monotonic() - started < 3
    still_answers(here.port)


def test_a_body_that_comes_in_drops_is_given_up(here: Served):
    opened = connect(here.port)
    opened.sendall(HEAD + b"Content-Length: 100\r\n\r\n")
    ends = time.monotonic() + 5
    try:
        while time.monotonic() < ends:
            opened.sendall(b" ")
            time.sleep(0.05)
    except OSError:
        pass
    assert time.monotonic() < ends - 2
    opened.close()
    still_answers(here.port)


def test_slow_bodies_take_no_places(host: FakeHost):
    limits = RequestLimitsConfig(max_requests=2, body_timeout="5s", shutdown_timeout="1s")
    with serving(host, limits=limits) as running:
        slow = [connect(running.port) for _ in range(20)]
        for opened in slow:
            opened.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
        time.sleep(0.1)
        still_answers(running.port)
        for opened in slow:
            opened.close()


def test_a_head_that_never_ends_is_given_up(here: Served):
    started = time.monotonic()
    assert status_of(exchange(here.port, b"POST /predict HTTP/1.1\r\nX-Slow: ")) == 408
    assert status_of(exchange(here.port, b"")) == 408
    assert time.monotonic() - started < 4


def test_a_head_after_an_answer_must_come_in_time_too(here: Served):
    started = time.monotonic()
    came = exchange(here.port, post() + b"POST /predi")
    assert came.startswith(b"HTTP/1.1 200")
    assert time.monotonic() - started < 8


def test_a_body_of_two_gigabytes_in_chunks_is_refused_early(here: Served):
    memory = psutil.Process()
    before = memory.memory_info().rss
    opened = connect(here.port)
    opened.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    chunk = b"%x\r\n" % (1 << 16) + b" " * (1 << 16) + b"\r\n"
    sent = 0
    try:
        while sent < 2 << 30:
            opened.sendall(chunk)
            sent += 1 << 16
    except OSError:
        pass
    answer = read_all(opened)
    opened.close()
    assert sent < 64 << 20
    assert memory.memory_info().rss - before < 64 << 20
    assert answer == b"" or status_of(answer) == 413
    still_answers(here.port)


def test_a_client_that_sends_too_much_comes_to_read_why(here: Served):
    for body in (b"5" * 5_000_000, b'{"text": "' + b"x" * 5_000_000 + b'"}'):
        status, document = ask(here.port, "/predict", body)
        assert status == 413
        assert "4000000" in document["error"]["what"]
    still_answers(here.port)


def test_a_declared_length_beyond_the_limit_is_refused_before_a_byte_of_it(here: Served):
    opened = connect(here.port)
    opened.sendall(HEAD + b"Content-Length: 99999999999999999999\r\n\r\n")
    started = time.monotonic()
    assert status_of(opened.recv(100)) == 413
    assert time.monotonic() - started < 0.5
    opened.close()


def test_ten_thousand_rows_and_a_huge_row(here: Served, host: FakeHost):
    status, document = ask(here.port, "/predict", {"text": ["row"] * 10_000})
    assert (status, document["error"]["where"]) == (422, "text")
    assert "10000 rows are more than 1024" in document["error"]["what"]
    status, document = ask(here.port, "/predict", {"text": ["row", "x" * 3_000_000]})
    assert (status, document["error"]["where"]) == (422, "text[1]")
    assert not host.calls


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 4_000_000,
        b'{"text":' + b"[" * 3_900_000,
        b'{"text":' * 400_000,
        b'{"text":[' + b"[]," * 1_300_000 + b"[]]}",
        b"{" + b",".join(b'"k%d":1' % number for number in range(300_000)) + b"}",
        b'{"text":[{' + b",".join(b'"k%d":1' % number for number in range(300_000)) + b"}]}",
        b'{"text":' + b"9" * 3_900_000 + b"}",
        b'{"text":1e' + b"9" * 3_900_000 + b"}",
        b'{"text":["' + b'","'.join(b"\\u0000" for _ in range(400_000)) + b'"]}',
        b'{"text": NaN}',
        b'{"text": "\\ud800"}',
        b'{"text": "\xff\xfe"}',
        b'{"text": "a"',
        b'{"text": "a"} {"text": "b"}',
        b"\x00" * 1000,
        b"\xef\xbb\xbf" + ROW,
        b"null",
        b'""',
        b"",
    ],
    ids=range(19),
)
def test_documents_made_to_hurt_are_refused_quickly(here: Served, body: bytes):
    started = time.monotonic()
    status, document = ask(here.port, "/predict", body)
    assert time.monotonic() - started < 1.5
    assert status in (400, 422)
    assert set(document["error"]) == {"what", "where", "remedy"}
    assert len(json.dumps(document)) < 1000
    still_answers(here.port)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ],
    ids=range(7),
)
def test_what_is_no_http_is_told_so(here: Served, request_bytes: bytes):
    answer = exchange(here.port, request_bytes)
    assert answer == b"" or status_of(answer) in (400, 408, 415, 422)
    still_answers(here.port)


def test_a_client_that_goes_away_costs_nothing_more(here: Served, host: FakeHost):
    host.gate.clear()
    first = connect(here.port)
    first.sendall(post(b'{"text": "taken"}'))
    until(lambda: host.calls)
    gone = [connect(here.port) for _ in range(10)]
    for number, opened in enumerate(gone):
        opened.sendall(post(b'{"text": "gone %d"}' % number))
    service = here.server.config.app.state.service
    until(lambda: service.batcher.waiting == 10)
    for opened in gone:
        opened.close()
    until(lambda: service.batcher.waiting == 0)
    host.gate.set()
    assert status_of(first.recv(1000)) == 200
    first.close()
    still_answers(here.port)
    assert [row[0] for call in host.calls for _, row in call] == ["taken", "hello"]


def test_a_client_that_resets_in_the_middle_of_its_body(here: Served):
    for _ in range(20):
        opened = connect(here.port)
        opened.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        opened.close()
    still_answers(here.port)
    until(lambda: len(here.server.server_state.tasks) == 0)


def test_time_over_is_told_and_the_rows_are_not_computed(here: Served, host: FakeHost):
    host.gate.clear()
    busy = connect(here.port)
    busy.sendall(post(b'{"text": "taken"}'))
    until(lambda: host.calls)
    started = time.monotonic()
    status, document = ask(here.port, "/predict", {"text": "late"})
    assert (status, document["error"]["what"]) == (504, "no answer within 1 seconds")
    assert time.monotonic() - started < 3
    host.gate.set()
    busy.close()
    still_answers(here.port)
    assert "late" not in [row[0] for call in host.calls for _, row in call]


def test_too_many_requests_are_refused_at_once_with_when_to_come_again(host: FakeHost):
    with serving(host, limits=RequestLimitsConfig(max_requests=3, shutdown_timeout="5s")) as running:
        host.gate.clear()
        waiting = [connect(running.port) for _ in range(3)]
        for opened in waiting:
            opened.sendall(post())
        service = running.server.config.app.state.service
        until(lambda: service._places == 3)
        opened = served(running.port)
        times = []
        for _ in range(50):
            started = time.perf_counter()
            opened.request("POST", "/predict", ROW, JSON)
            response = opened.getresponse()
            document = json.loads(response.read())
            times.append(time.perf_counter() - started)
            assert (response.status, response.headers["Retry-After"]) == (429, "1")
            assert document["error"]["what"] == "3 requests are being answered already"
        assert sorted(times)[25] < 0.02
        assert ask(running.port, "/health")[0] == 200
        host.gate.set()
        assert [status_of(one.recv(4000)) for one in waiting] == [200] * 3
        for one in (*waiting, opened):
            one.close()


def test_a_full_queue_is_refused_and_what_fits_is_taken(host: FakeHost):
    limits = RequestLimitsConfig(max_rows=10, max_queue=10, shutdown_timeout="5s")
    with serving(host, limits=limits) as running:
        host.gate.clear()
        service = running.server.config.app.state.service
        busy, waiting = connect(running.port), connect(running.port)
        busy.sendall(post())
        until(lambda: host.calls)
        waiting.sendall(post(b'{"text": ["1", "2", "3", "4", "5", "6", "7", "8"]}'))
        until(lambda: service.batcher.waiting == 8)
        status, document = ask(running.port, "/predict", {"text": ["1", "2", "3"]})
        assert status == 429
        assert "8 rows wait" in document["error"]["what"]
        host.gate.set()
        assert status_of(waiting.recv(4000)) == 200
        busy.close()
        waiting.close()


def test_connections_beyond_the_limit_are_refused_and_the_others_go_on(host: FakeHost):
    with serving(host, limits=RequestLimitsConfig(max_connections=5, shutdown_timeout="1s")) as running:
        kept = [connect(running.port) for _ in range(5)]
        until(lambda: len(running.server.server_state.connections) == 5)
        assert status_of(exchange(running.port)) == 429
        assert (
            b'accent_refusals_total{reason="connections"} 1.0' in running.server.config.app.state.service.metrics.page()
        )
        kept[0].sendall(post())
        assert status_of(kept[0].recv(4000)) == 200
        for opened in kept:
            opened.close()
        until(lambda: not running.server.server_state.connections)
        still_answers(running.port)


def test_a_client_that_does_not_read_its_answer_is_cut_off(host: FakeHost):
    limits = RequestLimitsConfig(body_timeout="2s", max_requests=1, shutdown_timeout="1s")
    with serving(host, limits=limits) as running:
        service = running.server.config.app.state.service
        opened = connect(running.port)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        body = json.dumps({"text": ["y"] * 1000}).encode()
        try:
            for _ in range(400):  # pipelined: the answers fill the buffers of both sides
                opened.sendall(post(body))
        except OSError:
            pass
        until(lambda: host.calls)
        until(lambda: not running.server.server_state.connections, seconds=60)
        until(lambda: service._places == 0)
        assert len(host.calls) < 400
        opened.close()
        still_answers(running.port)


def test_an_answer_that_nobody_reads_is_not_kept(host: FakeHost):
    host.served["a"].name = "a" * 20_000
    limits = RequestLimitsConfig(body_timeout="0.5s", shutdown_timeout="1s")
    with serving(host, limits=limits) as running:
        opened = connect(running.port)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        opened.sendall(post(json.dumps({"text": ["y"] * 1000}).encode()))
        until(lambda: host.calls)
        until(lambda: not running.server.server_state.connections)
        opened.close()


def test_an_answer_that_is_read_slowly_comes_whole(host: FakeHost):
    host.served["a"].name = "a" * 10_000
    limits = RequestLimitsConfig(body_timeout="0.5s", shutdown_timeout="1s")
    with serving(host, limits=limits) as running:
        opened = connect(running.port)
        asked = post(json.dumps({"text": ["y"] * 1000}).encode())
        opened.sendall(asked.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        came = 0
        for _ in range(12):
            came += len(opened.recv(1 << 20))
            time.sleep(0.1)
        came += len(read_all(opened))
        opened.close()
    assert came > 20_000_000


@pytest.mark.parametrize(
    "path",
    [
        "/runs/../../etc/passwd",
        "/runs/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/runs/a%00b",
        "/runs/" + "x" * 5000,
        "/runs/%ff%fe",
        "/runs/a/../../b",
        "//runs/a",
        "/runs/b;rm",
    ],
)
def test_path_tricks_in_names_find_nothing(here: Served, path: str):
    status, document = ask(here.port, path, method="DELETE")
    assert status in (404, 405)
    assert "etc" not in json.dumps(document) or "no run is served" in document["error"]["what"]
    assert ask(here.port, "/runs")[1]["runs"][0]["name"] == "a"


def test_our_own_failure_tells_nothing_and_harms_nobody_else(
    here: Served, host: FakeHost, caplog: pytest.LogCaptureFixture
):
    host.gate.clear()
    busy = connect(here.port)
    busy.sendall(post(b'{"text": "taken"}'))
    until(lambda: host.calls)
    answers: list[tuple[int, object]] = []
    texts = ["good", "poison", "better"]
    threads = [
        threading.Thread(target=lambda t=text: answers.append(ask(here.port, "/predict", {"text": t})))
        for text in texts
    ]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    until(lambda: here.server.config.app.state.service.batcher.waiting == 3)
    host.gate.set()
    for thread in threads:
        thread.join()
    busy.close()
    assert sorted(status for status, _ in answers) == [200, 200, 500]
    told = json.dumps([document for status, document in answers if status == 500])
    assert "the server failed" in told
    assert "secret" not in told
    assert "Traceback" not in told
    assert "/secret/place failed" in caplog.text


def test_runs_come_and_go_while_many_ask(tmp_path: Path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "accent.json").touch()
    host = FakeHost({"a": FakeRun("a")}, row_seconds=0.0002)
    limits = RequestLimitsConfig(shutdown_timeout="5s")
    wrong: list[object] = []
    answered = [0]
    ending = threading.Event()

    def client(port: int, number: int) -> None:
        opened = served(port)
        while not ending.is_set():
            name = "ab"[number % 2]
            opened.request("POST", "/predict", json.dumps({"text": ["x"] * 3, "run": name}), JSON)
            response = opened.getresponse()
            document = json.loads(response.read())
            if response.status == 200:
                answered[0] += 1
                if [answer["label"] for answer in document["answers"]] != [name] * 3:
                    wrong.append(document)
            elif response.status != 404 or name == "a":
                wrong.append(document)
        opened.close()

    with serving(host, limits=limits, allow=str(tmp_path)) as running:
        threads = [threading.Thread(target=client, args=(running.port, number)) for number in range(8)]
        for thread in threads:
            thread.start()
        for _ in range(15):
            assert ask(running.port, "/runs", {"name": "b", "path": "b"})[0] == 201
            time.sleep(0.02)
            assert ask(running.port, "/runs/b", method="DELETE")[0] == 204
        ending.set()
        for thread in threads:
            thread.join()
    assert not wrong
    assert answered[0] > 100
    assert any(len({name for name, _ in call}) == 2 for call in host.calls)


JSON = {"Content-Type": "application/json"}


def test_what_was_taken_is_answered_when_the_server_ends(host: FakeHost):
    with serving(host) as running:
        host.gate.clear()
        taken = [connect(running.port) for _ in range(5)]
        for opened in taken:
            opened.sendall(post())
        idle = connect(running.port)
        service = running.server.config.app.state.service
        until(lambda: service._places == 5)
        running.server.should_exit = True
        until(lambda: service.closing)
        assert idle.recv(100) == b""
        with pytest.raises(OSError, match=r"refused|reset"):
            exchange(running.port, post())
        time.sleep(0.2)
        host.gate.set()
        for opened in taken:
            answer = read_all(opened)
            assert status_of(answer) == 200
            assert b'"label":"a"' in answer
            opened.close()
        idle.close()


def test_a_server_that_cannot_finish_in_time_says_so(host: FakeHost):
    host.gate.clear()
    with serving(host, limits=RequestLimitsConfig(shutdown_timeout="1s")) as running:
        opened = connect(running.port)
        opened.sendall(post())
        until(lambda: host.calls)
        running.server.should_exit = True
        assert status_of(read_all(opened)) == 503
        opened.close()
        host.gate.set()


SERVE = """
import sys
from accent.inference import Host, Predictor
from accent.serving.schemas import PredictAnswers
from tests.checkpoints import SENTENCES, make_checkpoint
from tests.servers import FakeHost, FakeRun
from accent.config import ServeConfig
from accent.serving import serve
host = FakeHost({"a": FakeRun("a")}, row_seconds=0.01)
serve(ServeConfig(targets=("a",), port=0), host, lambda kind, fields: print(kind, fields.get("url"), flush=True))
print("ended", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_with_nothing_lost_and_code_zero(number: signal.Signals):
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", SERVE]
    environment = {**os.environ, "PYTHONPATH": f"{root}:{root / 'src'}"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root, env=environment
    ) as process:
        assert process.stdout is not None
        kind, url = process.stdout.readline().decode().split()
        assert kind == "serving"
        port = int(url.rpartition(":")[2])
        opened = [connect(port) for _ in range(20)]
        for one in opened:
            one.sendall(post(b'{"text": ["1", "2", "3"]}'))
        time.sleep(0.1)
        process.send_signal(number)
        assert [status_of(read_all(one)) for one in opened] == [200] * 20
        out, err = process.communicate(timeout=20)
        for one in opened:
            one.close()
    assert process.returncode == 0
    assert out.decode().strip() == "ended"
    assert err.decode() == ""


def test_runs_of_one_base_answer_over_http_as_each_does_alone(tmp_path: Path):
    base = make_checkpoint(tmp_path / "base", "bert", initializer_range=0.3)
    kinds = {"lora": "classification", "pfeiffer": "multilabel", "prefix": "tagging", "head": "regression"}
    folders = {
        name: save_served(tmp_path / name, base, strategy=name, task=task, seed=number)
        for number, (name, task) in enumerate(kinds.items())
    }
    expected = {
        name: list(Predictor.load(folder, precision="fp32").answers(SENTENCES)) for name, folder in folders.items()
    }
    host = Host(precision="fp32")
    for name, folder in folders.items():
        if name != "lora":
            host.put(host.load(name, folder))
    wrong: list[object] = []
    ending = threading.Event()

    def client(port: int, name: str) -> None:
        opened = served(port)
        while not ending.is_set():
            opened.request("POST", "/predict", json.dumps({"text": list(SENTENCES), "run": name}), JSON)
            response = opened.getresponse()
            document = json.loads(response.read())
            if response.status == 404 and name == "lora":
                continue
            wrong.extend(different(document.get("answers", document), expected[name]))
            described = PredictAnswers.model_validate(document, strict=True).model_dump()
            wrong.extend(different(described, document))
        opened.close()

    with serving(host, allow=str(tmp_path)) as running:
        threads = [threading.Thread(target=client, args=(running.port, name)) for name in folders]
        for thread in threads:
            thread.start()
        for _ in range(3):
            assert ask(running.port, "/runs", {"name": "lora", "path": "lora"})[0] == 201
            status, document = ask(running.port, "/classify", {"run": "lora", "text": list(SENTENCES)})
            assert status == 200
            assert not different(document["answers"], expected["lora"])
            assert ask(running.port, "/runs/lora", method="DELETE")[0] == 204
        ending.set()
        for thread in threads:
            thread.join()
    assert not wrong


def different(found: object, expected: object) -> list[object]:
    """Return what of two documents differs, numbers by more than 1e-5."""
    match found, expected:
        case dict(), dict():
            if found.keys() != expected.keys():
                return [(found, expected)]
            return [one for key in expected for one in different(found[key], expected[key])]
        case list(), list():
            if len(found) != len(expected):
                return [(found, expected)]
            return [one for pair in zip(found, expected, strict=True) for one in different(*pair)]
        case float(), float():
            return [] if abs(found - expected) <= 1e-5 else [(found, expected)]
        case _:
            return [] if found == expected else [(found, expected)]
