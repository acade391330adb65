"""Label names in reading order."""

from __future__ import annotations

from accent.tasks.labels import label_names


def test_numbers_are_ordered_by_value_and_words_by_letters() -> None:
    assert label_names(["10", "2", "1", "2"]) == ("1", "2", "10")
    assert label_names(["pos", "neg", "neutral"]) == ("neg", "neutral", "pos")
    assert label_names(["b 10", "b 9", "a"]) == ("a", "b 9", "b 10")
