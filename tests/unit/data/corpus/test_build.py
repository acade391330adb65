"""A corpus on disk: what stands in it, that it is made once, goes on where it broke off, and is the same each time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from transformers import PreTrainedTokenizerFast

from accent.config.corpus import CorpusConfig
from accent.data.corpus import Corpus, Split, build_corpus, shards, tokenizing
from accent.errors import DataError

Write = Callable[[str, str | bytes], Path]
TEXTS = [f"The ship number {number} sailed. It was {'cold ' * (number % 7)}at sea!" for number in range(60)]


def build(path: Path, tokenizer: PreTrainedTokenizerFast, folder: Path, **settings: Any) -> Corpus:
    seed = settings.pop("seed", 0)
    listen = settings.pop("listen", lambda kind, fields: None)
    config = CorpusConfig(sources=(str(path),), **settings)
    return build_corpus(config, tokenizer, folder=folder, seed=seed, listen=listen)


def texts_of(split: Split, tokenizer: PreTrainedTokenizerFast) -> list[list[int]]:
    return [
        split.tokens[start:end].tolist() for start, end in zip(split.documents[:-1], split.documents[1:], strict=True)
    ]


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "CHARACTERS", 400)


@pytest.fixture
def path(write: Write) -> Path:
    return write("a.txt", "\n\n".join([*TEXTS, TEXTS[3], TEXTS[5]]))


@pytest.mark.usefixtures("small_shards")
def test_all_documents_stand_in_one_split_in_order(
    path: Path, tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    corpus = build(path, tokenizer, tmp_path / "c", validation_share=0.3)
    assert corpus.validation is not None
    expected = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in TEXTS]
    train, validation = texts_of(corpus.train, tokenizer), texts_of(corpus.validation, tokenizer)
    assert 5 < len(validation) < 35
    assert [ids for ids in expected if ids not in validation] == train
    assert [ids for ids in expected if ids not in train] == validation
    assert len(train) + len(validation) == 60
    for split in (corpus.train, corpus.validation):
        assert len(split.sentences) == 2 * (len(split.documents) - 1)
        assert set(split.documents[:-1].tolist()) <= set(split.sentences.tolist())
        assert split.words[split.sentences].all()
        assert len(split.words) == len(split.tokens) == len(split) == split.documents[-1]
        assert split.tokens.dtype == np.uint16
        assert isinstance(split.tokens, np.memmap)
        assert not split.tokens.flags.writeable
        assert split.pair is None


@pytest.mark.usefixtures("small_shards")
def test_facts_are_counted(path: Path, wordpiece: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    corpus = build(path, wordpiece, tmp_path / "c")
    facts = corpus.facts
    assert facts.files == (str(path),)
    assert (facts.documents, facts.duplicates, facts.empty) == (60, 2, 0)
    assert facts.characters == sum(map(len, TEXTS))
    encoded = [wordpiece(text, add_special_tokens=False) for text in TEXTS]
    assert facts.tokens == sum(len(one["input_ids"]) for one in encoded)
    words = sum(len(set(one.encodings[0].word_ids)) for one in encoded)
    assert facts.tokens_per_word == pytest.approx(facts.tokens / words)
    unknown = sum(one["input_ids"].count(wordpiece.unk_token_id) for one in encoded)
    assert facts.unknown_share == pytest.approx(unknown / facts.tokens)
    assert facts.train.documents == len(corpus.train.documents) - 1
    assert facts.train.sentences == 2 * facts.train.documents
    assert facts.seconds > 0
    assert facts.tokens_per_second is not None


def test_a_corpus_is_made_once(
    path: Path, wordpiece: PreTrainedTokenizerFast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build(path, wordpiece, tmp_path / "c")
    assert sorted(entry.name for entry in first.folder.iterdir() if not entry.name.startswith(".")) == [
        "corpus.json",
        *(f"train.{name}.npy" for name in ("documents", "sentences", "tokens", "words")),
        *(f"validation.{name}.npy" for name in ("documents", "sentences", "tokens", "words")),
    ]
    monkeypatch.setattr(tokenizing.Tokenizing, "arrays", None)
    again = build(path, wordpiece, tmp_path / "c")
    assert again.facts == first.facts
    assert again.fingerprint == first.fingerprint
    assert again.train.tokens.tolist() == first.train.tokens.tolist()


def test_where_a_file_lies_does_not_matter_and_what_stands_in_it_does(
    path: Path, write: Write, wordpiece: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    first = build(path, wordpiece, tmp_path / "c")
    moved = write("other/b.text", path.read_bytes())
    assert build(moved, wordpiece, tmp_path / "c").fingerprint == first.fingerprint
    changed = write("other/c.txt", path.read_bytes() + b"\n\nOne more.")
    keys = {
        build(changed, wordpiece, tmp_path / "c").fingerprint,
        build(path, wordpiece, tmp_path / "c", seed=1).fingerprint,
        build(path, wordpiece, tmp_path / "c", documents="line").fingerprint,
        build(path, wordpiece, tmp_path / "c", deduplicate=False).fingerprint,
        build(path, wordpiece, tmp_path / "c", limit=10).fingerprint,
        build(path, wordpiece, tmp_path / "c", validation_share=0.5).fingerprint,
    }
    assert len(keys) == 6
    assert first.fingerprint not in keys


def test_another_tokenizer_is_another_corpus(
    path: Path, tokenizers: Mapping[str, PreTrainedTokenizerFast], tmp_path: Path
) -> None:
    keys = {build(path, tokenizer, tmp_path / "c").fingerprint for tokenizer in tokenizers.values()}
    assert len(keys) == 3


class PowerCutError(Exception):
    """What a power cut is to a process."""


@pytest.mark.usefixtures("small_shards")
def test_what_broke_off_goes_on_with_the_next_shard(
    path: Path, wordpiece: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    whole = build(path, wordpiece, tmp_path / "whole")
    seen: list[int] = []

    def stop(kind: str, fields: Mapping[str, Any]) -> None:
        if fields.get("what") == "characters tokenized":
            seen.append(fields["done"])
            if len(seen) == 3:
                raise PowerCutError

    with pytest.raises(PowerCutError):
        build(path, wordpiece, tmp_path / "c", listen=stop)
    (folder,) = (tmp_path / "c").iterdir()
    made = {entry.name: entry.stat().st_mtime_ns for entry in folder.glob("shard-*")}
    assert sorted(made) == ["shard-00000.npz", "shard-00001.npz", "shard-00002.npz"]
    (folder / "shard-00001.npz").write_bytes((folder / "shard-00001.npz").read_bytes()[:-300])
    kept: list[dict[str, int]] = []

    def look(kind: str, fields: Mapping[str, Any]) -> None:
        if fields.get("what") == "characters tokenized":
            kept.append({name: (folder / name).stat().st_mtime_ns for name in made})

    resumed = build(path, wordpiece, tmp_path / "c", listen=look)
    assert {name for name in made if kept[-1][name] == made[name]} == {"shard-00000.npz", "shard-00002.npz"}
    for name in ("tokens", "words", "sentences", "documents"):
        assert getattr(resumed.train, name).tolist() == getattr(whole.train, name).tolist()
    assert resumed.facts.tokens == whole.facts.tokens
    assert not list(folder.glob("shard-*"))
    assert not list(folder.glob(".partial-*"))


def test_a_file_of_the_corpus_that_is_cut_short_is_made_again(
    path: Path, wordpiece: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    first = build(path, wordpiece, tmp_path / "c")
    expected = first.train.tokens.tolist()
    file = first.folder / "train.tokens.npy"
    file.write_bytes(file.read_bytes()[:-10])
    assert build(path, wordpiece, tmp_path / "c").train.tokens.tolist() == expected


@pytest.mark.usefixtures("small_shards")
def test_the_size_of_shards_does_not_show(
    path: Path, wordpiece: PreTrainedTokenizerFast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = build(path, wordpiece, tmp_path / "many")
    monkeypatch.setattr(shards, "CHARACTERS", 10**9)
    one = build(path, wordpiece, tmp_path / "one")
    for file in sorted(many.folder.glob("*.npy")):
        assert file.read_bytes() == (one.folder / file.name).read_bytes(), file.name


@pytest.mark.usefixtures("small_shards")
def test_a_parallel_corpus_keeps_translations_beside_their_texts(
    write: Write, tokenizer: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    rows = [(text, f"Das Schiff {number}. Kalt.") for number, text in enumerate(TEXTS)]
    rows[4] = (rows[4][0], "\x01")
    path = write("a.jsonl", "".join(json.dumps({"text": one, "de": two}) + "\n" for one, two in rows))
    corpus = build(path, tokenizer, tmp_path / "c", pair_column="de", text_column=("text",), validation_share=0.2)
    assert corpus.validation is not None
    ids = {
        tuple(tokenizer(one, add_special_tokens=False)["input_ids"]): tokenizer(two, add_special_tokens=False)[
            "input_ids"
        ]
        for one, two in rows
    }
    seen = 0
    for split in (corpus.train, corpus.validation):
        assert split.pair is not None
        pairs = zip(texts_of(split, tokenizer), texts_of(split.pair, tokenizer), strict=True)
        for one, two in pairs:
            assert ids[tuple(one)] == two
            seen += 1
    empty = int(not ids[tuple(tokenizer(rows[4][0], add_special_tokens=False)["input_ids"])])
    assert corpus.facts.empty == empty
    assert corpus.facts.documents == seen == 60 - empty
    assert corpus.facts.train_pair is not None
    assert corpus.facts.tokens > corpus.facts.train.tokens + corpus.facts.train_pair.tokens


def test_no_validation_is_asked_for(path: Path, wordpiece: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    corpus = build(path, wordpiece, tmp_path / "c", validation_share=0.0)
    assert corpus.validation is None
    assert corpus.facts.train.documents == 60


def test_a_split_of_the_source_is_kept(write: Write, wordpiece: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    for name in ("train", "valid", "test"):
        write(f"d/{name}.txt", f"The {name} ship.")
    corpus = build(tmp_path / "d", wordpiece, tmp_path / "c")
    assert corpus.validation is not None
    assert wordpiece.decode(corpus.train.tokens).split()[1].startswith("t")
    assert (corpus.facts.train.documents, corpus.facts.validation) != (2, None)
    assert corpus.facts.left_out == (str(tmp_path / "d" / "test.txt"),)


def test_text_of_which_no_token_is_made(write: Write, wordpiece: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    path = write("a.txt", "\x01\x02\n\n\x03\x04\n\n\x05")
    with pytest.raises(DataError, match=r"without tokens|not text"):
        build(path, wordpiece, tmp_path / "c")


def test_progress_ends_with_all_of_it(path: Path, wordpiece: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    told: list[tuple[str, Mapping[str, Any]]] = []
    corpus = build(path, wordpiece, tmp_path / "c", listen=lambda kind, fields: told.append((kind, fields)))
    assert [fields["what"] for kind, fields in told if kind == "stage"] == [
        "reading the corpus",
        "tokenizing the corpus",
    ]
    last = [fields for kind, fields in told if kind == "progress"][-1]
    assert last["done"] == last["total"] == corpus.facts.characters


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no flock")
def test_of_two_processes_one_builds_and_the_other_waits(
    path: Path, wordpiece: PreTrainedTokenizerFast, tmp_path: Path
) -> None:
    import fcntl

    first = build(path, wordpiece, tmp_path / "c")
    (first.folder / "corpus.json").unlink()
    told: list[str] = []
    again = Thread(target=build, args=(path, wordpiece, tmp_path / "c"), kwargs={"listen": lambda *_: told.append("")})
    with (first.folder / ".lock").open("wb") as lock:
        fcntl.flock(lock.fileno(), fcntl.LOCK_EX)
        again.start()
        again.join(timeout=0.5)
        assert again.is_alive()
        assert not told
    again.join(timeout=60)
    assert not again.is_alive()
    assert (first.folder / "corpus.json").exists()


def test_a_full_disk_is_said_in_two_lines(
    path: Path, wordpiece: PreTrainedTokenizerFast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(DataError, match="the disk is full") as caught:
        build(path, wordpiece, tmp_path / "c")
    assert len(str(caught.value).splitlines()) == 2
    (folder,) = (tmp_path / "c").iterdir()
    assert [entry.name for entry in folder.iterdir()] == [".lock"]


@pytest.mark.usefixtures("small_shards")
def test_threads_and_hash_seeds_do_not_show(path: Path, wordpiece: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    here = build(path, wordpiece, tmp_path / "here")
    wordpiece.save_pretrained(str(tmp_path / "tokenizer"))
    code = (
        "import sys; from pathlib import Path; from transformers import AutoTokenizer;"
        "from accent.config.corpus import CorpusConfig; from accent.data.corpus import build_corpus;"
        "tokenizer = AutoTokenizer.from_pretrained(sys.argv[1]); config = CorpusConfig(sources=(sys.argv[2],));"
        "print(build_corpus(config, tokenizer, folder=Path(sys.argv[3]), seed=0).folder)"
    )
    arguments = [str(tmp_path / "tokenizer"), str(path), str(tmp_path / "there")]
    environment = {
        "PYTHONHASHSEED": "7",
        "TOKENIZERS_PARALLELISM": "true",
        "HF_HUB_OFFLINE": "1",
        "HOME": str(tmp_path),
    }
    there = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True, env=environment
    )
    folder = Path(there.stdout.strip())
    assert folder.name == here.fingerprint
    for file in sorted(here.folder.glob("*.npy")):
        assert file.read_bytes() == (folder / file.name).read_bytes(), file.name
