"""Bad input for each task: two lines on standard error (what and where; what to do), exit code 2, nothing trained."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from accent.cli.main import run
from tests.checkpoints import make_checkpoint
from tests.workflows.small import small_data

CONTEXT = "the soup was cold, and the bread was cold too"
"""Holds "cold" twice, at 13 and at 36, and "soup" once, at 4."""


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a base of each kind of architecture: it reads, it goes on, it reads and writes."""
    folder = tmp_path_factory.mktemp("bases")
    for family in ("bert", "bart", "gpt2", "t5"):
        make_checkpoint(folder / family, family)
    return folder


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sentences(bad: str, place: int = 5) -> str:
    """Return CoNLL in which sentence number `place`, from 0, is `bad`; the others have two lines."""
    found = [f"Ada\tB-PER\nmet number {number}\tO\n".replace("met number ", "met") for number in range(12)]
    found[place] = bad
    return "\n".join(found)


def rows(*lines: Mapping[str, Any]) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)


def questions(answer: str, start: int) -> str:
    """Return JSONL in which the answer of row 3 is as given, and those of the others are right."""
    found = [
        {
            "question": f"what was number {number}?",
            "context": CONTEXT,
            "answers": {"text": ["soup"], "answer_start": [4]},
        }
        for number in range(12)
    ]
    found[2]["answers"] = {"text": [answer], "answer_start": [start]}
    return rows(*found)


def table(header: str, *more: str) -> str:
    return "\n".join([header, *(f"{text},{label}" for text, label in small_data()), *more]) + "\n"


def numbers(bad: str) -> str:
    cells = [str(number / 4) for number in range(20)]
    cells[3] = bad
    return "text,score\n" + "".join(f"text number {row} of these,{cell}\n" for row, cell in enumerate(cells))


def entities(*spans: Mapping[str, Any]) -> str:
    found = [{"text": "Ada met Omar", "entities": [{"start": 0, "end": 3, "label": "PER"}]} for _ in range(8)]
    found[4]["entities"] = list(spans)
    return rows(*found)


STRAY = "Omar\tB-PER\nran\tO\nHome\tI-LOC\n"
TOO_FEW = {"tokens": ["Omar", "ran"], "tags": ["O"]}
SAME = "text,score\n" + "".join(f"text number {n} of these,2.5\n" for n in range(20))
TOKENS = [{"tokens": ["Ada", "met"], "tags": ["B-PER", "O"]} for _ in range(8)]
TEXTS = "".join(f"the cold soup number {n} that we kept\n\n" for n in range(30))
SUMMARIES = rows(*({"document": f"{CONTEXT}, number {n}", "summary": f"cold {n}"} for n in range(30)))
FREE = "text,labels\n" + "".join(f"text number {n},all of story {n} and how it ended\n" for n in range(30))
MARKED = "text,sea,food\n" + "".join(f"text number {n},{'maybe' if n == 7 else n % 2},1\n" for n in range(20))

