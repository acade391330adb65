"""Label names in reading order, and labels that a model does not know."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from datasets import Dataset

from accent.errors import DataError
from accent.tasks import Multilabel, multilabel
from accent.tasks.labels import label_names, numbered, refuse_unknown


def test_numbers_are_ordered_by_value_and_words_by_letters() -> None:
    assert label_names(["10", "2", "1", "2"]) == ("1", "2", "10")
    assert label_names(["pos", "neg", "neutral"]) == ("neg", "neutral", "pos")
    assert label_names(["b 10", "b 9", "a"]) == ("a", "b 9", "b 10")


def labelled(labels: list[Any]) -> Dataset:
    places = {"origin_file": ["f.csv"] * len(labels), "origin_line": list(range(2, len(labels) + 2))}
    return Dataset.from_dict({"text": ["x"] * len(labels), "label": labels, **places})


@pytest.mark.parametrize("in_lists", [False, True])
def test_unknown_labels_are_counted_in_rows_and_the_first_is_named_with_its_place(in_lists: bool) -> None:
    labels: list[Any] = ["a", "b"] * 7_500
    labels[12_345], labels[14_000], labels[14_001] = "new", "other", "new"
    if in_lists:
        labels = [
            ["a", label, "new"] if label in {"new", "other"} else [label] * (row % 3)
            for row, label in enumerate(labels)
        ]
    with pytest.raises(DataError) as caught:
        refuse_unknown(labelled(labels), ("a", "b"))
    assert caught.value.what == "label 'new' is not one of the model's 2 classes, a, b (3 rows have such labels)"
    assert caught.value.where == "f.csv:12347"
    assert "fine-tune on data that has the class" in caught.value.remedy
    refuse_unknown(labelled(labels), ("a", "b", "new", "other"))


@pytest.mark.parametrize("labels", [[1.0, 2.0], [[1.5], [2.5]], ["any text"], [["a summary"]], [[], []]])
def test_labels_that_are_no_classes_are_not_refused(labels: list[Any]) -> None:
    refuse_unknown(labelled(labels), () if isinstance(labels[-1], str) or labels[-1] == ["a summary"] else ("value",))


def test_the_names_of_many_rows_are_numbered_together(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counting(labels: list[str], names: tuple[str, ...]) -> Any:
        asked.append(len(labels))
        return numbered(labels, names)

    monkeypatch.setattr(multilabel, "numbered", counting)
    task = Multilabel(["a", "b", "c"])
    gold = task.gold({"label": [["c", "a"], [], ["b"], ["a"]]})
    assert gold.tolist() == [[1, 0, 1], [0, 0, 0], [0, 1, 0], [1, 0, 0]]
    assert asked == [4]
    assert np.array_equal(task.gold({"label": []}), np.zeros((0, 3)))
    assert task.gold({"label": [[], []]}).tolist() == [[0, 0, 0]] * 2
