from __future__ import annotations

from tests.unit.data.audit.stand_in import Row, findings, loaded, only

from accent.data.audit import audit


def filler(name: str, count: int) -> list[Row]:
    return [(f"{name} row number {at} is nothing like {at * 7919 % 1013}", "ab"[at % 2]) for at in range(count)]


def test_a_few_conflicts_within_a_split_are_a_warning_that_names_both_rows() -> None:
    rows: list[Row] = [*filler("train", 400), ("Same text here.", "a"), ("same text here", "b")]
    found = only(audit(loaded(train=rows)), "conflicts")
    assert (found.severity, found.count) == ("warning", 1)
    assert found.what == "1 text in train stands there with different labels (2 rows, 0.5 %)"
    assert str(found.places[0]) == "train.tsv:401 and train.tsv:402"
    assert found.places[0].text == '"a", there "b": Same text here.'


def test_more_than_one_percent_is_an_error_that_conflicts_allows() -> None:
    data = loaded(train=[*filler("train", 20), ("same", "a"), ("same", "b"), ("same", "a")])
    found = audit(data)
    assert only(found, "conflicts").severity == "error"
    assert found.errors == (only(found, "conflicts"),)
    assert not audit(data, allow=("conflicts",)).errors


def test_a_conflict_across_splits_is_an_error() -> None:
    data = loaded(train=[*filler("train", 400), ("same text", "a")], test=[*filler("test", 400), ("same text", "b")])
    found = only(audit(data, allow=("leaks",)), "conflicts")
    assert (found.severity, found.count) == ("error", 1)
    assert found.what.startswith("1 text stands in both train and test with different labels (1 test row, 0.2 %)")
    assert str(found.places[0]) == "test.tsv:401 and train.tsv:401"
    assert found.places[0].text == '"b", there "a": same text'


def test_a_text_that_contradicts_itself_in_train_contradicts_its_copy_too() -> None:
    data = loaded(
        train=[*filler("train", 40), ("same text", "a"), ("same text", "b")], test=[("same text", "a"), ("x", "b")]
    )
    across = [one for one in findings(audit(data), "conflicts") if "both" in one.what]
    assert [str(one.places[0]) for one in across] == ["test.tsv:1 and train.tsv:42"]


def test_copies_that_agree_are_no_conflict() -> None:
    data = loaded(
        train=[("same text", "a"), ("same text", " A"), ("other", "b"), ("none", ""), ("none", "b")],
        test=[("same text", "a"), ("second", "b")],
    )
    assert not findings(audit(data), "conflicts")


def test_a_conflict_inside_train_alone_is_not_one_across() -> None:
    data = loaded(train=[("same text", "a"), ("same text", "b"), ("x", "a")], test=[("same text", ""), ("y", "b")])
    assert [one.what.split(" with ")[0] for one in findings(audit(data), "conflicts")] == [
        "1 text in train stands there"
    ]


def test_pairs_conflict_only_where_both_texts_agree() -> None:
    apart: list[Row] = [("a text", "one", "a"), ("a text", "two", "b")]
    same: list[Row] = [("a text", "one", "a"), ("A text.", "One!", "b")]
    assert not findings(audit(loaded(train=apart)), "conflicts")
    assert only(audit(loaded(train=same)), "conflicts").what.startswith("1 pair in train stands there")
