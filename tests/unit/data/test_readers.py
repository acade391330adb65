"""Every format in every compression gives the same rows; broken files are named with their line."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from accent.config.data import DataConfig
from accent.data.readers import READERS
from accent.data.reading import Rows, read_file
from accent.data.sources import SourceFile
from accent.errors import DataError

Write = Callable[[str, str | bytes], Path]

TEXTS = ["a fine day", "grüße, Welt", 'she said "no"', "one more"]
LABELS = ["good", "good", "bad", "bad"]


def read(path: Path, **config: object) -> Rows:
    return read_file(SourceFile(path=path, name=str(path)), DataConfig(source=str(path), **config))  # type: ignore[arg-type]


def records(rows: Rows) -> list[dict[str, object]]:
    return [row for batch in rows.table.batches() for row in batch.to_pylist()]


def arrow_table() -> pa.Table:
    return pa.table({"text": TEXTS, "label": LABELS})


def parquet_bytes() -> bytes:
    sink = io.BytesIO()
    pq.write_table(arrow_table(), sink)
    return sink.getvalue()


def arrow_bytes(*, stream: bool) -> bytes:
    sink = io.BytesIO()
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(sink, arrow_table().schema) as writer:
        writer.write_table(arrow_table())
    return sink.getvalue()


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


PAIRS = list(zip(TEXTS, LABELS, strict=True))
FILES: dict[str, tuple[str, bytes, int]] = {
    "csv": ("csv", ("text,label\r\n" + "".join(f"{quoted(t)},{n}\r\n" for t, n in PAIRS)).encode(), 2),
    "semicolons": ("csv", ("text;label\n" + "".join(f"{quoted(t)};{n}\n" for t, n in PAIRS)).encode(), 2),
    "tsv": ("tsv", ("text\tlabel\n" + "".join(f"{t}\t{n}\n" for t, n in PAIRS)).encode(), 2),
    "bom": ("tsv", ("\ufefftext\tlabel\r\n" + "".join(f"{t}\t{n}\r\n" for t, n in PAIRS)).encode(), 2),
    "jsonl": ("jsonl", "".join(json.dumps({"text": t, "label": n}) + "\n" for t, n in PAIRS).encode(), 1),
    "json": ("json", json.dumps([{"text": t, "label": n} for t, n in PAIRS], indent=1).encode(), 1),
    "json-data": ("json", json.dumps({"v": 1, "data": [{"text": t, "label": n} for t, n in PAIRS]}).encode(), 1),
    "json-columns": ("json", json.dumps({"text": TEXTS, "label": LABELS}).encode(), 1),
    "json-lines": ("json", "".join(json.dumps({"text": t, "label": n}) + "\n" for t, n in PAIRS).encode(), 1),
    "parquet": ("parquet", parquet_bytes(), 1),
    "arrow": ("arrow", arrow_bytes(stream=False), 1),
    "arrow-stream": ("arrow", arrow_bytes(stream=True), 1),
    "utf-16": ("csv", ("text,label\n" + "".join(f"{quoted(t)},{n}\n" for t, n in PAIRS)).encode("utf-16"), 2),
}


@pytest.mark.parametrize("compression", ["", ".gz", ".xz", ".zst"])
@pytest.mark.parametrize("kind", FILES)
def test_every_format_and_compression_gives_the_same_rows(write: Write, kind: str, compression: str) -> None:
    suffix, content, first_line = FILES[kind]
    rows = records(read(write(f"data.{suffix}{compression}", content)))
    assert [(row["text"], row["label"]) for row in rows] == PAIRS
    assert [row["origin_line"] for row in rows] == list(range(first_line, first_line + 4))


@pytest.mark.parametrize("compression", ["", ".gz", ".xz", ".zst"])
def test_text_keeps_every_line_also_empty_ones(write: Write, compression: str) -> None:
    rows = records(read(write(f"lines.txt{compression}", "one\n\n  two \nthree")))
    assert [row["text"] for row in rows] == ["one", "", "  two ", "three"]
    assert [row["origin_line"] for row in rows] == [1, 2, 3, 4]


@pytest.mark.parametrize("compression", ["", ".gz", ".xz", ".zst"])
def test_conll_reads_sentences(write: Write, compression: str) -> None:
    content = "-DOCSTART- O\n\nEU\tB-ORG\nsaid\tO\n\t\n# \tO\nParis\tB-LOC\n"
    rows = records(read(write(f"ner.conll{compression}", content)))
    assert rows == [
        {"tokens": ["EU", "said"], "tags": ["B-ORG", "O"], "origin_line": 3},
        {"tokens": ["# ", "Paris"], "tags": ["O", "B-LOC"], "origin_line": 6},
    ]


@pytest.mark.parametrize("compression", ["", ".gz", ".xz", ".zst"])
def test_conllu_reads_words_and_upos_without_ranges(write: Write, compression: str) -> None:
    def word(number: str, form: str, upos: str) -> str:
        return "\t".join([number, form, "_", upos, "_", "_", "_", "_", "_", "_"]) + "\n"

    content = "# text = can't go\n" + word("1-2", "can't", "_") + word("1", "ca", "AUX") + word("2", "n't", "PART")
    content += word("2.1", "x", "X") + word("3", "go", "VERB") + "\n" + word("1", "Yes", "INTJ") + "\n"
    rows = records(read(write(f"ud.conllu{compression}", content)))
    assert rows == [
        {"tokens": ["ca", "n't", "go"], "tags": ["AUX", "PART", "VERB"], "text": "can't go", "origin_line": 2},
        {"tokens": ["Yes"], "tags": ["INTJ"], "text": "Yes", "origin_line": 8},
    ]


@pytest.mark.parametrize("compression", ["", ".gz", ".xz", ".zst"])
def test_squad_is_recognised_and_read_by_question(write: Write, compression: str) -> None:
    question = {"id": "q1", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 4}]}
    open_question = {"id": "q2", "question": "Why?"}
    paragraph = {"context": "It, Ada", "qas": [question, open_question]}
    content = json.dumps({"version": "2.0", "data": [{"title": "T", "paragraphs": [paragraph]}]})
    rows = records(read(write(f"squad.json{compression}", content)))
    assert rows[0]["answers"] == [{"text": "Ada", "start": 4}]
    assert [(row["id"], row["title"], row["context"], row["question"]) for row in rows] == [
        ("q1", "T", "It, Ada", "Who?"),
        ("q2", "T", "It, Ada", "Why?"),
    ]
    assert rows[1]["answers"] == []


def test_table_names_every_format_of_the_configuration() -> None:
    assert set(READERS) == {
        "csv", "tsv", "json", "jsonl", "parquet", "arrow", "text", "conll", "conllu", "squad"
    }  # fmt: skip


def test_quoted_cells_may_hold_line_ends_and_origin_is_the_physical_line(write: Write) -> None:
    path = write("cells.csv", 'text,label\n"two\nlines",a\n\nplain,b\n"x, y",a\n')
    rows = records(read(path))
    assert [(row["text"], row["origin_line"]) for row in rows] == [("two\nlines", 2), ("plain", 5), ("x, y", 6)]


def test_a_cell_longer_than_csvs_own_limit_is_read(write: Write) -> None:
    long = "word " * 60_000
    rows = records(read(write("long.csv", f'text,label\n"{long}",a\nshort,b\n')))
    assert rows[0]["text"] == long


def test_numbers_of_json_stay_as_they_are_written(write: Write) -> None:
    lines = '{"text": "a", "label": 1.0}\n{"text": "b", "label": 12345678901234567890}\n{"text": "c", "label": true}\n'
    rows = records(read(write("n.jsonl", lines + '{"text": "d", "label": null}\n')))
    assert [row["label"] for row in rows] == ["1.0", "12345678901234567890", "true", None]


def test_json_keys_that_come_late_are_columns_too(write: Write) -> None:
    lines = "".join(json.dumps({"text": f"t{number}"}) + "\n" for number in range(11_000))
    rows = read(write("late.jsonl", lines + '{"text": "last", "label": "x"}\n'))
    assert list(rows.columns) == ["text", "label", "origin_line"]
    assert records(rows)[-1] == {"text": "last", "label": "x", "origin_line": 11_001}


def test_json_lists_stay_lists_and_objects_become_json(write: Write) -> None:
    rows = records(read(write("l.jsonl", '{"tokens": ["a", 1], "meta": {"k": [1]}}\n{"tokens": [], "meta": null}\n')))
    assert rows[0]["tokens"] == ["a", "1"]
    assert json.loads(str(rows[0]["meta"])) == {"k": ["1"]}
    assert rows[1] == {"tokens": [], "meta": None, "origin_line": 2}


def test_a_long_json_list_is_read_across_the_edges_of_its_pieces(write: Write) -> None:
    values = [{"text": "x" * (number % 977), "n": number} for number in range(3000)]
    rows = records(read(write("big.json", json.dumps(values))))
    assert [(row["text"], row["n"]) for row in rows] == [(value["text"], str(value["n"])) for value in values]


def test_class_names_in_a_parquet_file_are_the_labels(tmp_path: Path) -> None:
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])})
    data = datasets.Dataset.from_dict({"text": ["a", "b", "c"], "label": [1, 0, -1]}, features=features)
    data.to_parquet(str(tmp_path / "d.parquet"))
    assert [row["label"] for row in records(read(tmp_path / "d.parquet"))] == ["yes", "no", None]


def test_typed_columns_become_strings(tmp_path: Path) -> None:
    table = pa.table(
        {
            "n": pa.array([1, None]),
            "flag": pa.array([True, False]),
            "kind": pa.array(["x", "y"]).dictionary_encode(),
            "tags": pa.array([[1, 2], []]),
            "meta": pa.array([{"a": 1}, None]),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    first, second = records(read(tmp_path / "t.parquet"))
    assert first == {
        "n": "1", "flag": "true", "kind": "x", "tags": ["1", "2"], "meta": '{"a": 1}', "origin_line": 1
    }  # fmt: skip
    assert (second["n"], second["flag"], second["tags"], second["meta"]) == (None, "false", [], None)


def test_the_last_column_takes_the_rest_of_a_line_between_spaces(write: Write) -> None:
    path = write("q.csv", 'DESC How "did" it, go ?\nENTY What is it ?\n')
    rows = records(read(path, format="csv", delimiter=" ", columns=("label", "text")))
    assert [(row["label"], row["text"]) for row in rows] == [
        ("DESC", 'How "did" it, go ?'),
        ("ENTY", "What is it ?"),
    ]


def test_label_space_text_is_recognised_and_said(write: Write) -> None:
    path = write("t.txt", "".join(f"{number % 3} text number {number}\n" for number in range(60)))
    rows = read(path)
    assert records(rows)[4] == {"label": "1", "text": "text number 4", "origin_line": 5}
    assert any("label SPACE text" in note for note in rows.notes)
    assert list(read(path, format="text").columns) == ["text", "origin_line"]


def test_prose_is_no_label_space_text(write: Write) -> None:
    path = write("prose.txt", "".join(f"word{number} goes on\n" for number in range(60)))
    assert list(read(path).columns) == ["text", "origin_line"]


def test_format_of_an_unknown_suffix_is_inferred_from_the_first_bytes(write: Write) -> None:
    assert records(read(write("a.pos", "fine\ngood\n")))[1]["text"] == "good"
    assert list(read(write("a.dat", "x y z\ta\nx y w\tb\n"), header="none").columns)[:2] == ["column_1", "column_2"]
    assert records(read(write("b.dat", parquet_bytes())))[0]["label"] == "good"


BROKEN: dict[str, tuple[str, str, str, str]] = {
    "uneven": ("b.csv", "text,label\na,x\nb\nc,y\n", "b.csv:3", "1 cell, where the first row has 2"),
    "uneven tsv": ("b.tsv", "text\tlabel\na\tx\tz\n", "b.tsv:2", "3 cells, where the first row has 2"),
    "open quote": ("b.csv", 'text,label\na,x\n"b,y\nc,x\n', "b.csv:3", "a quote opens and never closes"),
    "text after quote": ("b.csv", 'text,label\na,x\n"b"c,y\n', "b.csv:3", "text follows a closing quote"),
    "twice": ("b.csv", "text,text\na,x\n", "text, text", "two columns are called 'text'"),
    "jsonl": ("b.jsonl", '{"text": "a"}\n\n{"text": \n', "b.jsonl:3", "not JSON"),
    "json": ("b.json", '[{"text": "a"}, {"text": ]', "b.json", "record 2 does not end"),
    "json object": ("b.json", '{"a": 1}', "b.json", "no list of rows among the keys a"),
    "json syntax": ("b.json", '{"a": 1,, }', "b.json", "at line 1"),
    "conll": ("b.conll", "EU\tO\nsaid\n", "b.conll:2", "a token without a tag"),
    "conllu": ("b.conllu", "# x\n1\tEU\n", "b.conllu:2", "2 columns, where CoNLL-U has 10"),
    "parquet": ("b.parquet", "not parquet at all", "b.parquet", "unreadable bytes"),
    "arrow": ("b.arrow", "not arrow at all", "b.arrow", "unreadable bytes"),
    "nothing": ("b.csv", "", "b.csv", "empty file"),
    "nothing packed": ("b.csv.gz", "", "b.csv.gz", "empty file"),
    "header alone": ("b.csv", "text,label\n", "b.csv", "empty file: it has no rows"),
    "blank": ("b.tsv", "\n\n", "b.tsv", "empty file: it has no rows"),
    "empty list": ("b.json", "[]", "b.json", "empty file: it has no rows"),
    "empty lines": ("b.jsonl", "\n\n", "b.jsonl", "empty file: it has no rows"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_named_with_the_place_in_two_lines(write: Write, case: str) -> None:
    name, content, place, words = BROKEN[case]
    path = write(name, content)
    with pytest.raises(DataError) as caught:
        read(path)
    assert words in caught.value.what
    assert str(caught.value.where).endswith(place)
    assert len(str(caught.value).splitlines()) == 2


def test_squad_asked_for_but_not_there(write: Write) -> None:
    with pytest.raises(DataError, match="not SQuAD's JSON"):
        read(write("s.json", '{"data": [{"title": "x"}]}'), format="squad")


def test_a_broken_file_leaves_nothing_in_the_cache(write: Write, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        read(write("b.csv", "text,label\na,x\nb\n"))
    assert list((tmp_path / "cache" / "data").iterdir()) == []
