"""Compare: settings from run folders alone, the same rows, tests worked by hand, and words that claim no more."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from scipy import stats
from tests.unit.recipes.judged_runs import make_judged

from accent.config import CompareConfig, PlaceConfig
from accent.errors import ConfigError, RunError
from accent.evaluation import rereading
from accent.recipes import compare
from accent.recipes.judged import read_judged
from accent.records import RunFolder, read_json, write_lines

ROWS = 60
GOOD = [row % 10 != 0 for row in range(ROWS)]
"""54 of 60 right."""
POOR = [row % 2 == 0 for row in range(ROWS)]
"""30 of 60: 30 of the good one's right rows are wrong here, and its 6 wrong ones are right."""


def compared(*paths: Path, output: Path | None = None, **settings: Any) -> dict[str, Any]:
    run = PlaceConfig(output=None if output is None else str(output))
    return compare(CompareConfig(targets=tuple(map(str, paths)), run=run, **settings))


def test_two_runs_are_compared_row_by_row(tmp_path: Path) -> None:
    good = make_judged(tmp_path / "good", GOOD)
    poor = make_judged(tmp_path / "poor", POOR, learning_rate=1e-3)
    found = compared(good, poor)
    only_good = sum(one and not other for one, other in zip(GOOD, POOR, strict=True))
    only_poor = sum(other and not one for one, other in zip(GOOD, POOR, strict=True))
    (pair,) = found["pairs"]
    assert (only_good, only_poor) == (30, 6)
    assert pair["difference"]["value"] == pytest.approx(24 / ROWS)
    assert pair["p_value"] == pytest.approx(stats.binomtest(6, 36, 0.5).pvalue)
    assert (found["metric"], found["split"], found["rows"]) == ("accuracy", "test", ROWS)
    assert (found["winner"], found["best"]) == ("good", "good")
    assert found["settings"][1]["against_best"]["difference"]["value"] == pytest.approx(-24 / ROWS)
    assert found["settings"][0]["score"] == read_json(RunFolder(good).scores)["test"]["accuracy"]
    assert found["differing"] == {"training.learning_rate": [5e-5, 1e-3]}


def test_no_winner_is_named_inside_the_noise(tmp_path: Path) -> None:
    nearly = [*GOOD[:-1], not GOOD[-1]]
    one, other, poor = (
        make_judged(tmp_path / name, right, strategy=name)
        for name, right in (("full", GOOD), ("head", nearly), ("partial", POOR))
    )
    found = compared(one, other, poor)
    assert found["winner"] is None
    assert found["tied"] == ["full", "head"]
    assert found["verdict"].startswith("No winner: full and head differ in accuracy by no more than chance explains.")
    assert "partial is significantly below full" in found["verdict"]
    assert "another seed would move their scores" in found["cautions"][0]


def test_what_runs_cost_stands_beside_their_scores(tmp_path: Path) -> None:
    (setting, other) = compared(
        make_judged(tmp_path / "a", GOOD),
        make_judged(tmp_path / "b", GOOD, strategy="head", timings={"activations": 0.5, "training": 1.5}, training={}),
    )["settings"]
    costs = {name: setting[name] for name in ("updates", "trainable", "seconds", "memory", "model_bytes")}
    assert costs == {"updates": 8, "trainable": 250, "seconds": 20.0, "memory": 5_000_000, "model_bytes": 1000}
    assert setting["rows_per_second"] == 90.0
    assert (other["seconds"], other["memory"], other["trainable"]) == (2.0, None, None)


def test_runs_that_differ_in_their_seed_are_one_setting(tmp_path: Path) -> None:
    seeds = [make_judged(tmp_path / "full" / f"seed-{seed}", GOOD[seed:] + GOOD[:seed], seed=seed) for seed in (1, 2)]
    other = make_judged(tmp_path / "head", POOR, strategy="head")
    full, head = compared(*seeds, other)["settings"]
    assert (full["name"], full["seeds"], len(full["values"])) == ("full", [1, 2], 2)
    assert full["score"]["value"] == pytest.approx(sum(full["values"]) / 2)
    assert full["deviation"] is not None
    assert (head["name"], head["deviation"]) == ("head", None)


def test_folders_of_one_name_are_told_apart(tmp_path: Path) -> None:
    paths = [make_judged(tmp_path / name / "run", GOOD, strategy=name) for name in ("full", "head")]
    assert [one["name"] for one in compared(*paths)["settings"]] == ["full/run", "head/run"]


