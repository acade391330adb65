"""Each verb: what it asks of its recipe, what it prints where, and its exit code."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from accent.cli.console import Console
from accent.cli.main import run
from accent.config import FinetuneConfig
from accent.config.load import resolve
from accent.errors import DataError
from tests.unit.cli.fakes import SCORES, FakeAnswers, Recipes

Capture = pytest.CaptureFixture[str]


def test_finetune_asks_for_what_was_typed(recipes: Recipes):
    line = "finetune x.csv --num_train_epochs 2 --text_column a --text-column b --clean html,urls --bf16 --offline"
    assert run([*line.split(), "--set", "training.keep=1"]) == 0
    config = recipes.configs[0]
    assert config.data.source == "x.csv"
    assert config.data.text_column == ("a", "b")
    assert config.data.clean == ("html", "urls")
    assert (config.training.epochs, config.training.keep, config.training.precision) == (2.0, 1, "bf16")
    assert config.run.offline is True


def test_finetune_prints_scores_and_what_to_type_next(recipes: Recipes, capsys: Capture):
    assert run(["finetune", "x.csv"]) == 0
    shown = capsys.readouterr()
    assert "test scores of 200 rows" in shown.out
    assert "accuracy" in shown.out
    assert "0.8500  [0.8000, 0.9000]" in shown.out
    assert "accuracy is 0.2400 above tfidf [0.1000, 0.3000]: significant (p = 0.001)" in shown.out
    assert "model   runs/x y/model" in shown.out
    assert "accent predict 'runs/x y'" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80
    assert "update 2/2" in shown.err
    assert "accuracy 0.9000" in shown.err
    assert "test scores" not in shown.err


def test_json_is_one_document_and_messages_go_elsewhere(recipes: Recipes, capsys: Capture):
    assert run(["finetune", "x.csv", "--json"]) == 0
    shown = capsys.readouterr()
    document = json.loads(shown.out)
    assert document["run"] == "runs/x y"
    assert document["scores"] == SCORES
    assert document["interrupted"] is False
    assert "reading the data" in shown.err


def test_quiet_prints_nothing(recipes: Recipes, capsys: Capture):
    assert run(["finetune", "x.csv", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_interrupted_prints_how_to_go_on(recipes: Recipes, capsys: Capture):
    recipes.ended = "interrupted"
    assert run(["finetune", "x.csv"]) == 130
    assert "accent finetune --resume 'runs/x y'" in capsys.readouterr().err
    assert run(["finetune", "x.csv", "--json"]) == 130
    assert json.loads(capsys.readouterr().out)["resume"] == "accent finetune --resume 'runs/x y'"


def test_ctrl_c_outside_training_prints_how_to_go_on(recipes: Recipes, capsys: Capture, tmp_path: Path):
    recipes.failure = KeyboardInterrupt()
    assert run(["finetune", "x.csv", "--output", str(tmp_path)]) == 130
    assert capsys.readouterr().err == "interrupted\n"
    (tmp_path / "checkpoints" / "update-00000001").mkdir(parents=True)
    assert run(["finetune", "x.csv", "--output", str(tmp_path)]) == 130
    assert f"accent finetune --resume {tmp_path}" in capsys.readouterr().err


def test_losses_that_are_not_finite_are_the_users_to_mend(recipes: Recipes, capsys: Capture):
    recipes.ended = "not finite"
    assert run(["finetune", "x.csv", "--quiet"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_one_of_several_processes_prints_no_scores(recipes: Recipes, capsys: Capture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOCAL_RANK", "0")
    assert run(["finetune", "x.csv", "--json"]) == 0
    assert capsys.readouterr().out == ""


def test_demo(recipes: Recipes, capsys: Capture):
    assert run(["demo", "--output", "o", "--seed", "7"]) == 0
    assert "accent predict" in capsys.readouterr().out


def test_check_names_places_and_exits_with_2(recipes: Recipes, capsys: Capture):
    assert run(["check", "x.csv"]) == 2
    shown = capsys.readouterr().out
    assert "error: 1 row stands in train and test [leaks]" in shown
    assert "x.csv:7 = x.csv:3  a text" in shown
    assert "1 error found" in shown


def test_check_is_told_what_the_rows_ask(recipes: Recipes, capsys: Capture):
    assert run(["check", "x.csv"]) == 2
    assert run(["check", "x.conll", "--task", "tagging"]) == 2
    assert [config.task for config in recipes.configs] == ["classification", "tagging"]
    assert run(["check", "x.csv", "--task", "tgging"]) == 2
    assert "Did you mean tagging?" in capsys.readouterr().err
    assert len(recipes.configs) == 2


def test_check_goes_on_with_what_is_allowed(recipes: Recipes, capsys: Capture):
    assert run(["check", "x.csv", "--allow", "leaks"]) == 0
    assert "allowed: 1 row" in capsys.readouterr().out


def test_evaluate(recipes: Recipes, capsys: Capture):
    assert run(["evaluate", "RUN", "new.csv"]) == 0
    assert (recipes.configs[0].target, recipes.configs[0].data.source) == ("RUN", "new.csv")
    shown = capsys.readouterr()
    assert "test scores" in shown.out
    assert "4 rows/s" in shown.err


def test_predict_prints_a_line_for_each_text(recipes: Recipes, capsys: Capture):
    assert run(["predict", "RUN", "one, two", "ähnlich", "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["label"] for line in lines] == ["one, two", "ähnlich"]
    assert "ähnlich" in lines[1]


@pytest.mark.parametrize(("texts", "streams", "shown"), [(1, True, "once upon\n"), (1, False, "{"), (2, True, "{")])
def test_a_single_prompt_on_a_terminal_is_shown_as_it_is_written(
    recipes: Recipes, capsys: Capture, monkeypatch: pytest.MonkeyPatch, texts: int, streams: bool, shown: str
):
    monkeypatch.setattr(Console, "is_watched", True)
    told = FakeAnswers(()).predictor.statistics
    predictor = SimpleNamespace(streams=streams, stream=lambda prompt: iter([prompt, " upon"]), statistics=told)
    monkeypatch.setattr(recipes, "_predict", lambda config, listen: FakeAnswers(config.texts, predictor))
    assert run(["predict", "RUN", *["once"] * texts]) == 0
    assert capsys.readouterr().out.startswith(shown)


def test_predict_as_one_document(recipes: Recipes, capsys: Capture):
    assert run(["predict", "RUN", "one", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["answers"] == [{"label": "one", "score": 0.5}]
    assert document["statistics"]["rows"] == 2


def test_predict_takes_a_dash_as_standard_input(recipes: Recipes):
    assert run(["predict", "RUN", "-"]) == 0
    assert (recipes.configs[0].input, recipes.configs[0].texts) == ("-", ())


def test_predict_into_a_file_prints_no_answers(recipes: Recipes, capsys: Capture):
    assert run(["predict", "RUN", "one", "--output", "a.jsonl"]) == 0
    assert capsys.readouterr().out == "answers  a.jsonl\n"


def test_inspect(recipes: Recipes, capsys: Capture, tmp_path: Path):
    assert run(["inspect", "builtin:minilm", "--text", "good", "--output", str(tmp_path / "o")]) == 0
    shown = capsys.readouterr().out
    assert "parameters  22,000,000" in shown
    assert "labels      -" in shown
    assert "[CLS]  101     0     1        special" in shown
    assert "good   204     0     1     0" in shown
    assert json.loads((tmp_path / "o" / "inspect.json").read_text())["text"]["ids"] == [101, 204]


def test_inspect_leaves_the_scores_of_single_classes_to_the_report(recipes: Recipes, capsys: Capture):
    assert run(["inspect", "RUN"]) == 0
    shown = capsys.readouterr().out
    assert "accuracy  0.8500 [0.8000, 0.9000] n = 200" in shown
    assert "f1/a" not in shown
    assert run(["inspect", "RUN", "--json"]) == 0
    assert "f1/a" in capsys.readouterr().out


def test_report_and_its_copy(recipes: Recipes, capsys: Capture, tmp_path: Path):
    (tmp_path / "report.html").write_text("page", encoding="utf-8")
    assert run(["report", str(tmp_path)]) == 0
    assert run(["report", str(tmp_path), "--output", str(tmp_path / "copy"), "--json"]) == 0
    assert (tmp_path / "copy" / "report.html").read_text(encoding="utf-8") == "page"
    assert f"report  {tmp_path}/report.html" in capsys.readouterr().out


def test_doctor(recipes: Recipes, capsys: Capture, tmp_path: Path):
    assert run(["doctor", "--output", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "memory_free  2.0 GB" in shown
    assert "cuda         no" in shown
    assert (tmp_path / "doctor.json").exists()
    assert run(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["loss"] == "nan"


@pytest.mark.parametrize("verb", ["finetune", "check"])
def test_show_stops_before_the_recipe(verb: str, recipes: Recipes, capsys: Capture, tmp_path: Path):
    assert run([verb, "x.csv", "--show", "--quiet", "--limit", "3"]) == 0
    assert recipes.configs == []
    shown = capsys.readouterr().out
    (tmp_path / "c.yaml").write_text(shown, encoding="utf-8")
    assert run([verb, "--config", str(tmp_path / "c.yaml"), "--show"]) == 0
    assert capsys.readouterr().out == shown


def test_show_as_json(recipes: Recipes, capsys: Capture):
    assert run(["finetune", "x.csv", "--show", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["data"]["source"] == "x.csv"


def test_every_error_takes_two_lines(recipes: Recipes, capsys: Capture):
    assert run(["finetune", "x.csv", "--batch-size", "0", "--keep", "x", "--metric", "acuracy"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 6
    assert "(--batch-size)" in shown.err
    assert "Did you mean accuracy?" in shown.err


def test_a_recipes_error_takes_two_lines_even_with_line_breaks(recipes: Recipes, capsys: Capture):
    recipes.failure = DataError("a row\nis broken", where="x.csv:3", remedy="Mend it.")
    assert run(["check", "x.csv"]) == 2
    assert capsys.readouterr().err == "a row is broken (x.csv:3)\nMend it.\n"


def test_a_bug_shows_its_traceback(recipes: Recipes, capsys: Capture):
    recipes.failure = ZeroDivisionError("ours")
    assert run(["check", "x.csv"]) == 1
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "ZeroDivisionError: ours" in shown


def test_a_full_disk_is_not_a_bug(recipes: Recipes, capsys: Capture):
    recipes.failure = OSError(28, "No space left on device", "/data/x")
    assert run(["check", "x.csv"]) == 2
    assert capsys.readouterr().err.splitlines()[0] == "no space left on device (/data/x)"


def test_other_errors_of_the_system_are_bugs(recipes: Recipes, capsys: Capture):
    recipes.failure = OSError(5, "Input/output error", "/data/x")
    assert run(["check", "x.csv"]) == 1
    recipes.failure = BrokenPipeError(32, "a worker is gone")
    assert run(["check", "x.csv"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_before_training_has_no_traceback(recipes: Recipes, capsys: Capture):
    recipes.failure = KeyboardInterrupt()
    assert run(["finetune", "x.csv"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_the_configuration_is_what_python_would_make(recipes: Recipes):
    run(["finetune", "x.csv", "--learning-rate", "2e-5", "--split", "70,20,10"])
    settings = {"data": "x.csv", "learning_rate": 2e-5, "split": [70, 20, 10]}
    assert recipes.configs[0] == resolve(FinetuneConfig, flags=settings, typed=True)


def test_a_quiet_check_prints_its_errors_and_nothing_else(
    recipes: Recipes, capsys: Capture, monkeypatch: pytest.MonkeyPatch
):
    def stop(audit: object) -> None:
        raise DataError("1 row stands in train and test", where="x.csv:7", remedy="Drop it.")

    monkeypatch.setitem(sys.modules, "accent.recipes.preparing", SimpleNamespace(stop_on_errors=stop))
    assert run(["check", "x.csv", "--quiet"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "1 row stands in train and test (x.csv:7)\nDrop it.\n"
