"""`accent serve` and `accent predict --url`: what they print, and what of the command line goes where."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from accent.cli.main import run
from accent.client import settled
from accent.config import PredictConfig, ServeConfig
from accent.errors import ConfigError
from tests.unit.cli.fakes import FakeAnswers

Capture = pytest.CaptureFixture[str]
RUNS = [
    SimpleNamespace(
        name="reviews", task="classification", strategy="lora", base="builtin:minilm", shared=True, memory=1_200_000
    ),
    SimpleNamespace(name="qa", task="qa", strategy="full", base="big", shared=False, memory=91_000_000),
]


@pytest.fixture
def configs(monkeypatch: pytest.MonkeyPatch) -> list[ServeConfig]:
    """Put a stand-in in place of the server, and return what it was asked for."""
    asked: list[ServeConfig] = []
    host = SimpleNamespace(runs=lambda: RUNS)

    def serve(config: ServeConfig, given: object, listen: Any) -> None:
        assert given is host
        asked.append(config)
        listen("warning", {"what": "anyone can ask", "remedy": "Give a --token."})
        listen("stage", {"what": "loading reviews"})
        listen("serving", {"url": "http://127.0.0.1:8000", "runs": ["reviews", "qa"]})

    module = ModuleType("accent.serving")
    vars(module).update(serve=serve, make_host=lambda config: host)
    monkeypatch.setitem(sys.modules, "accent.serving", module)
    return asked


def test_it_says_where_and_what(configs: list[ServeConfig], capsys: Capture):
    assert run(["serve", "runs/reviews", "qa=runs/other", "--port", "80", "--max-rows", "16"]) == 0
    (config,) = configs
    assert (config.targets, config.port, config.limits.max_rows) == (("runs/reviews", "qa=runs/other"), 80, 16)
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "serving 2 runs on http://127.0.0.1:8000",
        "  reviews  classification, lora, 1.2 MB beside builtin:minilm",
        "  qa       qa, full, 91.0 MB",
    ]
    assert "warning: anyone can ask" in shown.err
    assert "loading reviews ..." in shown.err


def test_as_one_document(configs: list[ServeConfig], capsys: Capture):
    assert run(["serve", "runs/reviews", "--json", "--quiet"]) == 0
    shown = capsys.readouterr()
    document = json.loads(shown.out)
    assert (document["url"], document["runs"][1]["memory"]) == ("http://127.0.0.1:8000", 91_000_000)
    assert shown.err == ""


def test_from_python(configs: list[ServeConfig]):
    import accent

    heard: list[str] = []
    accent.serve("runs/a", Path("runs/b"), port=0, on_event=lambda kind, _: heard.append(kind))
    assert (configs[0].targets, configs[0].port) == (("runs/a", "runs/b"), 0)
    assert heard == ["warning", "stage", "serving"]


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, capsys: Capture):
    import accent.serving

    monkeypatch.setattr(accent.serving, "find_spec", lambda name: None if name == "uvicorn" else name)
    assert run(["serve", "nowhere", "--quiet"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert "uvicorn" in told[0]
    assert "pip install 'accent[serve]'" in told[1]


PLAIN = PredictConfig(url="http://a")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"target": "a text"}, {"texts": ("a text",)}),
        ({"target": "reviews", "texts": ("one", "two")}, {"run": "reviews", "texts": ("one", "two")}),
        ({"target": "runs/reviews/", "texts": ("one",)}, {"run": "reviews", "texts": ("one",)}),
        ({"target": "one", "texts": ("two",), "run": "b"}, {"run": "b", "texts": ("one", "two")}),
        ({"target": "reviews", "input": "f.csv"}, {"run": "reviews", "input": "f.csv"}),
        ({"input": "f.csv", "run": "b"}, {"input": "f.csv", "run": "b"}),
    ],
)
def test_what_stands_without_a_flag_is_a_run_or_a_text(given: dict[str, Any], found: dict[str, Any]):
    assert settled(replace(PLAIN, **given)) == replace(PLAIN, **found)


def test_a_folder_alone_is_no_text(tmp_path: Path):
    with pytest.raises(ConfigError, match="nothing to answer"):
        settled(replace(PLAIN, target=str(tmp_path)))
    with pytest.raises(ConfigError, match="both given"):
        settled(replace(PLAIN, target="one", run="b", input="f.csv"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[PredictConfig]:
    """Put a stand-in in place of the client, and return what it was asked for."""
    import accent.client

    found: list[PredictConfig] = []

    def predict(config: PredictConfig, *, pairs: Any = (), listen: Any) -> FakeAnswers:
        found.append(config)
        told = SimpleNamespace(to_json=lambda: {"rows": 1, "seconds": 0.5, "rows_per_second": 2.0})
        return FakeAnswers(config.texts, SimpleNamespace(statistics=told, streams=False))

    monkeypatch.setattr(accent.client, "predict", predict)
    return found


def test_predict_asks_the_server_and_loads_no_recipe(
    asked: list[PredictConfig], capsys: Capture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "accent.recipes", None)  # importing it fails
    assert run(["predict", "--url", "http://a", "--token", "t", "one"]) == 0
    assert (asked[0].texts, asked[0].token) == (("one",), "t")
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"label": "one", "score": 0.5}
    assert "1 rows in 0.50 s, 2 rows/s" in shown.err


def test_a_dash_is_standard_input_here_too(asked: list[PredictConfig]):
    for words in (["-"], ["reviews", "-"], ["--run", "reviews", "-"]):
        assert run(["predict", "--url", "http://a", *words]) == 0
    assert [(config.input, config.texts, config.run) for config in asked] == [
        ("-", (), None),
        ("-", (), "reviews"),
        ("-", (), "reviews"),
    ]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["one", "--url", "http://a", "--precision", "fp32"], "precision has no effect"),
        (["one", "--url", "http://a", "--max-new-tokens", "3"], "max_new_tokens has no effect"),
        (["one", "--url", "http://a", "--offline"], "offline forbids connections"),
        (["r", "one", "--run", "b"], "run has no effect"),
        (["r", "one", "--token", "b"], "token has no effect"),
        (["--url", "http://a"], "nothing to answer"),
        (["--input", "f.csv"], "no run is given"),
    ],
)
def test_settings_of_one_kind_of_answering_are_refused_by_the_other(words: list[str], what: str, capsys: Capture):
    assert run(["predict", *words]) == 2
    told = capsys.readouterr().err.splitlines()
    assert what in told[0]
    assert len(told) == 2
