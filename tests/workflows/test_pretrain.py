"""Pretraining end to end: every family from scratch, a base further, a run cut and resumed, and what is refused."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file

import accent
from accent.cli.main import run
from accent.recipes import fitting as fitting_room
from accent.strategies import RatedParameter
from accent.training import Learner
from tests.checkpoints import make_checkpoint

SMALL: dict[str, Any] = {"layers": 1, "hidden": 32, "heads": 2, "vocabulary": 300}
QUICK: dict[str, Any] = {"block_length": 32, "batch_size": 8, "precision": "fp32", "seed": 3, "offline": True}
FAMILIES = {
    "bert": ("mlm", "AutoModelForMaskedLM"),
    "roberta": ("mlm", "AutoModelForMaskedLM"),
    "albert": ("mlm", "AutoModelForMaskedLM"),
    "distilbert": ("mlm", "AutoModelForMaskedLM"),
    "modernbert": ("mlm", "AutoModelForMaskedLM"),
    "electra": ("rtd", "AutoModelForPreTraining"),
    "gpt2": ("clm", "AutoModelForCausalLM"),
    "t5": ("span", "AutoModelForSeq2SeqLM"),
}
UPDATES = 6
TIMES = ("seconds", "rows_per_second", "tokens_per_second")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty documents of a few sentences each, one sentence a line and a blank line between documents."""
    path = tmp_path_factory.mktemp("corpus") / "stories.txt"
    path.write_text("\n\n".join("\n".join(document) for document in stories(80)) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_learns_its_own_objective_from_scratch(family: str, corpus: Path, tmp_path: Path) -> None:
    objective, kind = FAMILIES[family]
    outcome = accent.pretrain(corpus, architecture=family, updates=8, output=str(tmp_path / "run"), **SMALL, **QUICK)
    assert outcome.ended == "done"
    record = read(outcome.folder / "record.json")
    assert record["training"]["objective"] == objective
    losses = [event["loss"] for event in events(outcome.folder, "update")]
    assert len(losses) == 8
    assert sum(losses[-2:]) < sum(losses[:2])
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(outcome.folder / "model"))
    model, found = getattr(transformers, kind).from_pretrained(
        str(outcome.folder / "model"), output_loading_info=True, dtype=torch.float32
    )
    assert not found["missing_keys"] | found["unexpected_keys"] | found["mismatched_keys"]
    assert model.config.vocab_size >= len(tokenizer)
    saved = load_file(outcome.folder / "model" / "model.safetensors")
    trained = dict(model.named_parameters())
    assert all(torch.equal(trained[name], tensor) for name, tensor in saved.items() if name in trained)
    assert sum(parameter.numel() for parameter in model.parameters()) == record["base"]["parameters"]
    assert (outcome.folder / "report.html").is_file()
    assert (outcome.folder / "model" / "README.md").is_file()


@pytest.mark.parametrize("objective", ["wwm", "span", "mlm+nsp", "mlm+sop", "nsp"])
def test_other_objectives_of_bert_are_learned_and_scored(objective: str, corpus: Path, tmp_path: Path) -> None:
    outcome = accent.pretrain(corpus, objective=objective, updates=2, output=str(tmp_path / "run"), **SMALL, **QUICK)
    scores = outcome.scores["validation"]
    assert ("pair_accuracy" in scores) == ("nsp" in objective or "sop" in objective)
    assert ("perplexity" in scores) == (objective != "nsp")
    assert all(score["low"] <= score["value"] <= score["high"] for score in scores.values())


@pytest.mark.parametrize(
    ("given", "share"),
    [({}, 0.1), ({"embeddings": "random"}, 1.0), ({"base": "yes"}, 1.0), ({"architecture": "electra"}, 0.1)],
)
def test_embeddings_that_start_from_what_is_known_move_slowly(
    given: dict[str, Any], share: float, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, float] = {}

    class Asked(Learner):
        """Keeps what it is told of the rates."""

        def __init__(self, model: torch.nn.Module, moving: list[RatedParameter], **others: Any) -> None:
            asked.update({one.name: one.rate for one in moving})
            super().__init__(model, moving, **others)

    monkeypatch.setattr(import_module("accent.recipes.pretrain"), "Learner", Asked)
    shape = {"base": str(make_checkpoint(tmp_path / "base", "bert"))} if "base" in given else {**SMALL, **given}
    accent.pretrain(corpus, updates=1, output=str(tmp_path / "run"), **shape, **QUICK)
    slow = {name for name, rate in asked.items() if rate != 1.0}
    assert {rate for rate in asked.values() if rate != 1.0} <= {share}
    tables = ["position_embeddings", "token_type_embeddings", "word_embeddings"]
    assert sorted(name.split(".")[-2] for name in slow) == (tables if share < 1.0 else [])


