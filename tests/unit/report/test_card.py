from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard

from accent.records import RunFolder, write_json
from accent.report import write_card
from tests.unit.report.runs import REVIEWS, make_run, write_run_files


def card_of(folder: RunFolder) -> str:
    return write_card(folder).read_text(encoding="utf-8")


def front_matter(card: str) -> dict[str, Any]:
    _, front, _ = card.split("---\n", maxsplit=2)
    found = yaml.safe_load(front)
    assert isinstance(found, dict)
    return found


def change_record(folder: RunFolder, **parts: dict[str, Any]) -> None:
    record = json.loads(folder.record.read_text())
    for name, changes in parts.items():
        record[name] = record[name] | changes
    write_json(folder.record, record)


@pytest.fixture(scope="module")
def card(reviews: RunFolder) -> str:
    return card_of(reviews)


def test_the_card_stands_beside_the_weights(reviews: RunFolder) -> None:
    assert write_card(reviews) == reviews.model / "README.md"


def test_the_front_matter_says_what_the_hub_asks(card: str) -> None:
    front = front_matter(card)
    assert front["library_name"] == "transformers"
    assert front["pipeline_tag"] == "text-classification"
    assert front["base_model"] == "sentence-transformers/all-MiniLM-L6-v2"
    assert front["metrics"] == ["accuracy", "f1", "matthews_correlation", "roc_auc"]


def test_the_hub_reads_the_scores(card: str, reviews: RunFolder) -> None:
    results = ModelCard(card).data.eval_results
    assert results is not None
    scores = json.loads(reviews.scores.read_text())["test"]
    found = {one.metric_type: one.metric_value for one in results}
    assert found["accuracy"] == round(scores["accuracy"]["value"], 4)
    assert found["f1"] == round(scores["f1_macro"]["value"], 4)
    assert {one.dataset_name for one in results} == {"reviews.csv"}
    assert {one.dataset_split for one in results} == {"test"}


def test_scores_stand_with_interval_and_n(card: str, reviews: RunFolder) -> None:
    score = json.loads(reviews.scores.read_text())["test"]["accuracy"]
    assert f"| Accuracy | {score['value']:.3f} ({score['low']:.3f}\u2013{score['high']:.3f}) |" in card
    assert "n = 400" in card
    assert "McNemar p" in card


@pytest.mark.parametrize(
    "expected",
    [
        'accent predict PATH_OF_THIS_FOLDER "The text to classify."',
        'pipeline("text-classification", model="PATH_OF_THIS_FOLDER")',
        'classify("The text to classify.", truncation=True, max_length=128)',
        f"`{'5f0c' * 16}`",
        "| Learning rate | 5e-5 |",
        "| Schedule warmup ratio | 0.06 |",
        "| Seed | 42 |",
        "| Precision used | bf16 |",
        "| train | 3,200 | 2 |",
        "- error, allowed: 2 texts bear different labels",
        "Another seed than 42 would move the scores too.",
        "No licence is stated here.",
    ],
)
def test_the_card_tells(card: str, expected: str) -> None:
    assert expected in card


def test_the_card_holds_no_text_of_the_data(card: str) -> None:
    assert "negative" in card
    assert [text for text in REVIEWS if text in card] == []


def test_every_row_of_a_table_has_as_many_cells_as_its_head(card: str) -> None:
    tables = [block.splitlines() for block in card.split("\n\n") if block.startswith("| ")]
    assert len(tables) == 4
    for lines in tables:
        assert {line.count("|") for line in lines} == {lines[0].count("|")}


def test_the_card_is_the_same_each_time(reviews: RunFolder) -> None:
    assert card_of(reviews) == card_of(reviews)
    assert card_of(reviews).endswith("before you publish it.\n")


def test_folders_above_data_and_base_are_not_published(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    write_run_files(folder, labels=("a", "b"))
    change_record(folder, data={"source": "/home/someone/secret/rows.csv"}, base={"name": "/home/someone/bases/mine"})
    card = card_of(folder)
    assert "someone" not in card
    assert "mine, fine-tuned on rows.csv" in card
    assert "base_model" not in front_matter(card)


def test_a_hub_base_is_named(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    write_run_files(folder, labels=("a", "b"))
    change_record(folder, base={"name": "google-bert/bert-base-uncased"})
    assert front_matter(card_of(folder))["base_model"] == "google-bert/bert-base-uncased"


def test_a_run_without_scores_claims_none(stopped: RunFolder) -> None:
    card = card_of(stopped)
    assert "There are none: the run did not reach its evaluation." in card
    assert "model-index" not in front_matter(card)


def test_a_pair_is_used_as_a_pair(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    write_run_files(folder, labels=("a", "b"))
    change_record(folder, data={"schema": {"text_columns": ["one", "two"], "label_columns": ["label"]}})
    card = card_of(folder)
    assert '"text_pair": "The second text."' in card
    assert "--text-column text --text-column text_pair" in card


def test_labels_cannot_break_the_card(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", labels=("a|b", "<script>\nx", "---"), rows=60)
    card = card_of(folder)
    assert "| a\\|b |" in card
    assert "\\<script\\> x" in card
    assert "<script>" not in card
    assert front_matter(card)["library_name"] == "transformers"


@pytest.mark.parametrize(
    ("strategy", "library", "told"),
    [
        ("lora", "peft", "model = PeftModel.from_pretrained(base, folder).eval()"),
        ("adapter", "accent", "Accent alone reads such a folder"),
    ],
    ids=["peft", "accent"],
)
def test_changes_to_a_base_are_used_with_it(tmp_path: Path, strategy: str, library: str, told: str) -> None:
    folder = make_run(tmp_path)
    stored = {"version": 3, "labels": [], "settings": {}, "strategy": {"kind": strategy}, "saved": "changes"}
    write_json(folder.model / "accent.json", stored)
    write_json(folder.model / "config.json", {"architectures": ["BertForSequenceClassification"]})
    if strategy == "lora":
        write_json(folder.model / "adapter_config.json", {})
    card = card_of(folder)
    front = front_matter(card)
    assert (front["library_name"], front["base_model_relation"]) == (library, "adapter")
    assert told in card
    assert "accent predict PATH_OF_THIS_FOLDER" in card
    assert "pipeline(" not in card
    loads = (
        'base = BertForSequenceClassification.from_pretrained("sentence-transformers/all-MiniLM-L6-v2", config=config)'
    )
    assert (loads in card) == (strategy == "lora")