# File, its content, the words after it (BASE/ is the folder of bases, bert where none is named), what is told.
CASES: dict[str, tuple[str, str, str, list[str]]] = {
    "CoNLL with one column too many": (
        "a.conll", sentences("Omar\tB-PER\nran\tIN\tO\n"), "--task tagging", ["a.conll:17", "3 columns"],
    ),
    "CoNLL with a token without a tag": (
        "a.conll", sentences("Omar\tB-PER\nran\n"), "--task tagging", ["a.conll:17", "without a tag"],
    ),
    "an I- tag that continues nothing": (
        "a.conll", sentences(STRAY), "--task tagging", ["a.conll:16", "I-LOC", "Home", "--strays"],
    ),
    "a tag that the scheme does not have": (
        "a.conll", sentences("Omar\tU-PER\n"), "--task tagging --scheme bio", ["a.conll:16", "U-PER", "--scheme"],
    ),
    "a single tag": (
        "a.conll", "Ada\tO\nmet\tO\n\n" * 12, "--task tagging --allow leaks", ["'O'"],
    ),
    "other numbers of tokens and tags": (
        "a.jsonl", rows(*TOKENS[:4], TOO_FEW), "--task tagging", ["a.jsonl:5", "2 tokens and 1 tag"],
    ),
    "an entity outside the text": (
        "a.jsonl", entities({"start": 8, "end": 13, "label": "PER"}), "--task tagging", ["a.jsonl:5", "13"],
    ),
    "entities that overlap": (
        "a.jsonl",
        entities({"start": 0, "end": 7, "label": "PER"}, {"start": 4, "end": 12, "label": "LOC"}),
        "--task tagging",
        ["a.jsonl:5", "overlap"],
    ),
    "cleaning that moves the words of tagging": (
        "a.conll", sentences("Omar\tB-PER\nran\tO\n"), "--task tagging --clean whitespace", ["whitespace", "tagging"],
    ),
    "texts and labels for tagging": (
        "a.csv", table("text,label"), "--task tagging", ["a.csv", "--task classification"],
    ),
    "tokens and tags for classification": ("a.jsonl", rows(*TOKENS), "", ["a.jsonl", "--task tagging"]),
    "an answer that stands nowhere": (
        "a.jsonl", questions("warm", 13), "--task qa", ["a.jsonl:3", "'warm'", "does not stand in the context"],
    ),
    "an answer that stands twice, and not where it should": (
        "a.jsonl", questions("cold", 4), "--task qa", ["a.jsonl:3", "'cold'", "several times", "4"],
    ),
    "a start that is no number": (
        "a.jsonl", questions("cold", "here"), "--task qa", ["a.jsonl:3", "'here'"],  # type: ignore[arg-type]
    ),
    "cells that no delimiter cuts into labels": (
        "a.csv", FREE, "--task multilabel --label-column labels", ["a.csv", "labels", "--label-delimiter"],
    ),
    "a column of a label with a maybe": (
        "a.csv", MARKED, "--task multilabel --label-column sea --label-column food", ["a.csv:9", "'maybe'", "'sea'"],
    ),
    "no validation rows to tune thresholds on": (
        "a.csv", table("text,labels"), "--task multilabel --threshold tuned --split 90,0,10", ["validation"],
    ),
    "a delimiter for classification": (
        "a.csv", table("text,label"), "--label-delimiter ;", ["label_delimiter", "classification"],
    ),
    "a word for a number": ("a.csv", numbers("many"), "--task regression", ["a.csv:5", "'many'", "'score'"]),
    "a number without an end": ("a.csv", numbers("inf"), "--task regression", ["a.csv:5", "'inf'"]),
    "a number with a comma": ("a.csv", numbers('"3,5"'), "--task regression", ["a.csv:5", "'3,5'", "point"]),
    "an empty cell for a number": ("a.csv", numbers(""), "--task regression", ["a.csv:5", "empty"]),
    "one number in all rows": (
        "a.csv", SAME, "--task regression", ["2.5"],
    ),
    "generation on a base that only reads": (
        "a.txt", TEXTS, "--task generation --base BASE/bert", ["'bert'", "generation", "gpt2"],
    ),
    "tagging on a base that has no head for it": (
        "a.conll", sentences("Omar\tB-PER\nran\tO\n"), "--task tagging --base BASE/bart", ["'bart'", "tagging", "bert"],
    ),
    "summarization on a base without a decoder": (
        "a.jsonl", SUMMARIES, "--task summarization --base BASE/bert", ["'bert'", "t5"],
    ),
    "summaries of windows": (
        "a.jsonl", SUMMARIES, "--task summarization --base BASE/t5 --long-texts windows", ["--long-texts"],
    ),
    "completions of rows that have none": (
        "a.txt", TEXTS, "--task generation --base BASE/gpt2 --loss-on completions", ["loss_on", "--label-column"],
    ),
    "a metric of another task": (
        "a.csv", table("text,label"), "--metric rougeL", ["rougeL", "classification"],
    ),
    "a stride without windows": (
        "a.csv", table("text,label"), "--stride 4", ["stride", "--long-texts windows"],
    ),
    "a stride longer than half a window": (
        "a.csv", table("text,label"), "--long-texts windows --stride 40", ["stride of 40", "--stride"],
    ),
    "a setting of another task": ("a.csv", table("text,label"), "--scheme bio", ["scheme", "tagging"]),
    "a class to rename that the base does not have": (
        "a.csv", table("text,label"), "--rename neg=bad", ["neg=bad", "model.rename"],
    ),
    "both ends of a text whose answers would reach over the gap": (
        "a.jsonl", questions("soup", 4), "--task qa --long-texts truncate --kept-part both", ["--kept-part", "qa"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(CASES))
def test_it_is_told_in_two_lines(case: str, bases: Path, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, content, more, told = CASES[case]
    (desk / name).write_text(content, encoding="utf-8")
    words = more.replace("BASE", str(bases)).split()
    base = [] if "--base" in words else ["--base", str(bases / "bert")]
    code = run(["finetune", name, *words, *base, "--updates", "1", "--offline", "--output", "run", "--quiet"])
    assert_two_lines(code, capsys, told)
    assert not (desk / "run" / "model").exists()


def test_an_answer_that_stands_once_elsewhere_is_moved_there(
    bases: Path, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "a.jsonl").write_text(questions("soup", 9), encoding="utf-8")
    words = ["finetune", "a.jsonl", "--task", "qa", "--base", str(bases / "bert"), "--updates", "1", "--split"]
    assert run([*words, "100,0,0", "--offline", "--output", "run"]) == 0
    assert "answers: 1 moved to where they stand" in capsys.readouterr().err
    assert (
        "answers: 1 moved to where they stand"
        in json.loads((desk / "run" / "record.json").read_text())["data"]["notes"]
    )


@pytest.fixture(scope="module")
def runs(bases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of single texts, one of pairs, and one of two numbers."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "single.csv").write_text(table("text,label"))
    pairs = [f"{text},number {place} of these,{label}" for place, (text, label) in enumerate(small_data())]
    (folder / "pair.csv").write_text("\n".join(["premise,hypothesis,label", *pairs]))
    two = [f"{text},{place / 4},{place % 7}" for place, (text, _) in enumerate(small_data())]
    (folder / "numbers.csv").write_text("\n".join(["text,first,second", *two]))
    more = {"numbers": "--task regression --label-column first --label-column second"}
    for name in ("single", "pair", "numbers"):
        words = ["finetune", str(folder / f"{name}.csv"), "--base", str(bases / "bert"), "--updates", "1", "--quiet"]
        words += [
            *more.get(name, "").split(),
            "--allow",
            "leaks,conflicts",
            "--offline",
            "--output",
            str(folder / name),
        ]
        assert run(words) == 0
    return folder


LATER: dict[str, tuple[str, list[str]]] = {
    "beams for a classifier": ("predict RUNS/single --beams 4 text", ["beams", "classification"]),
    "a temperature for numbers": ("predict RUNS/numbers --temperature 0.7 text", ["temperature", "regression"]),
    "single texts for a run of pairs": ("predict RUNS/pair --input RUNS/single.csv", ["pairs", "--text-column"]),
    "a text for a run of pairs": ("predict RUNS/pair text", ["pairs", "--input FILE"]),
    "pairs for a run of single texts": (
        "predict RUNS/single --input RUNS/pair.csv --text-column premise,hypothesis", ["single texts", "--text-column"],
    ),
    "rows of single texts to score a run of pairs on": (
        "evaluate RUNS/pair RUNS/single.csv", ["pairs", "--text-column"],
    ),
    "one number to score a run of two on": (
        "evaluate RUNS/numbers RUNS/numbers.csv --label-column first", ["1 number", "2"],
    ),
    "labels that the run does not know": ("evaluate RUNS/single other.csv", ["'neutral'", "bad, good"]),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(LATER))
def test_what_does_not_fit_a_run_is_told_in_two_lines(
    case: str, runs: Path, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, told = LATER[case]
    (desk / "other.csv").write_text(table("text,label", "it was so so,neutral"))
    code = run([*command.replace("RUNS", str(runs)).split(), "--offline", "--quiet"])
    assert_two_lines(code, capsys, told)


def assert_two_lines(code: int, capsys: pytest.CaptureFixture[str], told: Sequence[str]) -> None:
    captured = capsys.readouterr()
    assert code == 2, captured.err
    assert len(captured.err.splitlines()) == 2, captured.err
    assert all(word in captured.err for word in told), captured.err
    assert captured.out == ""
