"""Copies behind the training rows: what they keep, what they are a function of, and what the audit sees of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.unit.data.augment.test_augmenters import FakeLexicon

from accent.config import AugmentConfig, DataConfig, TaskName
from accent.data import LoadedData, audit, augment, load
from accent.data.audit.reading import read_table
from accent.data.augment import run as room
from accent.data.augment.run import Augmented
from accent.data.schema import AUGMENTED_BY

Write = Callable[[str, str | bytes], Path]

TRAIN = [f"the good film number {number} was kept by people of town {number * 7}" for number in range(25)]
TEST = [f"an odd chair of wood with {number} legs stood there all {number * 3} days" for number in range(5)]


@pytest.fixture
def data(write: Write) -> LoadedData:
    def table(texts: Sequence[str]) -> str:
        rows = [f"{text}\t{'ab'[at % 2]}\tg{at // 5}\n" for at, text in enumerate(texts)]
        return "text\tlabel\twho\n" + "".join(rows)

    write("set/train.tsv", table(TRAIN))
    write("set/validation.tsv", table(TEST[:2]))
    folder = write("set/test.tsv", table(TEST[2:])).parent
    return load(DataConfig(source=str(folder), group_column="who"), seed=0)


def augmented(data: LoadedData, *names: Any, seed: int = 1, **settings: Any) -> Augmented:
    config = AugmentConfig(augment=names, **settings)
    return augment(data, config, lexicon=FakeLexicon(), seed=seed, audit_seed=0)


def copies(found: Augmented) -> list[dict[str, Any]]:
    return [row for row in found.data.splits["train"].to_list() if row.get(AUGMENTED_BY)]


def test_copies_stand_behind_the_rows_and_keep_label_group_and_origin(data: LoadedData) -> None:
    found = augmented(data, "swap", "synonyms", augment_copies=2)
    train = found.data.splits["train"].to_list()
    assert [{**row, AUGMENTED_BY: None} for row in data.splits["train"].to_list()] == train[:25]
    assert [row[AUGMENTED_BY] for row in copies(found)] == ["swap"] * 50 + ["synonyms"] * found.added["synonyms"]
    by_line = {row["origin_line"]: row for row in data.splits["train"].to_list()}
    for row in copies(found):
        given = by_line[row["origin_line"]]
        assert row["text"] != given["text"]
        assert f"number {given['origin_line'] - 2}" in row["text"] or row[AUGMENTED_BY] == "swap"
        assert {name: row[name] for name in ("label", "group", "origin_file")} == {
            name: given[name] for name in ("label", "group", "origin_file")
        }
    assert found.to_json()["added"] == {"swap": 50, "synonyms": found.added["synonyms"]}
    assert sum(found.added.values()) + sum(found.left_out.values()) == 25 * 2 * 2


def test_only_training_rows_change_and_the_fingerprint_stays(data: LoadedData) -> None:
    found = augmented(data, "delete").data
    for split in ("validation", "test"):
        assert found.splits[split].to_list() == data.splits[split].to_list()
    assert found.fingerprint == data.fingerprint


def test_a_copy_is_a_function_of_seed_row_and_number(data: LoadedData, monkeypatch: pytest.MonkeyPatch) -> None:
    first = copies(augmented(data, "swap", augment_copies=2))
    assert {row["text"] for row in first[:25]}.isdisjoint(row["text"] for row in first[25:])
    assert [row["text"] for row in copies(augmented(data, "swap", seed=2))] != [row["text"] for row in first[:25]]
    monkeypatch.setattr(room, "BATCH", 4)
    monkeypatch.setattr(room, "find", lambda key: None)
    again = copies(augmented(data, "delete", "swap", augment_copies=2))
    assert [row for row in again if row[AUGMENTED_BY] == "swap"] == first


def test_stored_copies_are_read_and_not_made_again(data: LoadedData, monkeypatch: pytest.MonkeyPatch) -> None:
    found = augmented(data, "swap")
    monkeypatch.setattr(room, "store", None)
    assert copies(augmented(data, "swap")) == copies(found)
    with pytest.raises(TypeError):
        augmented(data, "swap", augment_share=0.2)


def test_without_a_change_nothing_is_read(data: LoadedData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "find", None)
    assert augmented(data).data is data


def test_the_share_says_how_many_words_change(data: LoadedData) -> None:
    given = data.splits["train"]["text"]
    for share, changed in ((0.01, 1), (0.25, 3)):
        for row in copies(augmented(data, "delete", augment_share=share)):
            assert len(row["text"].split()) == len(given[row["origin_line"] - 2].split()) - changed


def test_what_cannot_change_repeats_or_leaks_is_left_out_and_counted(write: Write) -> None:
    write("set/train.csv", 'text,label\none,a\ntwo words,b\nwords two,a\n"left right, end",b\n')
    folder = write("set/test.csv", "text,label\nright left end,a\nx y z,b\n").parent
    data = load(DataConfig(source=str(folder)), seed=0)
    found = augmented(data, "swap", augment_copies=30)
    texts = {row["text"] for row in copies(found)}
    assert texts == {"left end, right", "end right, left"}  # and right left, end would leak
    assert found.left_out["unchanged"] == 30
    assert found.left_out["repeated"] == 60 + 30 - found.left_out["leaking"] - 2
    assert found.left_out["leaking"] > 0
    assert not [one for one in audit(found.data).findings if one.kind in ("leaks", "duplicates", "conflicts")]


def test_of_a_pair_both_texts_change(write: Write) -> None:
    rows = [f"who is number {n} of them\tthat is number {n} of all\t{'ab'[n % 2]}" for n in range(30)]
    source = write("pairs.tsv", "first\tsecond\tlabel\n" + "\n".join(rows) + "\n")
    data = load(DataConfig(source=str(source), text_column=("first", "second")), seed=0)
    given = {row["origin_line"]: row for row in data.splits["train"].to_list()}
    made = copies(augmented(data, "swap"))
    assert len(made) == len(given)
    for row in made:
        for name in ("text", "text_pair"):
            assert row[name] != given[row["origin_line"]][name]
            assert sorted(row[name].split()) == sorted(given[row["origin_line"]][name].split())


@pytest.mark.parametrize("name", ["swap", "delete", "synonyms", "masked", "backoff"])
def test_tags_are_those_of_their_words(write: Write, name: str) -> None:
    sentences = [
        f"Ada{n}\tB-PER\nByron\tI-PER\nsaw\tO\nthe\tO\nfilm\tO\nof\tO\nTown{n}\tB-LOC\n.\tO\n" for n in range(20)
    ]
    data = load(DataConfig(source=str(write("rows.conll", "\n".join(sentences)))), task="tagging", seed=0)
    made = copies(augmented(data, name))
    assert made
    types = {"Ada": "B-PER", "Byron": "I-PER", "Town": "B-LOC"}
    for row in made:
        label = row["label"]
        words = [row["text"][start:end] for start, end in zip(label["starts"], label["ends"], strict=True)]
        for word, tag in zip(words, label["tags"], strict=True):
            assert tag == types.get(word.removeprefix("G").rstrip("0123456789"), "O")
    assert not [one for one in audit(augmented(data, name).data).findings if one.kind == "stray-tags"]


def test_the_audit_tells_copies_from_rows(data: LoadedData) -> None:
    found = augmented(data, "delete").data
    assert audit(found).splits["train"].rows == len(found.splits["train"])
    lengths = audit(found, lengths=lambda texts, pairs: [len(text.split()) for text in texts], max_length=1)
    (cut,) = [one for one in lengths.findings if one.kind == "truncation"]
    row, copy = cut.places[:2]
    assert row.line == copy.line == 2
    assert row.text.startswith("12 tokens: the good film")
    assert copy.text.startswith("11 tokens: (delete) ")
    table = read_table(found)
    places = [table.place(table.splits[0], row) for row in (0, 25)]
    assert places[0].endswith("train.tsv:2")
    assert places[1].endswith("train.tsv:2 (delete)")


@pytest.mark.parametrize(("task", "label"), [("multilabel", "a|b"), ("regression", "1.5")])
def test_labels_of_other_kinds_are_kept(write: Write, task: TaskName, label: str) -> None:
    lines = "".join(f"a text with number {number} in it\t{label}\n" for number in range(20))
    source = write("rows.tsv", "text\tlabel\n" + lines)
    data = load(DataConfig(source=str(source)), task=task, seed=0)
    made = copies(augmented(data, "delete"))
    assert len(made) == len(data.splits["train"])
    assert all(row["label"] == data.splits["train"][0]["label"] for row in made)
