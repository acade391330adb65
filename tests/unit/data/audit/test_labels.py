from __future__ import annotations

import pytest
from tests.unit.data.audit.stand_in import Row, findings, loaded, loaded_splits, only

from accent.data.audit import audit


def made(split: str, **counts: int) -> list[Row]:
    """Return so many rows of each label, with texts that stand nowhere else."""
    return [(_text(split, label, number), label) for label, count in counts.items() for number in range(count)]


def _text(*parts: object) -> str:
    return " ".join(str(part) * 3 for part in parts)


def test_labels_that_differ_by_case_or_space_are_an_error() -> None:
    rows: list[Row] = [*made("train", pos=30, neg=30), ("odd one", "Pos"), ("odd two", " neg "), ("odd three", "n eg")]
    found = audit(loaded(train=rows))
    spelling = only(found, "label-spelling")
    assert (spelling.severity, spelling.count) == ("error", 2)
    assert "2 labels are written in several ways" in spelling.what
    assert '"pos" (30 rows) or "Pos" (1 row)' in spelling.what
    assert [str(place) for place in spelling.places] == ["train.tsv:61", "train.tsv:62"]
    assert "`--clean labels`" in spelling.remedy
    assert found.splits["train"].labels == {"neg": 30, "pos": 30, " neg ": 1, "Pos": 1, "n eg": 1}
    assert not findings(audit(loaded(train=made("train", pos=30, neg=30))), "label-spelling")


def test_one_class_in_train_is_an_error_that_cannot_be_allowed() -> None:
    every = ("leaks", "conflicts", "empty", "labels", "small-classes")
    found = audit(loaded(train=made("train", pos=12), test=made("test", pos=2)), allow=every)
    one = only(found, "one-class")
    assert found.errors == (one,)
    assert one.what == 'there is one class only in train: "pos" (12 rows)'
    assert str(one.places[0]) == "train.tsv:1"


def test_spellings_of_one_class_are_one_class() -> None:
    assert only(audit(loaded(train=made("train", pos=12, Pos=3))), "one-class").severity == "error"


def test_one_class_in_a_later_split_is_a_warning() -> None:
    found = audit(loaded(train=made("train", pos=12, neg=12), test=made("test", pos=5)))
    one = only(found, "one-class")
    assert one.severity == "warning"
    assert 'test: "pos" (5 rows)' in one.what
    assert not found.errors


def test_a_label_that_train_lacks_is_an_error_that_labels_allows() -> None:
    data = loaded(train=made("train", pos=12, neg=12), test=made("test", pos=5, neg=5, mixed=1))
    unseen = only(audit(data), "label-unseen")
    assert (unseen.severity, unseen.count) == ("error", 1)
    assert unseen.what == '1 label of test is in no train row: "mixed" (1 row)'
    assert str(unseen.places[0]) == "test.tsv:11"
    assert not audit(data, allow=("labels",)).errors
    same = loaded(train=made("train", pos=12, neg=12), test=made("test", Pos=5, neg=5))
    assert not findings(audit(same), "label-unseen")


def test_a_class_with_fewer_rows_than_splits_is_an_error_where_the_split_was_cut_here() -> None:
    splits = {"train": made("train", pos=20, neg=20, rare=2), "validation": made("validation", pos=2, neg=2)}
    splits["test"] = made("test", pos=2, neg=2)
    cut = findings(audit(loaded_splits(splits, given_split=False)), "small-classes")
    assert [one.severity for one in cut] == ["error"]
    assert cut[0].what == '1 class has fewer rows than there are splits (3): "rare" (2 rows)'
    assert not audit(loaded_splits(splits, given_split=False), allow=("small-classes",)).errors
    given = findings(audit(loaded_splits(splits)), "small-classes")
    assert [one.severity for one in given] == ["warning"] * 3
    assert [one.what.split(":")[0] for one in given] == [
        "1 class has fewer than 10 train rows",
        "1 class has no validation row",
        "1 class has no test row",
    ]


def test_classes_of_ten_rows_are_not_small() -> None:
    found = audit(loaded(train=made("train", pos=10, neg=10), test=made("test", pos=1, neg=1)))
    assert not findings(found, "small-classes")


@pytest.mark.parametrize(("many", "few", "severity"), [(100, 10, "warning"), (30, 10, "note"), (29, 10, None)])
def test_imbalance_is_told_by_how_large_it_is(many: int, few: int, severity: str | None) -> None:
    found = findings(audit(loaded(train=made("train", ham=many, spam=few))), "imbalance")
    assert [one.severity for one in found] == ([severity] if severity else [])
    if found:
        assert (
            f'"ham" ({many} rows), has {many / few:.1f} times the rows of the smallest, "spam" (10 rows)'
            in found[0].what
        )
        assert found[0].count == few


