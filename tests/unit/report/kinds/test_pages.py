"""The page of each task: its sections, its sentences, its worst rows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from accent.config import TaskName
from accent.records import RunFolder, write_text
from accent.report import write_report
from accent.report.kinds import KINDS, kind_named
from accent.report.reading import read_material
from accent.report.scores import score_table
from accent.report.summary import headline, statements
from tests.unit.report.pages import Page, read_page
from tests.unit.report.task_runs import CONTEXT, TASK_RUNS, make_task_run, plain_tags

EVERY = ("scores", "curves")
LAST = ("errors", "audit", "data", "model", "speed", "warnings", "configuration", "machine")
SECTIONS: dict[str, tuple[str, ...]] = {
    "multilabel": ("classes",),
    "regression": ("scatter", "sizes"),
    "tagging": ("classes", "misses"),
    "qa": ("misses",),
    "generation": (),
    "summarization": ("lengths",),
}
each_task = pytest.mark.parametrize("task", list(TASK_RUNS))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunFolder]:
    root = tmp_path_factory.mktemp("runs")
    return {task: make_task_run(root / task, task) for task in TASK_RUNS}


def source_of(folder: RunFolder) -> str:
    return write_report(folder).read_text(encoding="utf-8")


def page_of(folder: RunFolder) -> Page:
    return read_page(source_of(folder))


def worst_of(folder: RunFolder) -> str:
    source = source_of(folder)
    return source[source.index('<div class="errors') :]


def with_lines(tmp_path: Path, task: str, *lines: dict[str, Any]) -> RunFolder:
    """Write a run with these predictions."""
    folder = make_task_run(tmp_path / "run", task)
    write_text(folder.predictions, "".join(json.dumps({"correct": False, **line}) + "\n" for line in lines))
    return folder


def scores_of(folder: RunFolder) -> dict[str, Any]:
    return dict(json.loads(folder.scores.read_text()))


def told(folder: RunFolder) -> str:
    material = read_material(folder)
    return " ".join([headline(material), *(one.text for one in statements(material))]).replace("\u00a0", " ")


def test_every_task_is_shown() -> None:
    assert set(KINDS) == set(get_args(TaskName))
    assert set(TASK_RUNS) == set(KINDS) - {"classification"}
    assert kind_named("of a later Accent") is KINDS["classification"]


@each_task
def test_each_task_has_its_own_sections_and_each_is_linked(runs: dict[str, RunFolder], task: str) -> None:
    page = page_of(runs[task])
    expected = [*EVERY, *SECTIONS[task], *LAST]
    assert [one["id"] for one in page.all("section")] == expected
    assert [one["href"] for one in page.all("a")] == [f"#{name}" for name in expected]
    assert "Not on this page" not in page.text
    assert page.unclosed == []


@each_task
def test_the_page_loads_nothing_and_knows_its_colours(runs: dict[str, RunFolder], task: str) -> None:
    source = source_of(runs[task])
    assert "<script" not in source
    assert "http" not in source
    used = set(re.findall(r"var\(--(\w+)\)", source)) - {"who", "c", "natural"}
    for scheme in re.findall(r":root \{(.*?)\}", source, flags=re.DOTALL)[:2]:
        assert used <= set(re.findall(r"--(\w+):", scheme))


@each_task
def test_the_headline_is_the_main_score_against_the_best_baseline(runs: dict[str, RunFolder], task: str) -> None:
    scores = scores_of(runs[task])
    main = scores["main"]
    values = [found[main]["value"] for found in scores["baselines"].values()]
    best = min(values) if main == "bits_per_byte" else max(values)
    text = headline(read_material(runs[task]))
    assert f" {scores['test'][main]['value']:.3f} (95" in text
    assert f"reaches {best:.3f}; the difference is significant (paired bootstrap p" in text


@each_task
def test_the_main_score_comes_first_and_none_is_left_out(runs: dict[str, RunFolder], task: str) -> None:
    material = read_material(runs[task])
    table = score_table(material)
    assert table is not None
    first = table.rows[0].cells[0]
    assert first is not None
    assert first.value == f"{material.scores['test'][material.main]['value']:.3f}"
    assert len(table.rows) == len([name for name in material.scores["test"] if "/" not in name])
    assert {one.name for one in table.columns} == {"test", "validation", *material.scores["baselines"]}


@each_task
def test_no_score_or_baseline_lacks_a_name_for_people(runs: dict[str, RunFolder], task: str) -> None:
    material, kind = read_material(runs[task]), KINDS[task]
    assert set(material.scores["baselines"]) <= set(kind.baselines)
    assert {name for name in material.scores["test"] if "/" not in name} <= set(kind.metrics)


@each_task
def test_a_run_without_scores_names_what_is_missing(tmp_path: Path, task: str) -> None:
    folder = make_task_run(tmp_path / "run", task)
    folder.scores.unlink()
    folder.predictions.unlink()
    page = page_of(folder)
    assert "the run has not written scores.json" in page.text
    assert not {one["id"] for one in page.all("section")} & {"scores", "errors", *SECTIONS[task]}


@each_task
def test_a_row_that_failed_is_no_worst_row(tmp_path: Path, task: str) -> None:
    line = {"file": "a", "line": 1, "text": "gone", "label": None, "answer": {"error": "empty"}, "credit": 0.0}
    text = page_of(with_lines(tmp_path, task, line)).text
    assert "1 row could not be answered." in text
    assert "gone" not in text


def test_what_is_better_lower_is_judged_so(runs: dict[str, RunFolder], tmp_path: Path) -> None:
    compared = scores_of(runs["generation"])["comparisons"]["5-gram"]
    turned = {name: -compared["difference"][name] for name in ("value", "low", "high")}
    assert "use it rather than this model" not in told(runs["generation"])
    folder = make_task_run(
        tmp_path / "run", "generation", comparisons={"5-gram": compared | {"difference": turned | {"n": 60}}}
    )
    assert "a 5-gram model of bytes reaches 3.462 and is significantly better" in told(folder)


def test_a_baseline_has_no_scores_of_other_tokens(runs: dict[str, RunFolder]) -> None:
    table = score_table(read_material(runs["generation"]))
    assert table is not None
    assert {row.name: row.cells[2] is not None for row in table.rows} == {
        "Bits a byte": True,
        "Loss (nats a token)": False,
        "Perplexity": False,
        "Tokens foretold right": False,
    }
    assert not table.drawn


def test_multilabel_tells_labels_a_row(runs: dict[str, RunFolder]) -> None:
    held = scores_of(runs["multilabel"])["labels_per_row"]
    text = page_of(runs["multilabel"]).text
    assert f"has {held['gold']:.2f} labels on average and is given {held['predicted']:.2f}" in text


def test_multilabel_shows_which_labels_are_wrong_or_missed(tmp_path: Path) -> None:
    answer = {
        "labels": [{"label": "praise", "score": 0.9}, {"label": "refund", "score": 0.6}],
        "scores": {"praise": 0.9, "refund": 0.6, "billing": 0.2},
    }
    line = {"text": "x", "label": ["refund", "billing"], "answer": answer, "credit": 1 / 3}
    source = source_of(with_lines(tmp_path, "multilabel", line))
    assert re.findall(r"<b><bdi>(\w+)</bdi></b><small>([\d.]+)", source) == [("praise", "0.900"), ("billing", "0.200")]
    assert source.count("<bdi>refund</bdi><small>0.600</small>") == 2
    assert "1 of 1 rows are not given exactly their labels; the worst comes first." in source


def test_regression_gives_errors_in_units_and_says_when_extremes_are_missed(
    runs: dict[str, RunFolder], tmp_path: Path
) -> None:
    text = told(runs["regression"])
    assert f"Half of the answers are within {scores_of(runs['regression'])['errors']['p50']:.3f} of the true" in text
    assert "drawn to the middle" not in text
    flat = make_task_run(tmp_path / "flat", "regression", range={"gold": [0.0, 5.0], "predicted": [2.0, 3.5]})
    assert "Answers run from 2 to 3.5, true numbers from 0 to 5: extremes are drawn to the middle." in told(flat)


def test_regression_shows_how_far_an_answer_is_off(tmp_path: Path) -> None:
    line = {"text": "x", "label": 4.0, "answer": {"value": 1.25}, "credit": 0.2}
    shown = page_of(with_lines(tmp_path, "regression", line)).text
    assert "1.25 2.75 off 4 x" in shown
    assert "train value 0 2.61 5" in shown


def test_regression_of_several_numbers_shows_each(tmp_path: Path) -> None:
    score = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9}
    test = dict.fromkeys(("pearson", "mae", "pearson/depth", "mae/depth", "pearson/width", "mae/width"), score)
    folder = make_task_run(tmp_path / "run", "regression", quantities=["depth", "width"], test=test)
    answer = {"values": {"depth": 1.5, "width": 2.25}}
    line = {"text": "x", "label": [1.0, 2.0], "correct": False, "credit": 0.2, "answer": answer}
    write_text(folder.predictions, json.dumps(line) + "\n")
    text = page_of(folder).text
    assert "Each number" in text
    assert "60 rows of depth." in text
    assert "depth 1.5 0.5 off width 2.25 0.25 off 1 2" in text


def entity(start: int, end: int, kind: str) -> dict[str, Any]:
    return {"entity_group": kind, "start": start, "end": end, "word": ""}


def test_tagging_marks_what_is_right_missed_and_invented(tmp_path: Path) -> None:
    true = {"entities": [entity(0, 3, "PER"), entity(8, 14, "LOC")]}
    given = {"entities": [entity(8, 14, "ORG"), entity(0, 3, "PER")]}
    line = {"text": "Ada saw London <b>", "label": true, "answer": given, "credit": 0.5}
    body = worst_of(with_lines(tmp_path, "tagging", line))
    assert re.findall(r'<mark class="([\w ]+)">(\w+)<small>(\w+)</small></mark>', body) == [
        ("both", "Ada", "PER"),
        ("gold", "London", "LOC"),
        ("both", "Ada", "PER"),
        ("answer", "London", "ORG"),
    ]
    assert "1 of 2 right" in body
    assert "</mark> &lt;b&gt;</p>" in body


def test_tagging_counts_kinds_of_errors(runs: dict[str, RunFolder]) -> None:
    errors = scores_of(runs["tagging"])["errors"]
    text = page_of(runs["tagging"]).text
    gold = sum(errors.values()) - errors["invented"]
    assert f"{errors['right']} of {gold} true entities were found" in text
    assert f"Missed {errors['missed']}" in text
    assert f"The same type, other words {errors['boundary']}" in text
    assert "Naming no entity at all reaches 0.000." in text


def test_plain_tags_have_a_confusion_table_and_only_wrong_words_are_marked(tmp_path: Path) -> None:
    folder = make_task_run(tmp_path / "run", "tagging", made=plain_tags)
    page = page_of(folder)
    assert [one["id"] for one in page.all("section")][2:5] == ["confusion", "tags", "errors"]
    assert "Tag accuracy" in page.text
    assert "Not on this page" not in page.text
    marks = re.findall(r'<mark class="(\w+)">\w+<small>', worst_of(folder))
    assert set(marks) == {"gold", "answer"}
    assert marks.count("gold") == marks.count("answer")


def test_qa_marks_both_answers_in_the_context(tmp_path: Path) -> None:
    start = CONTEXT.index("1884")
    answer = {"answer": "1884", "score": 0.7, "start": start, "end": start + 4, "candidates": []}
    line = {"text": "When was it built?", "text_pair": CONTEXT, "label": ["1861", "in 1861"]}
    body = worst_of(with_lines(tmp_path, "qa", line | {"answer": answer, "credit": 0.0}))
    assert re.findall(r'<mark class="(\w+)">([^<]*)</mark>', body) == [("gold", "1861"), ("answer", "1884")]
    assert "When was it built?" in body
    assert "harbour office" not in body
    assert "<bdi>in 1861</bdi>" in body


def test_qa_without_an_answer_says_so(tmp_path: Path) -> None:
    line = {"text": "Who?", "text_pair": CONTEXT, "label": [], "credit": 0.0}
    given = {"answer": "1884", "score": 0.7, "start": CONTEXT.index("1884"), "end": CONTEXT.index("1884") + 4}
    silent = {"answer": "", "score": 0.6, "start": 0, "end": 0}
    folder = with_lines(tmp_path, "qa", line | {"answer": given}, line | {"label": ["1861"], "answer": silent})
    text = page_of(folder).text
    assert "1884 0.700 no answer" in text
    assert "no answer 0.600 1861" in text


def test_qa_counts_its_misses(runs: dict[str, RunFolder]) -> None:
    kinds = scores_of(runs["qa"])["kinds"]
    text = page_of(runs["qa"]).text
    assert f"Exactly right {kinds['exact']}" in text
    assert f"Answered, though there is no answer {kinds['answered though there is none']}" in text
    assert "12 questions of 60 have no answer in their context." in text


def test_contexts_in_several_splits_are_a_caution(tmp_path: Path) -> None:
    folder = make_task_run(tmp_path / "run", "qa")
    audit = json.loads(folder.audit.read_text())
    audit["findings"].append({"kind": "shared-context", "severity": "warning", "what": "x", "count": 7})
    write_text(folder.audit, json.dumps(audit))
    cautions = [one.text for one in statements(read_material(folder)) if one.caution]
    assert any("the audit found 7 contexts in several splits" in text for text in cautions)


def test_generation_shows_the_highest_loss_first(runs: dict[str, RunFolder], tmp_path: Path) -> None:
    text = page_of(runs["generation"]).text
    losses = [json.loads(line)["answer"]["loss"] for line in runs["generation"].predictions.read_text().splitlines()]
    assert re.findall(r"(\d\.\d{3}) perplexity", text) == [f"{loss:.3f}" for loss in sorted(losses, reverse=True)[:25]]
    assert "The 25 worst of 60 rows are shown, the worst first." in text
    line = {"text": "Say it:", "label": "no", "credit": 0.2, "answer": {"text": "yes"}}
    shown = page_of(with_lines(tmp_path, "generation", line)).text
    assert "1.609 perplexity 5.000 prompt Say it: completion no" in shown


def test_summaries_stand_beside_their_references(tmp_path: Path) -> None:
    line = {"text": CONTEXT, "label": ["A short one.", "another"], "credit": 0.1}
    text = page_of(with_lines(tmp_path, "summarization", line | {"answer": {"summary_text": "Two words"}})).text
    assert "reference, 3 words A short one. summary, 2 words Two words" in text
    assert f"({len(CONTEXT) - 260} more characters)" in text
    assert "another" not in text


def test_summaries_of_another_length_and_empty_ones_are_cautions(tmp_path: Path) -> None:
    lengths = {"predicted": 9.0, "references": 20.0}
    short = told(make_task_run(tmp_path / "short", "summarization", lengths=lengths, empty=1))
    assert "Summaries are shorter than their references (9.0 words on average, not 20.0)" in short
    assert "1 summary is empty." in short
    even = told(make_task_run(tmp_path / "even", "summarization", lengths=lengths | {"predicted": 19.0}, empty=0))
    assert "than their references" not in even
    assert "empty" not in even