def test_a_translation_is_read_beside_its_text(tmp_path: Path) -> None:
    sentences = [sentence for document in stories(40) for sentence in document]
    rows = [{"text": one, "other": " ".join(word[::-1] for word in one.split())} for one in sentences]
    (tmp_path / "pairs.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    outcome = accent.pretrain(
        tmp_path / "pairs.jsonl",
        text_column=["text"],
        pair_column="other",
        objective="tlm",
        updates=2,
        output=str(tmp_path / "run"),
        **SMALL,
        **QUICK,
    )
    assert outcome.scores["validation"]["loss"]["value"] > 0
    assert read(outcome.folder / "record.json")["data"]["corpus"]["train_pair"]["tokens"] > 0


def test_a_base_goes_on_with_words_of_the_text(corpus: Path, tmp_path: Path) -> None:
    base = make_checkpoint(tmp_path / "base", "bert")
    outcome = accent.pretrain(
        corpus, base=str(base), extend_vocabulary=7, updates=2, output=str(tmp_path / "run"), **QUICK
    )
    record = read(outcome.folder / "record.json")
    assert record["base"]["name"] == str(base)
    assert len(record["base"]["new_words"]) == 7
    known = transformers.AutoTokenizer.from_pretrained(str(outcome.folder / "model"))
    assert len(known) == len(transformers.AutoTokenizer.from_pretrained(str(base))) + 7
    assert known.tokenize(record["base"]["new_words"][0]) == [record["base"]["new_words"][0]]
    rate = record["training"]["learning_rate"]
    assert rate == pytest.approx(2e-4), "a twentieth of the rate from scratch"


def test_the_built_in_base_goes_on(corpus: Path, tmp_path: Path) -> None:
    outcome = accent.pretrain(corpus, base="builtin:minilm", updates=1, output=str(tmp_path / "run"), **QUICK)
    record = read(outcome.folder / "record.json")
    assert record["base"]["load"]["new"], "the head for hidden tokens"
    assert all(name.startswith("cls.") for name in record["base"]["load"]["new"])
    assert record["status"] == "done"


def test_what_was_pretrained_is_fine_tuned(corpus: Path, tmp_path: Path) -> None:
    pretrained = accent.pretrain(corpus, updates=2, output=str(tmp_path / "run"), **SMALL, **QUICK)
    outcome = accent.finetune(
        "builtin:reviews", base=str(pretrained.folder), updates=2, limit=24, output=str(tmp_path / "fitted")
    )
    record = read(outcome.folder / "record.json")
    assert record["base"]["load"]["new"] == ["classifier.bias", "classifier.weight"] or all(
        name.startswith(("classifier.", "bert.pooler.")) for name in record["base"]["load"]["new"]
    )