def test_data_without_labels_are_audited_for_the_rest() -> None:
    data = loaded(train=[("a text", "x"), ("A text!", "x")])
    data.splits["train"] = data.splits["train"].remove_columns(["label"])
    found = audit(data)
    assert [one.kind for one in found.findings] == ["duplicates"]
    assert found.splits["train"].labels == {}


def several(split: str, *labels: tuple[str, int]) -> list[Row]:
    """Return so many rows of each `a b`: the labels that stand together."""
    return [(_text(split, names, at), names.split()) for names, count in labels for at in range(count)]


def test_labels_beside_others_are_counted_by_row() -> None:
    rows = several("train", ("a b", 12), ("a", 3), ("", 2))
    found = audit(loaded_splits({"train": rows}, task="multilabel"))
    assert found.findings == ()
    assert found.splits["train"].labels == {"a": 15, "b": 12}


def test_spellings_of_a_label_beside_others_are_an_error() -> None:
    rows = several("train", ("joy anger", 20), ("Joy anger", 1), ("joy Joy JOY", 1), ("JOY", 1))
    found = audit(loaded_splits({"train": rows}, task="multilabel"))
    spelling = only(found, "label-spelling")
    assert (spelling.severity, spelling.count) == ("error", 3)
    assert '"joy" (21 rows) or "JOY" (2 rows) or "Joy" (2 rows)' in spelling.what
    assert [str(place) for place in spelling.places] == ["train.tsv:21", "train.tsv:22", "train.tsv:23"]
    assert [place.text.split(":")[0] for place in spelling.places] == ['"Joy"', '"Joy"', '"JOY"']
    assert not audit(loaded_splits({"train": rows}, task="multilabel"), allow=("labels",)).errors


def test_a_label_that_train_never_has_is_an_error() -> None:
    splits = {"train": several("train", ("a b", 12)), "test": several("test", ("a c", 2), ("b d c", 1), ("a b", 1))}
    unseen = only(audit(loaded_splits(splits, task="multilabel")), "label-unseen")
    assert (unseen.severity, unseen.count) == ("error", 3)
    assert unseen.what == '2 labels of test are in no train row: "c" and "d" (3 rows)'
    assert [str(place) for place in unseen.places] == ["test.tsv:1", "test.tsv:2", "test.tsv:3"]
    seen = {"train": splits["train"], "test": several("test", ("A", 2), ("b", 1), ("", 1))}
    assert not findings(audit(loaded_splits(seen, task="multilabel")), "label-unseen")


def test_rare_labels_are_a_warning_however_the_splits_were_made() -> None:
    splits = {"train": several("train", ("a b", 12), ("c", 2)), "test": several("test", ("a", 2))}
    data = loaded_splits(splits, task="multilabel", given_split=False)
    small = findings(audit(data), "small-classes")
    assert [one.severity for one in small] == ["warning"] * 2
    assert small[0].what == '1 label has fewer than 10 train rows: "c" (2 rows)'
    assert small[0].remedy == "Add rows or join labels: so few rows are hardly learned."
    assert small[1].what == '2 labels have no test row: "b" (12 rows) and "c" (2 rows)'


def test_one_label_and_balance_are_not_asked_of_several() -> None:
    alone = audit(loaded_splits({"train": several("train", ("a", 12), ("", 4))}, task="multilabel"))
    uneven = audit(loaded_splits({"train": several("train", ("a", 200), ("b", 10))}, task="multilabel"))
    assert alone.findings == uneven.findings == ()


def test_a_row_that_writes_a_label_in_two_ways_has_it_once() -> None:
    rows = several("train", ("joy Joy", 5), ("anger", 12))
    small = only(audit(loaded_splits({"train": rows}, task="multilabel"), allow=("labels",)), "small-classes")
    assert small.what == '1 label has fewer than 10 train rows: "joy" (5 rows)'


def test_rows_without_a_label_are_rows_of_no_class() -> None:
    rows = [*made("train", ham=12, spam=9), ("nothing known of it", ""), ("nor of this one", " ")]
    small = only(audit(loaded(train=rows), allow=("empty",)), "small-classes")
    assert small.what == '1 class has fewer than 10 train rows: "spam" (9 rows)'