def test_another_score_can_be_compared(tmp_path: Path) -> None:
    one, other = make_judged(tmp_path / "a", GOOD), make_judged(tmp_path / "b", POOR, strategy="head")
    found = compared(one, other, metric="log_loss")
    assert found["lower_is_better"]
    assert found["best"] == "a"
    assert "lower than that of the other" in found["verdict"]
    with pytest.raises(ConfigError, match="rouge1 is no score") as caught:
        compared(one, other, metric="rouge1")
    assert "f1_macro" in caught.value.remedy


def test_other_rows_are_refused_by_the_first_that_differs(tmp_path: Path) -> None:
    one, other = make_judged(tmp_path / "a", GOOD), make_judged(tmp_path / "b", GOOD, first_line=3)
    with pytest.raises(RunError) as caught:
        compared(one, other)
    assert caught.value.what.endswith(f"row 1 is {tmp_path}/rows.csv:3 and {tmp_path}/rows.csv:2 there")
    assert "--split-seed" in caught.value.remedy
    shorter = make_judged(tmp_path / "c", GOOD[:-1])
    with pytest.raises(RunError, match=f"row {ROWS} is missing and"):
        compared(one, shorter)


def test_another_text_in_the_same_place_is_another_row(tmp_path: Path) -> None:
    one, other = make_judged(tmp_path / "a", GOOD), make_judged(tmp_path / "b", GOOD)
    lines = RunFolder(other).predictions.read_text(encoding="utf-8").splitlines()
    write_lines(RunFolder(other).predictions, [line.replace('"text 7"', '"text seven"') for line in lines])
    with pytest.raises(RunError, match=r"row 8 is .* \(the same place, another text or label\)"):
        compared(one, other)


def test_folders_may_have_moved(tmp_path: Path) -> None:
    one, other = make_judged(tmp_path / "x" / "a", GOOD), make_judged(tmp_path / "y" / "b", POOR, strategy="head")
    assert compared(one, other)["rows"] == ROWS


@pytest.mark.parametrize("status", ["running", "interrupted", "failed"])
def test_a_run_that_is_not_done_is_refused(status: str, tmp_path: Path) -> None:
    one, other = make_judged(tmp_path / "a", GOOD), make_judged(tmp_path / "b", GOOD, status=status)
    with pytest.raises(RunError, match=f"not done, but {status}") as caught:
        compared(one, other)
    assert f"accent finetune --resume {other}" in caught.value.remedy


def test_answers_that_do_not_give_the_score_are_refused(tmp_path: Path) -> None:
    one, other = make_judged(tmp_path / "a", GOOD), make_judged(tmp_path / "b", POOR, strategy="head")
    RunFolder(one).predictions.write_bytes(RunFolder(other).predictions.read_bytes())
    with pytest.raises(RunError, match=r"predictions.jsonl gives accuracy 0\.5000, and scores\.json has 0\.9000"):
        compared(one, other)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    one, other = make_judged(tmp_path / "a", GOOD), make_judged(tmp_path / "b", POOR, strategy="head")
    with RunFolder(other).predictions.open("a", encoding="utf-8") as file:
        file.write("{half\n")
    with pytest.raises(RunError) as caught:
        compared(one, other)
    assert caught.value.where == f"{RunFolder(other).predictions}:{ROWS + 1}"


def test_what_is_found_is_written(tmp_path: Path) -> None:
    one, other = make_judged(tmp_path / "a", GOOD), make_judged(tmp_path / "b", POOR, strategy="head")
    found = compared(one, other, output=tmp_path / "out")
    assert read_json(tmp_path / "out" / "compare.json") == found
    page = (tmp_path / "out" / "compare.html").read_text(encoding="utf-8")
    assert found["verdict"] in page


def test_texts_are_not_kept_while_a_run_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_judged(tmp_path / "a", GOOD)
    lines = RunFolder(run).predictions.read_text(encoding="utf-8").splitlines()
    write_lines(RunFolder(run).predictions, [line.replace('"text ', f'"{"x" * 200_000} ') for line in lines])
    monkeypatch.setattr(rereading, "WINDOW", 2)
    tracemalloc.start()
    read = read_judged(run)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(read.rows) == ROWS
    assert peak < ROWS * 200_000 / 2


def test_one_run_twice_is_no_comparison(tmp_path: Path) -> None:
    good, copy = make_judged(tmp_path / "good", GOOD), make_judged(tmp_path / "copy", GOOD)
    for other in (good, copy):
        with pytest.raises(RunError, match="it has the settings and the seed of"):
            compared(good, other)
