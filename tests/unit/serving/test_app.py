"""Each route: what it takes, what it answers, and what it refuses, over real sockets."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from accent.config import RequestLimitsConfig
from accent.serving import schemas
from accent.serving.pages import policy_of, read_page
from tests.servers import FakeHost, FakeRun, Served, ask, exchange, serving

ANSWERS: dict[str, dict[str, Any]] = {
    "classification": {"label": "pos", "score": 0.9, "scores": {"neg": 0.1, "pos": 0.9}},
    "multilabel": {"labels": [{"label": "x", "score": 0.7}], "scores": {"x": 0.7, "y": 0.2}},
    "regression": {"value": 1.5},
    "tagging": {"entities": [{"entity_group": "PER", "score": 0.9, "word": "Ann", "start": 0, "end": 3}]},
    "qa": {
        "answer": "Paris",
        "score": 0.8,
        "start": 4,
        "end": 9,
        "candidates": [{"answer": "Paris", "score": 0.8}],
    },
    "generation": {"text": "once"},
    "summarization": {"summary_text": "short"},
}
ROUTES = {
    "classification": "/classify",
    "multilabel": "/classify",
    "regression": "/regress",
    "tagging": "/tag",
    "qa": "/answer",
    "generation": "/generate",
    "summarization": "/summarize",
}


class TaskRun(FakeRun):
    def answer(self, row: tuple[str, str | None]) -> dict[str, Any]:
        return ANSWERS[self.task]


@pytest.fixture(scope="module")
def every() -> Iterator[Served]:
    """A server with a run of each task, named after it."""
    runs = {task: TaskRun(task, task=task, pair=task == "qa", streams=task == "generation") for task in ANSWERS}
    with serving(FakeHost(dict(runs))) as running:
        yield running


@pytest.fixture(scope="module")
def one() -> Iterator[Served]:
    with serving() as running:
        yield running


def body_of(task: str) -> dict[str, Any]:
    return {"question": "where?", "context": "in Paris"} if task == "qa" else {"text": "a text"}


@pytest.mark.parametrize("task", ANSWERS)
def test_each_task_answers_under_its_route_and_under_predict(every: Served, task: str):
    expected = {"run": task, "answers": [ANSWERS[task]]}
    assert ask(every.port, ROUTES[task], {**body_of(task), "run": task}) == (200, expected)
    rows = [["where?", "in Paris"]] if task == "qa" else "a text"
    assert ask(every.port, "/predict", {"text": rows, "run": task}) == (200, expected)


@pytest.mark.parametrize("task", ANSWERS)
def test_a_run_of_another_task_is_named(every: Served, task: str):
    other = "regression" if task != "regression" else "tagging"
    status, document = ask(every.port, ROUTES[task], {**body_of(task), "run": other})
    assert (status, document["error"]["what"]) == (409, f"the run {other} answers {other}")


def test_the_only_run_of_a_task_needs_no_name(every: Served):
    assert ask(every.port, "/tag", {"text": "a"})[1]["run"] == "tagging"
    status, document = ask(every.port, "/classify", {"text": "a"})
    assert (status, document["error"]["what"]) == (409, "2 runs could answer, and none is named")
    status, document = ask(every.port, "/predict", {"text": "a"})
    assert (status, document["error"]["where"]) == (409, "run")


def test_a_row_is_a_text_a_pair_or_an_object(one: Served):
    rows = ["a", ["bb", "x"], {"text": "ccc"}, {"text": "dddd", "text_pair": "x"}, {"text": "e", "text_pair": None}, ""]
    status, document = ask(one.port, "/predict", {"text": rows})
    lengths = [answer.get("scores", {}).get("length") for answer in document["answers"]]
    assert (status, lengths) == (200, [1, 2, 3, 4, 1, None])
    assert document["answers"][-1] == {"error": "the text is empty"}
    assert ask(one.port, "/predict", {"text": []}) == (200, {"run": "a", "answers": []})
    assert ask(one.port, "/predict", {"text": "für 🐈"})[1]["answers"][0]["scores"]["length"] == 5


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({}, 422, "text"),
        ({"text": 3}, 422, "text"),
        ({"text": None}, 422, "text"),
        ({"text": {"text": "a"}}, 422, "text"),
        ({"text": ["a", True]}, 422, "text[1]"),
        ({"text": ["a", ["b"]]}, 422, "text[1]"),
        ({"text": ["a", ["b", 3]]}, 422, "text[1][1]"),
        ({"text": [{"txt": "a"}]}, 422, "text[0]"),
        ({"text": [{"text": "a", "text_pair": 3}]}, 422, "text[0].text_pair"),
        ({"text": "a", "rnu": "a"}, 422, "rnu"),
        ({"text": "a", "run": 3}, 422, "run"),
        ({"text": "a", "run": "b"}, 404, "run"),
        ({"text": "a", "run": "../../etc"}, 404, "run"),
        ([], 422, "body"),
        (b"{", 400, "body"),
        (b'{"text": "\xe9"}', 400, "body"),
        (b'{"text": Infinity}', 400, "body"),
        ({"text": "x" * 100_001}, 422, "text[0]"),
        ({"text": [["x" * 50_000, "y" * 50_001]]}, 422, "text[0]"),
        ({"text": ["x"] * 1025}, 422, "text"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(one: Served, body: object, status: int, where: str):
    found, document = ask(one.port, "/predict", body)
    assert (found, document["error"]["where"]) == (status, where)
    assert document["error"]["what"]
    assert document["error"]["remedy"].endswith(".")


@pytest.mark.parametrize("text", ["x" * 100_000, ["x"] * 1024])
def test_as_much_as_may_be_is_answered(one: Served, text: object):
    assert ask(one.port, "/predict", {"text": text})[0] == 200


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
def test_only_json_is_read(one: Served, media: str):
    status, document = ask(one.port, "/predict", {"text": "a"}, headers={"Content-Type": media})
    assert (status, document["error"]["where"]) == (415, "Content-Type")
    assert (
        ask(one.port, "/predict", {"text": "a"}, headers={"Content-Type": "application/json; charset=utf-8"})[0] == 200
    )
    assert ask(one.port, "/predict", {"text": "a"}, headers={"Content-Encoding": "gzip"})[0] == 415


def test_other_paths_and_methods(one: Served):
    status, document = ask(one.port, "/nowhere")
    assert (status, document["error"]["what"]) == (404, "there is nothing here")
    assert ask(one.port, "/predict")[0] == 405
    assert ask(one.port, "/docs")[0] == 404
    assert ask(one.port, "/runs", method="PATCH", body={})[0] == 405
    assert ask(one.port, "/health", {})[0] == 405
    assert ask(one.port, "/nowhere", {})[0] == 404
    assert ask(one.port, "/predict/", {"text": "a"})[0] == 404, "no client is sent to another address"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/runs", "GET, POST"),
        ("GET", "/runs/a", "DELETE"),
        ("OPTIONS", "/predict", "POST"),
        ("PUT", "/", "GET"),
    ],
)
def test_a_method_that_is_not_done_names_all_that_are(one: Served, method: str, path: str, allowed: str):
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = exchange(one.port, head.encode()).decode()
    assert answer.startswith("HTTP/1.1 405")
    assert re.findall(r"^allow: (.*)\r$", answer, flags=re.MULTILINE | re.IGNORECASE) == [allowed]


def test_another_server_may_know_no_states(one: Served):
    app, sent = one.server.config.app, []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b'{"text": 3}', "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    asgi = {"type": "http", "method": "POST", "path": "/predict", "query_string": b"", "headers": headers}
    asyncio.run(app({**asgi, "root_path": "", "scheme": "http"}, receive, send))
    assert sent[0]["status"] == 422


def test_runs_are_listed_without_places(one: Served):
    host = FakeHost({"a": FakeRun("a"), "b": FakeRun("b", base="/home/someone/bases/bert", pair=True)})
    with serving(host) as running:
        status, document = ask(running.port, "/runs")
    assert status == 200
    assert document["runs"][0] == {
        "name": "a", "task": "classification", "labels": ["neg", "pos"], "pair": False, "strategy": "lora",
        "base": "builtin:minilm", "shared": True, "loaded": True, "memory": 1000, "streams": False,
    }  # fmt: skip
    assert document["runs"][1]["base"] == "bert"
    assert "someone" not in json.dumps(document)


def test_alive_and_ready_are_two_things():
    with serving(FakeHost()) as running:
        assert ask(running.port, "/health") == (200, {"status": "alive"})
        assert ask(running.port, "/ready")[0] == 503
        assert ask(running.port, "/predict", {"text": "a"})[0] == 409
    with serving() as running:
        assert ask(running.port, "/ready") == (200, {"status": "ready"})


def test_counts_are_what_happened():
    with serving() as running:
        ask(running.port, "/predict", {"text": ["aaaa", "bbbb", ""]})
        ask(running.port, "/predict", {"text": 3})
        ask(running.port, "/classify", {"text": " "})
        ask(running.port, "/some/strange/place")
        ask(running.port, "/runs/x", method="DELETE")
        status, page = ask(running.port, "/metrics")
    counts = dict(re.findall(r"^(\S+(?:\{[^}]*\})?) (\S+)$", page.decode(), flags=re.MULTILINE))
    assert status == 200
    assert counts['accent_requests_total{route="/predict",status="200"}'] == "1.0"
    assert counts['accent_requests_total{route="/predict",status="422"}'] == "1.0"
    assert counts['accent_requests_total{route="/classify",status="200"}'] == "1.0"
    assert counts['accent_requests_total{route="other",status="404"}'] == "1.0"
    assert counts['accent_requests_total{route="/runs/{name}",status="404"}'] == "1.0"
    assert counts['accent_refusals_total{reason="schema"}'] == "1.0"
    assert counts["accent_rows_total"] == "2.0"
    assert counts["accent_tokens_total"] == "6.0"
    assert counts["accent_batch_rows_sum"] == "2.0"
    assert counts["accent_queue_seconds_count"] == counts["accent_model_seconds_count"] == "1.0"
    assert (counts["accent_runs"], counts["accent_queue_rows"]) == ("1.0", "0.0")
    assert "strange" not in page.decode()


def events(port: int, body: dict[str, Any]) -> list[tuple[str, Any]]:
    content = json.dumps(body).encode()
    head = f"POST /predict/stream HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {len(content)}\r\n\r\n"  # noqa: E501
    answer = exchange(port, head.encode() + content).decode()
    assert "content-type: text/event-stream" in answer
    found = re.findall(r"^(?:event: (\w+)\n)?data: (.*)$", answer.replace("\r\n", "\n"), flags=re.MULTILINE)
    return [(name or "message", json.loads(data)) for name, data in found]


def test_text_is_streamed_piece_by_piece(every: Served):
    found = events(every.port, {"run": "generation", "text": "once"})
    assert found == [("message", {"text": f" generation{number}"}) for number in range(3)] + [("end", {})]
    assert events(every.port, {"text": "once"}) == found, "the only run that writes need not be named"


def test_a_stream_that_breaks_says_so_in_the_shape_of_every_error(every: Served, caplog: pytest.LogCaptureFixture):
    *first, (name, document) = events(every.port, {"run": "generation", "text": "poison"})
    assert first == [("message", {"text": " generation0"})]
    assert (name, document["error"]["what"]) == ("error", "the server failed")
    assert "secret" not in json.dumps(document)
    assert "/secret/place" in caplog.text


def test_what_cannot_be_streamed_is_refused(every: Served):
    status, document = ask(every.port, "/predict/stream", {"run": "qa", "text": "a"})
    assert (status, document["error"]["what"]) == (409, "the run qa answers qa at once")
    assert ask(every.port, "/predict/stream", {"run": "generation", "text": " "})[0] == 422
    assert ask(every.port, "/predict/stream", {"run": "generation", "text": ["a"]})[0] == 422
    assert ask(every.port, "/predict/stream", {"run": "generation", "text": "x" * 100_001})[0] == 422


def run_folder(place: Path, name: str) -> Path:
    folder = place / name
    folder.mkdir(parents=True)
    (folder / "accent.json").touch()
    return folder


def test_runs_are_loaded_and_put_out(tmp_path: Path):
    folder = run_folder(tmp_path / "runs", "b")
    host = FakeHost({"a": FakeRun("a")})
    with serving(host, allow=str(tmp_path / "runs")) as running:
        status, document = ask(running.port, "/runs", {"name": "b", "path": "b"})
        assert (status, document["name"]) == (201, "b")
        assert host.loads == [("b", str(folder.resolve()))]
        assert ask(running.port, "/predict", {"run": "b", "text": "x"})[1]["answers"][0]["label"] == "b"
        status, document = ask(running.port, "/runs", {"name": "b", "path": "b"})
        assert (status, document["error"]["where"]) == (409, "name")
        assert ask(running.port, "/runs", {"name": "c", "path": str(folder)})[0] == 201
        assert ask(running.port, "/runs/b", method="DELETE") == (204, b"")
        assert ask(running.port, "/runs/b", method="DELETE")[0] == 404
        assert ask(running.port, "/predict", {"run": "b", "text": "x"})[0] == 404
        assert [run["name"] for run in ask(running.port, "/runs")[1]["runs"]] == ["a", "c"]


def test_nothing_beyond_the_folder_is_loaded_nor_told_of(tmp_path: Path):
    runs, outside = tmp_path / "runs", run_folder(tmp_path, "outside")
    run_folder(tmp_path, "runs-too")
    (run_folder(runs, "inside") / "model").symlink_to(outside)
    (runs / "link").symlink_to(outside)
    (runs / "loop").symlink_to(runs / "loop")
    (runs / "file").touch()
    tricks = [
        "link", "../outside", "../nothing", str(outside), str(tmp_path / "nothing"), "inside", "../runs-too", "loop",
        "/etc", "~", "", "a\0b", "x" * 5000, "..", "nothing", "file", "./../outside",
    ]  # fmt: skip
    host = FakeHost()
    with serving(host, allow=str(runs)) as running:
        told = {json.dumps(ask(running.port, "/runs", {"name": "x", "path": path})) for path in tricks}
    assert len(told) == 1
    assert "leads to no run in the folder for runs" in told.pop()
    assert host.loads == []


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../a", "a b", "a\n", "ä", "x" * 65, "a\0", "%2e"])
def test_names_that_are_none(tmp_path: Path, name: str):
    run_folder(tmp_path, "b")
    with serving(FakeHost(), allow=str(tmp_path)) as running:
        status, document = ask(running.port, "/runs", {"name": name, "path": "b"})
    assert (status, document["error"]["where"]) == (422, "name")


def test_a_run_that_cannot_be_loaded_tells_only_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    (tmp_path / "empty").mkdir()
    with serving(FakeHost(), allow=str(tmp_path)) as running:
        status, document = ask(running.port, "/runs", {"name": "b", "path": "empty"})
        assert (status, document["error"]["what"]) == (422, "the run cannot be loaded")
        assert str(tmp_path) not in json.dumps(document)
        assert str(tmp_path) in caplog.text
        assert "accent.json" in caplog.text
        assert ask(running.port, "/runs", {"name": "b", "path": "empty"})[0] == 422, "the next may be loaded"


def test_without_a_folder_nothing_is_loaded(one: Served):
    status, document = ask(one.port, "/runs", {"name": "b", "path": "b"})
    assert status == 403
    assert "--allow" in document["error"]["remedy"]


def test_the_token_is_asked_for_before_anything_is_read():
    limits = RequestLimitsConfig(shutdown_timeout="1s")
    with serving(token="sesame-1", limits=limits) as running:
        for headers in (
            {},
            {"Authorization": "Bearer sesame-2"},
            {"Authorization": "sesame-1"},
            {"Authorization": "Bearer "},
        ):
            for path, body in (
                ("/predict", {"text": "a"}),
                ("/runs", None),
                ("/metrics", None),
                ("/openapi.json", None),
            ):
                status, document = ask(running.port, path, body, headers=headers)
                assert (status, document["error"]["where"]) == (401, "Authorization"), (path, headers)
        assert ask(running.port, "/predict", b"{broken", headers={})[0] == 401
        for headers in ({"Authorization": "Bearer sesame-1"}, {"Authorization": "bearer  sesame-1"}):
            assert ask(running.port, "/predict", {"text": "a"}, headers=headers)[0] == 200
        assert ask(running.port, "/health")[0] == ask(running.port, "/ready")[0] == 200


def test_the_token_comes_from_the_environment_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ACCENT_TOKEN", "sesame-3")
    with serving() as running:
        assert ask(running.port, "/runs")[0] == 401
        assert ask(running.port, "/runs", headers={"Authorization": "Bearer sesame-3"})[0] == 200


@pytest.mark.parametrize("name", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "[::2]:80"])
def test_a_page_of_another_site_cannot_ask_through_a_browser(one: Served, name: str):
    assert ask(one.port, "/predict", {"text": "a"}, headers={"Host": name})[0] == 403
    for own in ("localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000", "[::1]"):
        assert ask(one.port, "/predict", {"text": "a"}, headers={"Host": own})[0] == 200
    status, document = ask(one.port, "/predict", {"text": "a"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (status, document["error"]["what"]) == (403, "a page of another site asks")
    assert ask(one.port, "/predict", {"text": "a"}, headers={"Sec-Fetch-Site": "same-origin"})[0] == 200
    with serving(token="sesame-1") as running:
        headers = {"Host": name, "Authorization": "Bearer sesame-1"}
        assert ask(running.port, "/predict", {"text": "a"}, headers=headers)[0] == 200


def test_no_answer_tells_of_the_program(one: Served):
    answer = exchange(one.port, b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert b"server:" not in answer.lower()
    assert b"uvicorn" not in answer.lower()


def test_the_description_has_every_route_and_the_shapes_of_its_answers(every: Served):
    status, description = ask(every.port, "/openapi.json")
    assert status == 200
    assert set(description["paths"]) == {
        "/predict", "/predict/stream", "/classify", "/regress", "/tag", "/answer", "/generate", "/summarize",
        "/runs", "/runs/{name}", "/health", "/ready", "/metrics",
    }  # fmt: skip
    for path in set(ROUTES.values()) | {"/predict"}:
        post = description["paths"][path]["post"]
        assert set(post["responses"]) >= {"200", "400", "404", "413", "422", "429", "504"}, path
        failures = {
            answer["content"]["application/json"]["schema"]["$ref"]
            for status, answer in post["responses"].items()
            if status != "200"
        }
        assert failures == {"#/components/schemas/Failure"}
    assert "HTTPValidationError" not in description["components"]["schemas"]


def test_several_numbers_are_described_too():
    several = {"run": "a", "answers": [{"values": {"days": 2.0, "stars": 4.5}}, {"value": 1.0}, {"error": "empty"}]}
    for model in (schemas.AnswersOf[schemas.Measured | schemas.MeasuredByName], schemas.PredictAnswers):
        assert model.model_validate(several, strict=True).model_dump() == several


@pytest.mark.parametrize("task", ANSWERS)
def test_answers_are_as_the_description_has_them(task: str):
    models = {"classification": schemas.Classified, "multilabel": schemas.Labelled, "regression": schemas.Measured,
              "tagging": schemas.Tagged, "qa": schemas.Located, "generation": schemas.Completed,
              "summarization": schemas.Summarized}  # fmt: skip
    assert models[task].model_validate(ANSWERS[task], strict=True).model_dump() == ANSWERS[task]
    for other in set(models) - {task}:
        with pytest.raises(ValidationError):
            models[other].model_validate(ANSWERS[task], strict=True)


def test_the_page_runs_only_its_own_scripts_and_styles():
    text, headers = read_page()
    rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'self'"
    for element, rule in (("script", "script-src"), ("style", "style-src")):
        bodies = re.findall(rf"<{element}[^>]*>(.*?)</{element}>", text, flags=re.DOTALL)
        known = [f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'" for body in bodies]
        assert rules[rule].split() == known
        assert known
    assert not re.search(r"<[a-z][^>]*\s(style|on[a-z]+)=", text), "attributes that the policy does not let act"
    assert not re.search(r"(src|href)=\"(https?:)?//", text)


def test_a_policy_lets_nothing_run_where_there_is_nothing():
    assert "script-src 'none'; style-src 'none'" in policy_of("<p>")
    assert "script-src 'none'" in policy_of("<script src='x'></script>")


def test_the_page_is_given_without_a_token():
    with serving(token="sesame-1") as running:
        answer = exchange(running.port, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").decode()
    assert answer.startswith("HTTP/1.1 200")
    assert "content-security-policy: default-src 'none'" in answer
    assert read_page()[0] in answer
