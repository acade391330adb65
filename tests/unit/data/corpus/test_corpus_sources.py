"""Which files a corpus is made of, and which of them may be learned from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from accent.config.corpus import CorpusConfig
from accent.data.corpus.sources import CorpusSource, find_corpus
from accent.data.sources import HubSource
from accent.errors import ConfigError, DataError

Write = Callable[[str, str | bytes], Path]


def find(*sources: object, **config: object) -> tuple[CorpusSource, ...]:
    return find_corpus(CorpusConfig(sources=tuple(map(str, sources)), **config))  # type: ignore[arg-type]


def names(found: tuple[CorpusSource, ...], folder: Path) -> list[tuple[str, str]]:
    return [(str(source.file.path.relative_to(folder)), source.split) for source in found if source.file is not None]


def test_a_folder_is_read_to_its_depths_in_the_order_of_paths(write: Write, tmp_path: Path) -> None:
    for name in (
        "d/b.txt",
        "d/a/z.txt.xz",
        "d/a/c.jsonl.gz",
        "d/.hidden.txt",
        "d/.git/x.txt",
        "d/README.md",
        "d/x.png",
    ):
        write(name, "text")
    assert names(find(tmp_path / "d"), tmp_path) == [
        ("d/a/c.jsonl.gz", "all"),
        ("d/a/z.txt.xz", "all"),
        ("d/b.txt", "all"),
    ]


def test_files_called_train_valid_and_test_keep_their_parts(write: Write, tmp_path: Path) -> None:
    for name in ("train-00000-of-00002.txt", "train-00001-of-00002.txt", "valid.txt", "test.txt.gz", "other.txt"):
        write(f"d/{name}", "text")
    assert names(find(tmp_path / "d"), tmp_path / "d") == [
        ("other.txt", "all"),
        ("test.txt.gz", "test"),
        ("train-00000-of-00002.txt", "train"),
        ("train-00001-of-00002.txt", "train"),
        ("valid.txt", "validation"),
    ]


def test_folders_called_train_and_test_hold_what_they_say(write: Write, tmp_path: Path) -> None:
    for name in ("train/pos/test.txt", "test/pos/train.txt", "test/a.txt", "dev/b.txt", "emma/valid.txt"):
        write(f"d/{name}", "text")
    assert names(find(tmp_path / "d"), tmp_path / "d") == [
        ("dev/b.txt", "validation"),
        ("emma/valid.txt", "all"),
        ("test/a.txt", "test"),
        ("test/pos/train.txt", "test"),
        ("train/pos/test.txt", "train"),
    ]


def test_a_book_called_test_is_a_book(write: Write, tmp_path: Path) -> None:
    write("d/test.txt", "text")
    write("d/emma.txt", "text")
    assert names(find(tmp_path / "d"), tmp_path / "d") == [("emma.txt", "all"), ("test.txt", "all")]


def test_a_file_or_a_pattern_that_names_a_test_file_is_taken_at_its_word(write: Write, tmp_path: Path) -> None:
    write("d/train.txt", "text")
    path = write("d/test.txt", "text")
    assert names(find(path), tmp_path) == [("d/test.txt", "all")]
    assert names(find(tmp_path / "d" / "t*.txt"), tmp_path) == [("d/test.txt", "all"), ("d/train.txt", "all")]


def test_a_file_that_two_sources_name_is_read_once(write: Write, tmp_path: Path) -> None:
    path = write("d/a.txt", "text")
    write("d/b.txt", "text")
    assert names(find(path, tmp_path / "d", tmp_path / "d" / "*"), tmp_path) == [("d/a.txt", "all"), ("d/b.txt", "all")]


def test_built_in_sets_and_hub_names() -> None:
    assert [source.split for source in find("builtin:reviews")] == ["train", "validation", "test"]
    assert find("some/corpus:en") == (CorpusSource(split="all", hub=HubSource(name="some/corpus", configuration="en")),)


@pytest.mark.parametrize(
    ("source", "what"),
    [("no*.txt", "no file has a name like it"), ("empty", "a folder without text"), ("gone.txt", "no such file")],
)
def test_what_is_not_there(write: Write, tmp_path: Path, source: str, what: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=what) as caught:
        find(tmp_path / source)
    assert len(str(caught.value).splitlines()) == 2
    assert str(tmp_path / source) in str(caught.value)


def test_each_file_has_its_translation(write: Write) -> None:
    one, other = write("a.en.gz", "a\n"), write("a.de.gz", "b\n")
    found = find(one, pair_sources=(str(other),))
    assert [source.pair.path for source in found if source.pair is not None] == [other]
    with pytest.raises(ConfigError, match="1 files of text and 2 of translations"):
        find(one, pair_sources=(str(other), str(one)))
    with pytest.raises(ConfigError, match="pair_sources go with plain text"):
        find(write("a.jsonl", '{"text": "a"}\n'), pair_sources=(str(other),))
