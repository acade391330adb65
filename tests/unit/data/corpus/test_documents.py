"""Documents from files of every kind, with their origin, and what is wrong with a file in two lines."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from accent.config.corpus import CorpusConfig
from accent.data.builtin import BUILTIN_DATA
from accent.data.corpus import Document, Texts, read_documents
from accent.errors import DataError

Write = Callable[[str, str | bytes], Path]
ROWS = [("a dog", "ein Hund"), ("a cat", "eine Katze")]


def read(*sources: object, **config: object) -> list[Document]:
    return list(read_documents(CorpusConfig(sources=tuple(map(str, sources)), **config)))  # type: ignore[arg-type]


def parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": [row[0] for row in ROWS], "de": [row[1] for row in ROWS]}), sink)
    return sink.getvalue()


def arrow() -> bytes:
    sink = io.BytesIO()
    table = pa.table({"text": [row[0] for row in ROWS], "de": [row[1] for row in ROWS]})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


TABLES: dict[str, tuple[str | bytes, int]] = {
    "a.jsonl": ("".join(json.dumps({"text": one, "de": two}) + "\n" for one, two in ROWS), 1),
    "a.jsonl.zst": ("".join(json.dumps({"text": one, "de": two}) + "\n" for one, two in ROWS), 1),
    "a.tsv.xz": ("text\tde\n" + "".join(f"{one}\t{two}\n" for one, two in ROWS), 2),
    "a.parquet": (parquet(), 1),
    "a.arrow.gz": (arrow(), 1),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_row_of_a_table_is_a_document(write: Write, name: str) -> None:
    content, first = TABLES[name]
    path = write(name, content)
    found = read(path)
    assert [document.text for document in found] == ["a dog", "a cat"]
    assert [document.line for document in found] == [first, first + 1]
    assert {document.file for document in found} == {str(path)}
    assert {document.pair for document in found} == {None}
    assert [document.text for document in read(path, text_column=("de",))] == ["ein Hund", "eine Katze"]


def test_two_columns_are_a_parallel_corpus(write: Write) -> None:
    path = write("a.jsonl", TABLES["a.jsonl"][0] + '{"text": "alone", "de": ""}\n')
    found = read(path, pair_column="de")
    assert [(document.text, document.pair) for document in found] == ROWS


def test_two_files_are_a_parallel_corpus(write: Write) -> None:
    one, other = write("a.en.gz", "a dog\na cat\n"), write("a.de.gz", "ein Hund\neine Katze\n")
    found = read(one, pair_sources=(str(other),))
    assert [(document.text, document.pair, document.line) for document in found] == [
        (*ROWS[0], 1),
        (*ROWS[1], 2),
    ]
    assert list(Texts(CorpusConfig(sources=(str(one),), pair_sources=(str(other),)))) == [
        "a dog", "ein Hund", "a cat", "eine Katze",
    ]  # fmt: skip


def test_several_columns_are_joined_and_empty_cells_left_out(write: Write) -> None:
    path = write("a.jsonl", '{"title": "T", "body": "B b."}\n{"title": "", "body": "C"}\n{"title": "", "body": " "}\n')
    assert [document.text for document in read(path, text_column=("title", "body"))] == ["T\nB b.", "C"]


def test_text_has_documents_between_blank_lines(write: Write) -> None:
    path = write("a.txt", "label one\nlabel two\n\nlast\n")
    assert [(document.text, document.line) for document in read(path)] == [("label one\nlabel two", 1), ("last", 4)]
    assert len(read(path, documents="line")) == 3
    assert len(read(path, documents="file")) == 1


def test_plain_text_is_never_taken_for_labels(write: Write) -> None:
    path = write("a.txt", "".join(f"{('yes', 'no')[number % 2]} line {number}\n" for number in range(40)))
    assert read(path, documents="line")[0].text == "yes line 0"


def test_training_comes_first_and_test_is_left_out(write: Write, tmp_path: Path) -> None:
    for name in ("valid", "train", "test"):
        write(f"d/{name}.txt", name)
    found = read(tmp_path / "d")
    assert [(document.text, document.split) for document in found] == [("train", "train"), ("valid", "validation")]


def test_the_limit_is_one_of_each_split(write: Write, tmp_path: Path) -> None:
    for name in ("train", "valid"):
        write(f"d/{name}.txt", f"{name} 1\n\n{name} 2\n\n{name} 3\n")
    assert [document.text for document in read(tmp_path / "d", limit=2)] == ["train 1", "train 2", "valid 1", "valid 2"]


@pytest.mark.parametrize("name", BUILTIN_DATA)
def test_built_in_sets_have_texts(name: str) -> None:
    columns = ("prompt", "completion") if name == "captions" else ()
    found = read(f"builtin:{name}", text_column=columns)
    assert len(found) > 100
    assert {document.split for document in found} == {"train", "validation"}
    assert all(document.text.strip() for document in found)


def test_a_saved_data_set_is_a_corpus(tmp_path: Path) -> None:
    rows = datasets.DatasetDict({name: datasets.Dataset.from_dict({"text": [name]}) for name in ("test", "train")})
    rows.save_to_disk(str(tmp_path / "set"))
    assert [document.text for document in read(tmp_path / "set")] == ["train"]
    assert [document.text for document in read(tmp_path / "set" / "test")] == ["test"]


def test_undecodable_bytes_are_named_with_their_line(write: Write) -> None:
    path = write("a.txt", b"good\n" + "caf\u00e9\n".encode() * 3 + b"b\xffd\n")
    with pytest.raises(DataError, match="not UTF-8") as caught:
        read(path)
    assert caught.value.where == f"{path}:5"
    assert len(str(caught.value).splitlines()) == 2


def test_latin_1_is_found_or_said(write: Write) -> None:
    path = write("a.txt", "na\u00efve caf\u00e9\n".encode("latin-1"))
    assert read(path)[0].text == "na\u00efve caf\u00e9"
    assert read(path, encoding="latin-1")[0].text == "na\u00efve caf\u00e9"


def test_a_missing_column_is_named_with_the_nearest(write: Write) -> None:
    path = write("a.jsonl", TABLES["a.jsonl"][0])
    with pytest.raises(DataError) as caught:
        read(path, text_column=("texts",))
    assert str(caught.value) == f"no column 'texts' ({path})\nDid you mean 'text'? The columns are: text, de."
    with pytest.raises(DataError, match="no column 'fr'"):
        read(path, pair_column="fr")


def test_a_column_of_lists_is_no_text(write: Write) -> None:
    path = write("a.jsonl", '{"text": "a", "words": ["a"]}\n')
    with pytest.raises(DataError, match="'words' holds lists"):
        read(path, text_column=("words",))


@pytest.mark.parametrize("content", ["", "\n \n\n"])
def test_a_corpus_without_text(write: Write, content: str) -> None:
    path = write("a.txt", content)
    with pytest.raises(DataError, match="a corpus without text") as caught:
        read(path)
    assert str(path) in str(caught.value.where)
    assert len(str(caught.value).splitlines()) == 2


def test_an_empty_file_among_others_is_nothing(write: Write, tmp_path: Path) -> None:
    write("d/a.txt", "")
    write("d/b.txt.gz", "text")
    assert [document.text for document in read(tmp_path / "d")] == ["text"]


def test_nothing_but_validation_text_is_refused(write: Write, tmp_path: Path) -> None:
    write("d/train.txt", "")
    write("d/valid.txt", "text")
    write("d/test.txt", "text")
    with pytest.raises(DataError, match="without text to train on") as caught:
        read(tmp_path / "d")
    assert "test.txt" in str(caught.value.where)
