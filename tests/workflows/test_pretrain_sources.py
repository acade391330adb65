"""What pretraining reads and what it stands on: formats, tokenizers that are brought, validation, other verbs."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import transformers

import accent
from accent.cli.main import run
from accent.records import Record, RunFolder
from tests.checkpoints import make_checkpoint
from tests.workflows.test_pretrain import QUICK, SMALL, stories

FEW = {**SMALL, "vocabulary": 150}
TEXTS = ["\n".join(document) for document in stories(40)]


def plain(folder: Path) -> str:
    (folder / "stories.txt").write_text("\n\n".join(TEXTS), encoding="utf-8")
    return "stories.txt"


def packed(folder: Path) -> str:
    (folder / "stories.txt.xz").write_bytes(lzma.compress("\n\n".join(TEXTS).encode()))
    return "stories.txt.xz"


def many(folder: Path) -> str:
    for number, text in enumerate(TEXTS):
        (folder / "books" / f"{number % 4}").mkdir(parents=True, exist_ok=True)
        (folder / "books" / f"{number % 4}" / f"{number:02}.txt").write_text(text, encoding="utf-8")
    (folder / "books" / "README.txt").write_text("Not a story.", encoding="utf-8")
    return "books"


def lines(folder: Path) -> str:
    (folder / "stories.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in TEXTS), encoding="utf-8")
    return "stories.jsonl"


def columns(folder: Path) -> str:
    pq.write_table(pa.table({"text": TEXTS}), folder / "stories.parquet")
    return "stories.parquet"


def saved(folder: Path) -> str:
    datasets.Dataset.from_dict({"text": TEXTS}).save_to_disk(str(folder / "saved"))
    return "saved"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("write", [plain, packed, many, lines, columns, saved])
def test_each_format_gives_the_same_documents(write: Any, desk: Path) -> None:
    source = write(desk)
    extra = {"documents": "file"} if source == "books" else {}
    outcome = accent.pretrain(source, updates=1, output="run", **extra, **SMALL, **QUICK)
    facts = Record.read(RunFolder(outcome.folder)).data["corpus"]
    assert facts["documents"] == len(TEXTS)
    assert facts["characters"] == sum(map(len, TEXTS))
    assert outcome.ended == "done"


def test_a_tokenizer_learns_the_language_of_translations_too(desk: Path) -> None:
    rows = [{"text": text.split("\n")[0], "other": "ωψχ φυτ σρπ"} for text in TEXTS]
    Path("pairs.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    settings = {"text_column": ["text"], "pair_column": "other", "objective": "tlm", "deduplicate": False}
    outcome = accent.pretrain("pairs.jsonl", updates=1, output="run", **settings, **FEW, **QUICK)
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(outcome.folder / "model"))
    assert tokenizer.unk_token_id not in tokenizer("ωψχ φυτ σρπ")["input_ids"]
    assert Record.read(RunFolder(outcome.folder)).data["corpus"]["train_pair"]["unknown"] == 0


def test_a_folder_with_a_tokenizer_alone_is_taken_as_it_is(desk: Path) -> None:
    plain(desk)
    first = accent.pretrain("stories.txt", updates=1, output="first", **SMALL, **QUICK)
    shape = {name: value for name, value in SMALL.items() if name != "vocabulary"}
    shorter = {**shape, **QUICK, "block_length": 24}
    for number, given in enumerate((first.folder / "tokenizer", first.folder)):
        outcome = accent.pretrain("stories.txt", tokenizer=str(given), updates=1, output=f"run{number}", **shorter)
        one, other = (
            transformers.AutoTokenizer.from_pretrained(str(run / "model")) for run in (first.folder, outcome.folder)
        )
        assert one.get_vocab() == other.get_vocab()
        assert (one.model_max_length, other.model_max_length) == (32, 24)


def test_new_words_count_as_weights(desk: Path) -> None:
    plain(desk)
    make_checkpoint(desk / "base", "bert")
    outcome = accent.pretrain("stories.txt", base="base", extend_vocabulary=9, updates=1, output="run", **QUICK)
    model = transformers.AutoModelForMaskedLM.from_pretrained(str(outcome.folder / "model"))
    assert Record.read(RunFolder(outcome.folder)).base["parameters"] == model.num_parameters()


@pytest.mark.parametrize("budget", [{"updates": 2}, {"time_budget": "2s"}])
def test_without_validation_there_are_no_scores_and_no_fuss(budget: dict[str, Any], desk: Path) -> None:
    plain(desk)
    outcome = accent.pretrain("stories.txt", validation_share=0, output="run", **budget, **SMALL, **QUICK)
    assert outcome.ended == "done"
    assert outcome.scores == {}
    assert "no document was kept aside" in (outcome.folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "what", "remedy"),
    [
        ("stories.txt --objective nsp --limit 12", "one document alone is for validation", "--validation-share"),
        ("stories.txt --block-length 2", "no room for text", "--block-length 3"),
        ("stories.txt --vocabulary 20", "too small for the alphabet", "--vocabulary"),
        ("stories.txt --vocabulary 90000", "pieces that stand in it more than once", "--vocabulary"),
        ("stories.txt --tokenizer nowhere", "nowhere", ""),
    ],
)
def test_what_does_not_fit_is_said_in_two_lines(
    words: str, what: str, remedy: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain(desk)
    shape = [] if "--vocabulary" in words or "--tokenizer" in words else ["--vocabulary", "150"]
    code = run(["pretrain", *words.split(), *shape, "--size", "tiny", "--updates", "1", "--output", "run", "--quiet"])
    told = capsys.readouterr().err.strip().splitlines()
    assert code == 2, told
    assert len(told) == 2, told
    assert what in told[0]
    assert remedy in told[1]


def test_few_validation_blocks_have_an_interval_too(desk: Path) -> None:
    plain(desk)
    loss = accent.pretrain("stories.txt", updates=1, output="run", **SMALL, **QUICK).scores["validation"]["loss"]
    assert 1 < loss["n"] < 32
    assert loss["low"] < loss["value"] < loss["high"]


def test_a_block_that_is_too_long_is_refused_before_the_text_is_read(desk: Path) -> None:
    plain(desk)
    make_checkpoint(desk / "base", "bert")
    told: list[str] = []
    with pytest.raises(accent.errors.ConfigError, match="64"):
        accent.pretrain(
            "stories.txt",
            base="base",
            output="run",
            on_event=lambda kind, fields: told.append(str(fields.get("what"))),
            **{**QUICK, "block_length": 65},
        )
    assert "making the model" in told
    assert "finding the corpus" not in told


def test_other_verbs_say_what_a_pretrained_run_is_for(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain(desk)
    accent.pretrain("stories.txt", updates=1, output="run", **SMALL, **QUICK)
    for words, what, remedy in (
        ("predict run text", "no task to answer", "accent finetune DATA --base run"),
        ("evaluate run builtin:reviews", "no task to answer", "accent finetune DATA --base run"),
        ("reproduce run", "only fine-tuned runs", "accent pretrain --config run/config.yaml"),
        ("compare run run2", "pretrained", "--bases"),
        ("pretrain --resume run", "nothing to resume", "accent finetune DATA --base run"),
    ):
        if "run2" in words:
            (desk / "run2").symlink_to(desk / "run")
        assert run([*words.split(), "--quiet"]) == 2, words
        told = capsys.readouterr().err.strip().splitlines()
        assert len(told) == 2, told
        assert what in told[0], told
        assert remedy in told[1], told


def test_a_tokenizer_that_was_cut_off_is_trained_again(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain(desk)
    with monkeypatch.context() as patch:
        patch.setattr("accent.recipes.grounding.build_corpus", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            accent.pretrain("stories.txt", updates=1, output="run", **SMALL, **QUICK)
    (desk / "run" / "tokenizer" / "tokenizer.json").unlink()
    assert accent.pretrain(resume="run").ended == "done"


def _interrupted(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt
