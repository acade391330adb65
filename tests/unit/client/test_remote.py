"""Rows to a server and back: in order, in batches, and around those that it refuses."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from datasets import Dataset

from accent.client import Address, Remote
from accent.client.remote import AHEAD, BATCH_CHARACTERS, BATCH_ROWS
from accent.errors import ConfigError, DataError, RunError
from tests.servers import FakeHost, FakeRun, serving
from tests.unit.client.conftest import RUNS, Reply, Script, echo


def remote(script: Script, run: str | None = None) -> Remote:
    return Remote(Address.parse(script.url), run)


def test_answers_come_in_the_rows_order_whatever_the_servers(script: Script):
    def late(content: Any) -> Reply:
        time.sleep(random.Random(content["text"][0]).random() / 20)
        return echo(content)

    script.replies = [late] * 12
    rows = [f"row {number}" for number in range(10 * BATCH_ROWS + 7)]
    asked = remote(script)
    assert [answer["label"] for answer in asked.answers(iter(rows))] == rows
    assert sorted(len(content["text"]) for content in script.asked) == [7, *[BATCH_ROWS] * 10]
    assert asked.statistics.rows == len(rows)
    assert asked.statistics.to_json()["rows_per_second"] > 0


def test_rows_are_read_a_few_requests_ahead(script: Script):
    read: list[int] = []

    def rows() -> Iterator[str]:
        for number in range(20 * BATCH_ROWS):
            read.append(number)
            yield f"{number}"

    answers = remote(script).answers(rows())
    next(answers)
    assert len(read) <= AHEAD * BATCH_ROWS + 1
    answers.close()
    assert len(read) <= AHEAD * BATCH_ROWS + 1


def test_long_rows_go_in_smaller_requests(script: Script):
    rows = ["x" * (BATCH_CHARACTERS // 2)] * 3 + ["y" * (2 * BATCH_CHARACTERS), "z"]
    list(remote(script).answers(rows))
    assert sorted(len(content["text"]) for content in script.asked) == [1, 1, 1, 2]


def test_a_refused_row_keeps_its_place_and_the_others_are_answered(script: Script):
    def strict(content: Any) -> Reply:
        if "long" in content["text"]:
            return 422, {"error": {"what": "the row is too long", "where": "text[0]", "remedy": "Cut it."}}, {}
        return echo(content)

    script.replies = [strict] * 20
    rows = [f"{number}" for number in range(9)] + ["long"] + [f"{number}" for number in range(10, 21)]
    answers = list(remote(script).answers(rows))
    assert answers[9] == {"error": "the row is too long"}
    assert [answer.get("label") for answer in answers] == [*rows[:9], None, *rows[10:]]
    assert len(script.asked) < 12


def test_pairs_and_data_sets(script: Script):
    script.replies = [lambda content: (200, {"answers": [{"row": row} for row in content["text"]]}, {})] * 3
    asked = remote(script)
    assert list(asked.answers([("q", "c"), ("only", None)])) == [{"row": ["q", "c"]}, {"row": "only"}]
    pairs = Dataset.from_dict({"text": ["q", None], "text_pair": ["c", "d"]})
    assert list(asked.answers(pairs)) == [{"row": ["q", "c"]}, {"row": ["", "d"]}]
    assert list(asked.answers(Dataset.from_dict({"text": ["q"]}))) == [{"row": "q"}]


def test_a_run_is_found_or_named(script: Script):
    assert remote(script).name == remote(script, "a").name == "a"
    script.runs = (200, {"runs": [*RUNS["runs"], {**RUNS["runs"][0], "name": "b"}]}, {})
    assert remote(script, "b").name == "b"
    with pytest.raises(ConfigError, match="has 2 runs") as several:
        remote(script)
    assert "a, b" in several.value.remedy
    with pytest.raises(RunError, match="no run 'c'"):
        remote(script, "c")
    script.runs = (200, {"runs": []}, {})
    with pytest.raises(ConfigError, match="has 0 runs"):
        remote(script)
    script.runs = (200, {"hello": "world"}, {})
    with pytest.raises(RunError, match="names no runs"):
        remote(script)


def test_pairs_are_told_from_single_texts(script: Script):
    asked = remote(script)
    asked.check_pairs(False, remedy="")
    with pytest.raises(DataError, match="answers single texts, and the rows are pairs"):
        asked.check_pairs(True, remedy="Give single texts.")


@pytest.mark.parametrize("content", [{"answers": []}, {"answers": {"label": "x"}}, [], {"error": {}}])
def test_answers_that_do_not_fit_are_no_answers(script: Script, content: Any):
    script.replies = [(200, content, {})]
    with pytest.raises(RunError, match="did not answer 1 rows one by one"):
        list(remote(script).answers(["x"]))


def test_the_real_server_and_its_queue():
    """The queue holds fewer rows than four requests bring: the client waits for it, and loses none."""
    from accent.config import RequestLimitsConfig

    host = FakeHost({"a": FakeRun("a")}, row_seconds=0.0002)
    limits = RequestLimitsConfig(max_rows=100, max_queue=150, max_characters=500, shutdown_timeout="5s")
    rows = ["x" * (number % 300) for number in range(700)] + ["y" * 501, "\ud800"]
    with serving(host, limits=limits, token="t0ken") as running:
        asked = Remote(Address.parse(f"http://127.0.0.1:{running.port}", "t0ken"))
        answers = list(asked.answers(rows))
        with pytest.raises(ConfigError, match="asks for a token"):
            Remote(Address.parse(f"http://127.0.0.1:{running.port}"))
    lengths = [answer["scores"]["length"] if "scores" in answer else answer["error"] for answer in answers]
    expected = [float(len(row)) if row else "the text is empty" for row in rows[:-2]]
    assert lengths[:-2] == expected
    assert "501 characters" in lengths[-2]
    assert isinstance(lengths[-1], str)
    assert asked.statistics.rows == 700 - 3


def test_text_as_it_is_written():
    host = FakeHost({"w": FakeRun("w", task="generation", streams=True)}, pieces=4, piece_seconds=0.05)
    with serving(host) as running:
        asked = Remote(Address.parse(f"http://127.0.0.1:{running.port}"))
        assert asked.streams
        pieces = asked.stream("once")
        started = time.monotonic()
        assert next(pieces) == " w0"
        first = time.monotonic() - started
        assert list(pieces) == [" w1", " w2", " w3"]
        assert time.monotonic() - started - first > 0.1
        with pytest.raises(RunError, match="the server failed"):
            list(asked.stream("poison"))
        with pytest.raises(RunError, match="is empty"):
            list(asked.stream(" "))