class TestShortBlocks:
    """A run begins with short blocks, as many more, where they are shorter than its own."""

    LONG: ClassVar[dict[str, Any]] = {**QUICK, "block_length": 128, "batch_size": 4, "updates": 5}

    @pytest.mark.parametrize("family", ["bert", "gpt2", "t5", "electra"])
    def test_the_first_updates_are_of_short_ones(self, family: str, corpus: Path, tmp_path: Path) -> None:
        outcome = accent.pretrain(
            corpus, architecture=family, short_updates=3, output=str(tmp_path / "run"), **SMALL, **self.LONG
        )
        updates = events(outcome.folder, "update")
        assert [event["rows"] for event in updates] == [8, 8, 8, 4, 4]
        assert all(event["tokens"] == pytest.approx(4 * 128, abs=200) for event in updates)
        assert outcome.scores["validation"]["loss"]["value"] > 0

    @pytest.mark.parametrize("given", [{"short_updates": 0}, {"objective": "mlm+nsp"}, {"base": "yes"}])
    def test_there_are_none_where_nothing_would_come_of_them(
        self, given: dict[str, Any], corpus: Path, tmp_path: Path
    ) -> None:
        shape = {"base": str(make_checkpoint(tmp_path / "base", "bert"))} if "base" in given else {**SMALL, **given}
        length = {"block_length": 64} if "base" in given else {}
        outcome = accent.pretrain(corpus, output=str(tmp_path / "run"), **{**self.LONG, **shape, **length})
        assert {event["rows"] for event in events(outcome.folder, "update")} == {4}

    def test_a_run_that_is_cut_among_them_ends_as_one_that_was_not(
        self, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings = {**SMALL, **self.LONG, "short_updates": 3, "save_every": 1}
        whole = accent.pretrain(corpus, output=str(tmp_path / "whole"), **settings).folder
        cut = tmp_path / "cut"
        _pretrain_cut_at(2, monkeypatch, corpus, output=str(cut), **settings)
        accent.pretrain(resume=str(cut))
        assert timeless(cut) == timeless(whole)
        assert read(cut / "scores.json") == read(whole / "scores.json")


class TestResume:
    """A run that was cut ends as one that was not: weights, and every loss to the last bit, so masks too."""

    @pytest.fixture(params=["mlm+nsp", "rtd"])
    def settings(self, request: pytest.FixtureRequest) -> dict[str, Any]:
        family = {"architecture": "electra"} if request.param == "rtd" else {}
        often = {"updates": UPDATES, "evaluate_every": 3, "save_every": 1, "microbatch_size": 5}
        return {"objective": request.param, **family, **often, **SMALL, **QUICK}

    def test_it_ends_as_if_it_had_not_been_cut(
        self, settings: dict[str, Any], corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = accent.pretrain(corpus, output=str(tmp_path / "whole"), **settings).folder
        cut = tmp_path / "cut"
        _pretrain_cut_at(4, monkeypatch, corpus, output=str(cut), **settings)
        accent.pretrain(resume=str(cut))
        assert timeless(cut) == timeless(whole)
        assert read(cut / "scores.json") == read(whole / "scores.json")
        one, other = (load_file(run / "model" / "model.safetensors") for run in (cut, whole))
        assert one.keys() == other.keys()
        assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())

    def test_an_interrupted_run_has_a_page_and_a_way_on(
        self,
        settings: dict[str, Any],
        corpus: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(fitting_room, "interruptible", lambda: _Asking(2))
        outcome = accent.pretrain(corpus, output=str(tmp_path / "run"), **settings)
        assert outcome.interrupted
        assert outcome.resume_command == f"accent pretrain --resume {tmp_path / 'run'}"
        page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
        assert f"Go on with: {outcome.resume_command}" in page
        assert "interrupted at update 2 of 6" in page
        assert run(["report", str(tmp_path / "run")]) == 0
        assert (tmp_path / "run" / "report.html").read_text(encoding="utf-8") == page
        assert run(["inspect", str(tmp_path / "run"), "--text", "the rain"]) == 2
        assert "accent pretrain --resume" in capsys.readouterr().err

    def test_another_text_is_refused(
        self, settings: dict[str, Any], corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        own = tmp_path / "own.txt"
        own.write_text(corpus.read_text(encoding="utf-8"), encoding="utf-8")
        _pretrain_cut_at(2, monkeypatch, own, output=str(tmp_path / "run"), **settings)
        own.write_text(own.read_text(encoding="utf-8") + "\nOne more story than before.\n", encoding="utf-8")
        with pytest.raises(accent.errors.RunError, match="the corpus has changed"):
            accent.pretrain(resume=str(tmp_path / "run"))


class TestRefusals:
    """Two lines, and exit code 2."""

    @pytest.fixture
    def desk(self, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "stories.txt").write_text(corpus.read_text(encoding="utf-8"), encoding="utf-8")
        (tmp_path / "blank.txt").write_text("\n \n\n", encoding="utf-8")
        make_checkpoint(tmp_path / "base", "bert")
        make_checkpoint(tmp_path / "gpt2", "gpt2")
        return tmp_path

    @pytest.mark.parametrize(
        ("words", "what", "remedy"),
        [
            ("blank.txt", "without text", ""),
            ("nowhere.txt", "nowhere.txt", ""),
            ("stories.txt --architecture bert --objective clm", "cannot learn clm", "gpt2"),
            ("stories.txt --architecture gpt2 --objective mlm", "cannot learn mlm", "bert"),
            ("stories.txt --objective mlm+clm", "cannot be joined", "mlm"),
            ("stories.txt --objective mln", "mln", "mlm"),
            ("stories.txt --documents file --objective mlm+nsp --validation-share 0", "one document", "blank lines"),
            ("stories.txt --objective tlm", "no translations", "--pair-column"),
            ("stories.txt --base base --block-length 100", "64", "--block-length 64"),
            ("stories.txt --tokenizer gpt2", "mask token", "leave --tokenizer out"),
            ("stories.txt --base base --size tiny", "size", "Leave it out"),
            ("stories.txt --base nowhere", "nowhere", ""),
            ("stories.txt --heads 3 --hidden 32", "3 heads", "--heads"),
        ],
    )
    def test_two_lines_say_what_and_what_to_do(
        self, words: str, what: str, remedy: str, desk: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        shape = [] if "--base" in words or "gpt2 " in words else ["--vocabulary", "300"]
        shape = shape if "--tokenizer" not in words else []
        code = run(["pretrain", *words.split(), *shape, "--updates", "1", "--output", "run", "--quiet"])
        lines = capsys.readouterr().err.strip().splitlines()
        assert code == 2, lines
        assert len(lines) == 2, lines
        assert what in lines[0]
        assert remedy in lines[1]

    def test_a_tokenizer_with_more_tokens_than_the_base_is_refused(
        self, desk: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        tokenizer = transformers.AutoTokenizer.from_pretrained("base")
        tokenizer.add_tokens(["abracadabra", "hocuspocus"])
        tokenizer.save_pretrained("base")
        assert run(["pretrain", "stories.txt", "--base", "base", "--updates", "1", "--output", "run", "--quiet"]) == 2
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 2
        assert "embeddings" in lines[0]


def stories(count: int) -> list[list[str]]:
    """Return documents of sentences with words of several syllables, the first of them the most frequent."""
    chance = np.random.default_rng(0)
    syllables = [first + vowel for first in (*"bdfgklmnprstvz", "sh", "th") for vowel in "aeiou"]
    words = ["".join(chance.choice(syllables, size=1 + place % 3)) for place in range(300)]
    shares = 1 / np.arange(1, len(words) + 1)
    drawn = [[chance.choice(words, size=8, p=shares / shares.sum()) for _ in range(6)] for _ in range(count)]
    return [[" ".join(sentence).capitalize() + "." for sentence in document] for document in drawn]


class _PowerCutError(BaseException):
    """What no handler may swallow."""


def _pretrain_cut_at(update: int, monkeypatch: pytest.MonkeyPatch, corpus: Path, **settings: Any) -> None:
    """Pretrain, and let the power fail while this update is under way."""
    learn = Learner.update

    def failing(self: Learner, *given: Any, **named: Any) -> Any:
        failing.taken += 1  # type: ignore[attr-defined]
        if failing.taken > update:  # type: ignore[attr-defined]
            raise _PowerCutError
        return learn(self, *given, **named)

    failing.taken = 0  # type: ignore[attr-defined]
    with monkeypatch.context() as patch:
        patch.setattr(Learner, "update", failing)
        with pytest.raises(_PowerCutError):
            accent.pretrain(corpus, **settings)


class _Asking:
    """Stands for `interruptible`: asks to stop after some updates."""

    def __init__(self, updates: int) -> None:
        self._left = updates

    def __enter__(self) -> Any:
        return self._asked

    def __exit__(self, *exception: object) -> None: ...

    def _asked(self) -> bool:
        self._left -= 1
        return self._left <= 0


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def events(folder: Path, *kinds: str) -> list[dict[str, Any]]:
    lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["kind"] in kinds]


def timeless(folder: Path) -> list[dict[str, Any]]:
    """Return the log without what a clock says."""
    kept = events(folder, "start", "update", "evaluation", "warning")
    return [{key: value for key, value in event.items() if key not in TIMES} for event in kept]
