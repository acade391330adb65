from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from accent.errors import RunError
from accent.records import RunFolder, write_json, write_text
from accent.report import write_report
from tests.unit.report.pages import Page, read_page
from tests.unit.report.runs import make_run, write_run_files

NASTY = (
    '<script>alert(1)</script> & "quotes" </style> {{ 7 * 7 }}',
    "\u0647\u0630\u0627 \u0627\u0644\u0645\u0646\u062a\u062c \u0633\u064a\u0626 (abc)",
    "\U0001f469\u200d\U0001f467 \U0001f600",
    "x" * 10_000,
    "broken \ud800 and \x00 too",
)
SECTIONS = [
    "scores", "curves", "confusion", "reliability", "classes", "errors", "audit", "data", "model", "speed", "warnings",
    "configuration", "machine",
]  # fmt: skip


def page_of(folder: RunFolder) -> Page:
    return read_page(write_report(folder).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def review_text(reviews: RunFolder) -> str:
    return page_of(reviews).text


def section_names(page: Page) -> list[str]:
    return [one["id"] for one in page.all("section")]


def copy_run(source: RunFolder, target: Path) -> RunFolder:
    shutil.copytree(source.path, target)
    return RunFolder(target)


def test_a_finished_run_has_every_section_and_each_is_linked(reviews: RunFolder) -> None:
    page = page_of(reviews)
    assert section_names(page) == SECTIONS
    assert [one["href"] for one in page.all("a")] == [f"#{name}" for name in SECTIONS]
    assert "Not on this page" not in page.text
    assert page.unclosed == []


def test_the_numbers_on_the_page_are_those_of_the_files(reviews: RunFolder) -> None:
    scores = json.loads(reviews.scores.read_text())
    accuracy, tfidf = scores["test"]["accuracy"], scores["baselines"]["tfidf"]["accuracy"]
    text = page_of(reviews).text
    assert f"Accuracy {accuracy['value']:.3f} (95 % interval " in text
    assert f"{accuracy['low']:.3f}\u2013{accuracy['high']:.3f}" in text
    assert f"the TF-IDF baseline reaches {tfidf['value']:.3f}" in text
    assert f"{scores['test']['f1/negative']['value']:.3f}" in text
    wrong = sum(not json.loads(line)["correct"] for line in reviews.predictions.read_text().splitlines())
    assert f"{wrong} of 400 answers are wrong" in text


@pytest.mark.parametrize(
    "expected",
    [
        "data/reviews.csv",
        "encoding: UTF-8",
        "whitespace: 12 rows changed",
        "5f0c" * 16,
        "22,713,986",
        "classifier.weight",
        "embeddings.position_ids",
        "10,647,936",
        "3.1 %",
        "2 min 41 s",
        "bf16 is 2.6 times as fast",
        "31.2 ms",
        "the loss is nan; the update is skipped",
        "2 texts bear different labels",
        "data/reviews.csv:812",
        "accent finetune data/reviews.csv --epochs 3",
        "allow: []",
        "Example CPU @ 2.50GHz",
        "17.0 GiB",
        "2.13.0",
        "14 (0.4 %)",
    ],
)
def test_facts_of_the_record_are_on_the_page(review_text: str, expected: str) -> None:
    assert expected in review_text


def test_the_update_of_a_warning_is_named(reviews: RunFolder) -> None:
    assert "update 77 the loss is nan" in page_of(reviews).text


def test_the_page_loads_nothing(reviews: RunFolder) -> None:
    source = write_report(reviews).read_text(encoding="utf-8")
    page = read_page(source)
    targets = [
        value
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name in {"href", "src", "srcset", "xlink:href", "data", "action"}
    ]
    assert targets
    assert [target for target in targets if not target.startswith(("#", "data:,"))] == []
    assert page.all("script") == []
    assert "@import" not in source
    assert re.findall(r"url\((?!#)", source) == []
    assert "http" not in source


def test_ids_are_unique_and_every_reference_leads_to_one(questions: RunFolder) -> None:
    page = page_of(questions)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    used = [one["xlink:href"].removeprefix("#") for one in page.all("use")]
    assert used
    assert set(used) <= set(ids)


def test_figures_take_their_colours_from_the_page(reviews: RunFolder) -> None:
    source = write_report(reviews).read_text(encoding="utf-8")
    figures = "".join(re.findall(r"<svg.*?</svg>", source, flags=re.DOTALL))
    assert source.count("<svg") == 5
    assert re.findall(r"(?:fill|stroke): #", figures) == []
    used = set(re.findall(r"var\(--(\w+)\)", source))
    for scheme in re.findall(r":root \{(.*?)\}", source, flags=re.DOTALL)[:2]:
        assert used - {"who", "c", "natural", "tint"} <= set(re.findall(r"--(\w+):", scheme))


def test_the_same_folder_gives_the_same_bytes(questions: RunFolder) -> None:
    first = write_report(questions).read_bytes()
    assert write_report(questions).read_bytes() == first
    assert b"<svg" in first


def test_texts_stay_texts(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", texts=NASTY, skill=0.5, rows=60)
    source = write_report(folder).read_text(encoding="utf-8")
    page = read_page(source)
    assert "<script" not in source
    assert NASTY[0] in page.text
    assert NASTY[1] in page.text
    assert NASTY[2] in page.text
    assert "x" * 420 in page.text
    assert "x" * 421 not in page.text
    assert "(9,580 more characters)" in page.text
    assert "broken \ufffd and \ufffd too" in page.text
    assert {"dir": "auto"} in page.all("p")


def test_label_names_may_be_anything(tmp_path: Path) -> None:
    names = ("<b>&\"'", "$x$ \u0645\u0644\u0635\u0642 \U0001f600", "`{{ 7 }}`" + "w" * 200)
    page = page_of(make_run(tmp_path / "run", labels=names, rows=90))
    assert page.unclosed == []
    assert all(name in page.text for name in names)
    assert page.all("b") != []


def test_an_interrupted_run_says_what_is_missing_and_how_to_go_on(stopped: RunFolder) -> None:
    page = page_of(stopped)
    assert "Interrupted at update 130 of 300: there are no scores, and the test rows are unused." in page.text
    assert f"accent finetune --resume {stopped.path}" in page.text
    assert "Scores, Confusions, Confidence, Classes: the run has not written scores.json." in page.text
    assert "Worst errors: the run has not written predictions.jsonl." in page.text
    gone = {"scores", "confusion", "reliability", "classes", "errors"}
    assert section_names(page) == [name for name in SECTIONS if name not in gone]


@pytest.mark.parametrize(
    ("name", "sections", "sentence"),
    [
        ("predictions.jsonl", ["errors"], "Worst errors: the run has not written predictions.jsonl."),
        ("audit.json", ["audit"], "Data audit: the run has not written audit.json."),
        ("events.jsonl", ["curves", "warnings"], "Learning curves: the run has not written events.jsonl."),
    ],
)
def test_a_file_that_is_missing_is_named(
    reviews: RunFolder, tmp_path: Path, *, name: str, sections: list[str], sentence: str
) -> None:
    folder = copy_run(reviews, tmp_path / "run")
    (folder.path / name).unlink()
    page = page_of(folder)
    assert sentence in page.text
    assert section_names(page) == [one for one in SECTIONS if one not in sections]


def test_a_record_alone_is_enough(reviews: RunFolder, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    shutil.copy(reviews.record, folder.record)
    page = page_of(folder)
    assert "Done, but this folder holds no scores." in page.text
    assert "base: builtin:minilm" in page.text


def test_validation_scores_are_called_what_they_are(reviews: RunFolder, tmp_path: Path) -> None:
    folder = copy_run(reviews, tmp_path / "run")
    scores = json.loads(folder.scores.read_text())
    del scores["test"]
    write_json(folder.scores, scores)
    text = page_of(folder).text
    assert "There were no test rows." in text
    assert "test rows were used once" not in text


def test_a_run_without_errors_says_so(tmp_path: Path) -> None:
    text = page_of(make_run(tmp_path / "run", skill=50.0, rows=60)).text
    assert "None: all 60 answers are right." in text


def test_rows_without_an_answer_are_counted_and_not_called_wrong(reviews: RunFolder, tmp_path: Path) -> None:
    folder = copy_run(reviews, tmp_path / "run")
    line = {"file": "a.csv", "line": 9, "text": "", "label": "negative", "answer": {"error": "empty"}, "correct": False}
    with folder.predictions.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    text = page_of(folder).text
    assert "of 401 answers are wrong" in text
    assert "1 row could not be answered." in text


def test_the_worst_errors_are_the_most_confident(reviews: RunFolder) -> None:
    lines = [json.loads(line) for line in reviews.predictions.read_text().splitlines()]
    wrong = sorted((line["answer"]["score"] for line in lines if not line["correct"]), reverse=True)
    source = write_report(reviews).read_text(encoding="utf-8")
    shown = re.findall(r'<div class="error">\s*<div><b><bdi>\w+</bdi></b><small>([0-9.]+)</small>', source)
    assert len(shown) > 3
    assert shown == [f"{score:.3f}" for score in wrong[:25]]


def test_a_pair_shows_both_texts(reviews: RunFolder, tmp_path: Path) -> None:
    folder = copy_run(reviews, tmp_path / "run")
    answer = {"label": "positive", "score": 0.99, "scores": {"positive": 0.99, "negative": 0.01}}
    line = {"file": "a", "line": 1, "text": "premise one", "text_pair": "hypothesis two", "label": "negative"}
    write_text(folder.predictions, json.dumps(line | {"answer": answer, "correct": False}) + "\n")
    text = page_of(folder).text
    assert "premise one" in text
    assert "hypothesis two" in text


def test_a_hundred_and_fifty_classes_stay_small(tmp_path: Path) -> None:
    labels = tuple(f"intent_{index}" for index in range(150))
    folder = make_run(tmp_path / "run", labels=labels, rows=1500, skill=4.0)
    source = write_report(folder).read_text(encoding="utf-8")
    assert len(source) < 600_000
    assert "intent_149" in read_page(source).text


def test_a_damaged_file_is_named_with_its_line(reviews: RunFolder, tmp_path: Path) -> None:
    folder = copy_run(reviews, tmp_path / "run")
    write_text(folder.predictions, '{"answer": {}}\n{"answer": \n')
    with pytest.raises(RunError) as caught:
        write_report(folder)
    assert str(caught.value).splitlines()[0] == f"this line is no prediction ({folder.predictions}:2)"


def test_a_folder_without_a_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"record\.json"):
        write_report(RunFolder(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_failed_run_shows_its_error(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    write_run_files(folder, labels=("a", "b"), status="failed", stop=40)
    record = json.loads(folder.record.read_text())
    write_json(folder.record, record | {"error": "ValueError('<b>')"})
    text = page_of(folder).text
    assert "Failed at update 40 of 300: there are no scores." in text
    assert "The run ended with an error: ValueError('<b>')" in text
