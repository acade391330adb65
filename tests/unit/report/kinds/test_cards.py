"""The model card of each task."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard

from accent.records import RunFolder, write_json
from accent.report import write_card
from tests.unit.report.task_runs import CONTEXT, SENTENCES, TASK_RUNS, TEXTS, make_task_run

TAGS = {
    "multilabel": ("text-classification", "f1"),
    "regression": ("text-classification", "pearsonr"),
    "tagging": ("token-classification", "f1"),
    "qa": ("question-answering", "f1"),
    "generation": ("text-generation", "perplexity"),
    "summarization": ("summarization", "rougeL"),
}


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("runs")
    return {task: card_of(make_task_run(root / task, task)) for task in TASK_RUNS}


def card_of(folder: RunFolder) -> str:
    return write_card(folder).read_text(encoding="utf-8")


def code_of(card: str) -> str:
    (found,) = re.findall(r"```python\n(.*?)```", card, flags=re.DOTALL)
    return str(found)


def test_every_task_is_here() -> None:
    assert set(TAGS) == set(TASK_RUNS)


@pytest.mark.parametrize("task", list(TASK_RUNS))
def test_the_hub_is_told_the_task_and_its_scores(cards: dict[str, str], task: str) -> None:
    tag, metric = TAGS[task]
    front: dict[str, Any] = yaml.safe_load(cards[task].split("---\n", maxsplit=2)[1])
    assert front["pipeline_tag"] == tag
    assert front["tags"] == [tag, "accent"]
    results = ModelCard(cards[task]).data.eval_results
    assert results is not None
    assert metric in {one.metric_type for one in results}
    assert {one.task_type for one in results} == {tag}


@pytest.mark.parametrize("task", list(TASK_RUNS))
def test_the_code_is_python_and_names_the_folder(cards: dict[str, str], task: str) -> None:
    code = code_of(cards[task])
    compile(code, task, "exec")
    assert "PATH_OF_THIS_FOLDER" in code
    assert "accent predict PATH_OF_THIS_FOLDER" in cards[task]


@pytest.mark.parametrize("task", list(TASK_RUNS))
def test_every_row_of_a_table_has_as_many_cells_as_its_head(cards: dict[str, str], task: str) -> None:
    tables = [block.splitlines() for block in cards[task].split("\n\n") if block.startswith("| ")]
    assert len(tables) == (4 if task in ("multilabel", "tagging") else 3)
    for lines in tables:
        assert {line.count("|") for line in lines} == {lines[0].count("|")}


@pytest.mark.parametrize("task", list(TASK_RUNS))
def test_the_card_holds_no_text_of_the_data(cards: dict[str, str], task: str) -> None:
    texts = [*TEXTS, CONTEXT, *(text for text, _ in SENTENCES)]
    assert [text for text in texts if text in cards[task]] == []
    assert "lighthouse" not in cards[task]


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("multilabel", "TF-IDF is TF-IDF with a logistic regression for each label"),
        ("multilabel", "| billing |"),
        ("regression", 'torch.tensor(saved["scales"])'),
        ("tagging", "| PER | 48 |"),
        ("tagging", 'pipeline("token-classification", model="PATH_OF_THIS_FOLDER", aggregation_strategy="first")'),
        ("qa", "--text-column question --text-column context"),
        ("qa", 'print("" if none > 1.25 else'),
        ("generation", 'pipeline("text-generation"'),
        ("generation", "| Perplexity (lower is better) |"),
        ("summarization", "AutoModelForSeq2SeqLM"),
        ("summarization", 'text = "summarize: " + '),
        ("summarization", "max_new_tokens=64"),
        ("summarization", "- Its summaries may say what the text does not say"),
    ],
)
def test_the_card_tells(cards: dict[str, str], task: str, expected: str) -> None:
    assert expected in cards[task]


def test_a_causal_summarizer_is_used_as_one(tmp_path: Path) -> None:
    folder = make_task_run(tmp_path / "run", "summarization")
    saved = json.loads((folder.model / "accent.json").read_text())
    saved["settings"] = {"prompt": 'say "it": ', "summary_length": 32, "head": "causal"}
    write_json(folder.model / "accent.json", saved)
    code = code_of(card_of(folder))
    compile(code, "card", "exec")
    assert 'text = "say \\"it\\": " + "The text to sum up." + " TL;DR:"' in code
    assert "AutoModelForCausalLM" in code


def test_without_a_threshold_qa_always_answers(tmp_path: Path) -> None:
    folder = make_task_run(tmp_path / "run", "qa")
    write_json(folder.model / "accent.json", {"settings": {"threshold": None}})
    assert "none >" not in code_of(card_of(folder))


def test_a_card_without_accents_own_file_is_still_written(tmp_path: Path) -> None:
    for task in TASK_RUNS:
        folder = make_task_run(tmp_path / task, task)
        (folder.model / "accent.json").unlink()
        compile(code_of(card_of(folder)), task, "exec")
