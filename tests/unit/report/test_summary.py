from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from accent.records import RunFolder, write_json
from accent.report.reading import read_material
from accent.report.summary import headline, statements
from tests.unit.report.runs import make_audit, write_run_files

NO_BREAK = "\u00a0"


def score(value: float, n: int = 1821, half: float = 0.013) -> dict[str, float]:
    return {"value": value, "low": value - half, "high": value + half, "n": n}


def compared(difference: float, p_value: float, *, significant: bool) -> dict[str, Any]:
    return {"score": "accuracy", "difference": score(difference), "p_value": p_value, "significant": significant}


def scores(**changes: Any) -> dict[str, Any]:
    made = {
        "test": {"accuracy": score(0.912), "f1_macro": score(0.91), "ece": score(0.02), "f1/a": score(0.9, 900)},
        "baselines": {"tfidf": {"accuracy": score(0.802)}, "majority": {"accuracy": score(0.501)}},
        "comparisons": {"tfidf": compared(0.11, 1e-9, significant=True)},
        "confusion": {"labels": ["a", "b"], "counts": [[800, 100], [61, 860]]},
        "classes": ["a", "b"],
        "main": "accuracy",
    }
    return made | changes


def write(tmp_path: Path, found: dict[str, Any] | None, audit: dict[str, Any] | None = None) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    write_run_files(folder, labels=("a", "b"))
    write_json(folder.audit, audit or {"findings": [], "splits": {}})
    if found is not None:
        write_json(folder.scores, found)
    return folder


def sentence(folder: RunFolder) -> str:
    return headline(read_material(folder)).replace(NO_BREAK, " ")


def texts(folder: RunFolder, *, cautions: bool | None = None) -> str:
    found = [one for one in statements(read_material(folder)) if cautions in {None, one.caution}]
    return "\n".join(one.text for one in found).replace(NO_BREAK, " ")


def test_the_headline_gives_score_interval_n_baseline_and_test(tmp_path: Path) -> None:
    assert sentence(write(tmp_path, scores())) == (
        "Accuracy 0.912 (95 % interval 0.899\u20130.925, n = 1,821); the TF-IDF baseline reaches 0.802; "
        "the difference is significant (McNemar p < 0.001)."
    )


def test_a_difference_within_the_noise_is_called_that(tmp_path: Path) -> None:
    found = scores(comparisons={"tfidf": compared(0.01, 0.214, significant=False)})
    text = sentence(write(tmp_path, found))
    assert "the difference is not significant (McNemar p = 0.21): these rows do not tell the two apart" in text
    assert "is significant" not in text


def test_a_better_baseline_is_recommended(tmp_path: Path) -> None:
    found = scores(comparisons={"tfidf": compared(-0.05, 0.004, significant=True)})
    assert "is significantly better (McNemar p = 0.004): use it rather than this model" in sentence(
        write(tmp_path, found)
    )


def test_without_tfidf_the_majority_class_is_the_baseline(tmp_path: Path) -> None:
    found = scores(baselines={"majority": {"accuracy": score(0.501)}}, comparisons={})
    assert "the majority class reaches 0.501; the difference was not tested." in sentence(write(tmp_path, found))


def test_a_frequent_class_is_a_caution(tmp_path: Path) -> None:
    found = scores(confusion={"labels": ["a", "b"], "counts": [[870, 0], [30, 100]]})
    assert "87 % of the rows bear one label, so accuracy flatters; macro F1" in texts(
        write(tmp_path, found), cautions=True
    )
    assert "flatters" not in texts(write(tmp_path / "other", scores()))


def test_a_wide_interval_is_a_caution(tmp_path: Path) -> None:
    wide = scores(test={"accuracy": score(0.8, 40, half=0.12)})
    assert "as it must be with 40 rows" in texts(write(tmp_path, wide), cautions=True)


@pytest.mark.parametrize(("split", "flattered"), [("test", True), ("validation", False)])
def test_copies_flatter_only_the_split_they_stand_in(tmp_path: Path, split: str, *, flattered: bool) -> None:
    audit = make_audit(("a", "b"))
    for place in audit["findings"][1]["places"]:
        place["split"] = split
    text = texts(write(tmp_path, scores(), audit), cautions=True)
    assert ("copies of test texts in other splits, exact or near (3)" in text) is flattered


def test_calibration_is_judged(tmp_path: Path) -> None:
    assert "2.0 points apart on average: a confidence may roughly be read" in texts(write(tmp_path, scores()))
    poor = scores(test={"accuracy": score(0.9), "ece": score(0.11)})
    assert "11.0 points apart on average: do not read" in texts(write(tmp_path / "poor", poor))


def test_the_weakest_class_is_named_with_its_rows(tmp_path: Path) -> None:
    found = scores(test={"accuracy": score(0.9), "f1/a": score(0.9, 900), "f1/b": score(0.41, 9, half=0.3)})
    text = texts(write(tmp_path, found))
    assert "The weakest class is b: F1 0.410 (95 % interval 0.110\u20130.710, n = 9)." in text


def test_one_seed_is_owned_up_to(tmp_path: Path) -> None:
    assert "Another seed than 42 would move the scores too." in texts(write(tmp_path, scores()))


@pytest.mark.parametrize(
    ("status", "beginning"),
    [
        ("running", "Still running, or ended without a word, at update 300 of 300"),
        ("interrupted", "Interrupted at update 300 of 300"),
        ("failed", "Failed at update 300 of 300"),
        ("done", "Done, but this folder holds no scores"),
    ],
)
def test_a_run_without_scores_says_why(tmp_path: Path, status: str, beginning: str) -> None:
    folder = write(tmp_path, None)
    write_json(folder.record, json.loads(folder.record.read_text()) | {"status": status})
    assert sentence(folder).startswith(beginning)
    assert "seed" not in texts(folder)


def test_a_score_that_is_not_finite_is_no_score(tmp_path: Path) -> None:
    broken = scores(test={"accuracy": {"value": "nan", "low": "nan", "high": "nan", "n": 5}})
    assert sentence(write(tmp_path, broken)) == "Done, but this folder holds no scores."
