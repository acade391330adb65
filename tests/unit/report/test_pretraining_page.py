"""The page and the card of a pretraining: its numbers, its cautions, and nothing that was not written down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accent.records import EventLog, Record, RunFolder, write_json, write_text
from accent.report import write_card, write_report
from tests.unit.report.pages import Page, read_page

UPDATES = 8
TOKENS = 2048
CORPUS: dict[str, Any] = {
    "files": ["books/a.txt", "books/<b>.txt"],
    "left_out": ["books/test.txt"],
    "notes": ["books/a.txt: read as latin-1"],
    "documents": 1204,
    "duplicates": 37,
    "empty": 0,
    "characters": 4_900_000,
    "train": {"documents": 1140, "sentences": 40_000, "words": 800_000, "tokens": 1_000_000, "unknown": 2_000},
    "validation": {"documents": 64, "sentences": 2_000, "words": 40_000, "tokens": 50_000, "unknown": 100},
    "train_pair": None,
    "validation_pair": None,
    "seconds": 4.0,
    "tokens_per_second": 250_000,
}
TOKENIZER: dict[str, Any] = {
    "kind": "WordPiece",
    "vocabulary": 8192,
    "special_tokens": {"mask_token": "[MASK]"},
    "texts": 200,
    "pieces_per_word": 1.25,
    "characters_per_token": 4.5,
    "split_share": 0.2,
    "unknown_share": 0.002,
    "worst": [{"word": "<i>whale", "count": 812, "pieces": ["<", "i", ">", "whale"]}],
    "trained": True,
}


def make_record(**changes: Any) -> Record:
    """Return the record of a finished run whose speed is 40 % of what the machine multiplies."""
    record = Record(
        command=["accent", "pretrain", "books"],
        config={"corpus": {"sources": ["books"]}, "objective": {"objective": None}, "run": {"seed": 1}},
        seed=1,
        status="done",
        data={"source": "books", "fingerprint": "abc", "corpus": CORPUS, "tokenizer": TOKENIZER},
        base={
            "name": None,
            "family": "bert",
            "parameters": 5_400_000,
            "shape": {"num_hidden_layers": 4, "hidden_size": 256, "vocab_size": 8192},
            "load": {"parts": {"embeddings": 2_000_000, "layers": 3_400_000}},
        },
        timings={"corpus": 4.0, "training": 16.0, "total": 30.0},
        training={
            "objective": "mlm",
            "updates": UPDATES,
            "tokens": UPDATES * TOKENS,
            "tokens_per_second": 1000.0,
            "cost": {"operations_per_token": 4e7, "operations_per_second": 1e11, "product": [2048, 256, 1024]},
        },
    )
    for name, value in changes.items():
        setattr(record, name, value)
    return record


def make_pretraining(path: Path, record: Record, *, scores: dict[str, float] | None = None) -> RunFolder:
    folder = RunFolder(path)
    path.mkdir(parents=True)
    record.write(folder)
    write_text(folder.config, "corpus:\n  sources:\n  - books\n")
    log = EventLog(folder.events)
    log.append("start", update=0, updates=UPDATES, epochs=1.0, rows=64, batch_size=8, precision="bf16")
    for update in range(1, UPDATES + 1):
        epoch, loss = update / UPDATES, 9.0 - update / 2
        fields = {"learning_rate": 1e-3, "grad_norm": 1.0, "tokens": TOKENS, "seconds": 2.0, "tokens_per_second": 1024}
        log.append("update", update=update, epoch=epoch, loss=loss, skipped=False, rows=8, **fields)
    for update, best in ((4, True), (8, True)):
        found = {"loss": 8.0 - update / 4, "accuracy": 0.05 * update}
        log.append(
            "evaluation", update=update, epoch=update / UPDATES, scores=found, best=best, chosen=best, seconds=0.1
        )
    if scores is not None:
        interval = {name: {"value": one, "low": 0.9 * one, "high": 1.1 * one, "n": 390} for name, one in scores.items()}
        write_json(folder.scores, {"validation": interval})
    return folder


def page_of(folder: RunFolder) -> Page:
    return read_page(write_report(folder).read_text(encoding="utf-8"))


@pytest.fixture
def finished(tmp_path: Path) -> RunFolder:
    scores = {"accuracy": 0.412, "loss": 3.5, "perplexity": 33.1}
    return make_pretraining(tmp_path / "run", make_record(), scores=scores)


def test_the_page_says_what_was_learned_from_what_and_how_well(finished: RunFolder) -> None:
    text = page_of(finished).text
    assert (
        "A BERT of 5.4 million weights learned to fill in hidden tokens (mlm) from 16 thousand tokens in 16 s" in text
    )
    assert "validation loss 3.500 (95 % interval 3.150-3.850, 390 blocks)" in text.replace("\u2013", "-").replace(
        "\u00a0", " "
    )
    assert "perplexity 33.1" in text
    assert "The scores are of 64 documents that no update saw; the best of 2 looks at them was kept" in text
    assert "Exact duplicates dropped 37" in text
    assert "Test files left out books/test.txt" in text
    assert "Training 1,140 40,000 800,000 1,000,000 1.25 0.2" in text


def test_speed_is_told_beside_what_the_machine_multiplies(finished: RunFolder) -> None:
    text = page_of(finished).text
    assert "Tokens a second 1,000" in text
    assert "Share of that rate in use 40" in text
    assert "100 billion operations a second, of 2,048 x 256 by 256 x 1,024" in text


def test_texts_and_names_stay_texts(finished: RunFolder) -> None:
    page = page_of(finished)
    assert "<i>whale" in page.text
    assert "books/<b>.txt" in page.text
    assert all("style" in bar for bar in page.all("i"))
    assert not page.all("script")
    assert page.unclosed == []


def test_curves_are_drawn_over_updates_and_over_tokens(finished: RunFolder) -> None:
    page = page_of(finished)
    labels = {one.get("aria-label") for one in page.all("svg")}
    assert "Training and validation loss over the tokens that were read" in labels
    assert "Validation score accuracy over the tokens that were read" in labels
    assert "Tokens a second over the tokens that were read" in labels


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"status": "interrupted"}, "Go on with: accent pretrain --resume"),
        ({"status": "failed", "error": "the disk is full"}, "The run ended with an error: the disk is full"),
    ],
)
def test_a_run_that_did_not_end_says_how_to_go_on(changes: dict[str, Any], says: str, tmp_path: Path) -> None:
    text = page_of(make_pretraining(tmp_path / "run", make_record(**changes))).text
    assert says in text
    assert "at update 8 of 8, without scores" in text


def test_cautions_are_given_where_there_is_reason(tmp_path: Path) -> None:
    train = {**CORPUS["train"], "words": 400_000, "unknown": 50_000}
    record = make_record()
    record.data = {**record.data, "corpus": {**CORPUS, "train": train}}
    text = page_of(make_pretraining(tmp_path / "run", record, scores={"loss": 9.0, "perplexity": 8100.0})).text
    assert "5.0 % of the tokens are unknown" in text.replace("\u00a0", " ")
    assert "The tokenizer makes 2.5 tokens of a word" in text
    assert "It guesses no better than at random" in text


def test_the_card_says_how_to_use_it_and_names_no_folder(finished: RunFolder) -> None:
    finished.model.mkdir()
    write_card(finished)
    card = (finished.model / "README.md").read_text(encoding="utf-8")
    assert "pipeline_tag: fill-mask" in card
    assert "AutoModelForMaskedLM" in card
    assert "accent finetune DATA --base PATH_OF_THIS_FOLDER" in card
    assert str(finished.path.parent) not in card
    assert "| Loss | 3.500 |" in card
