"""Tags that files have: wrong ones are named with their places, all over the splits."""

from __future__ import annotations

import pytest

from accent.errors import DataError
from accent.tasks.gold_tags import in_bio, refuse_strays, tags_of
from accent.tasks.tagging import Tagging
from tests.unit.tasks.tagged import ENTITIES, rows, sentences


def test_five_strays_are_named_and_all_are_counted() -> None:
    train = rows(sentences("x/I-a y/I-a", "x/O", "Rome/I-b and/O Oslo/I-a"), file="a.conll")
    test = rows(sentences("x/B-b Bonn/I-a", *["Kyiv/I-b"] * 4), file="b.conll")
    with pytest.raises(DataError) as caught:
        refuse_strays([train, test], "bio", remedy="Mend them.")
    told = "I-a of 'x', I-b of 'Rome', I-a of 'Oslo', I-a of 'Bonn', I-b of 'Kyiv', ..."
    assert caught.value.what == f"8 tags continue no entity: {told}"
    assert caught.value.where == "a.conll:1, a.conll:21, a.conll:21, b.conll:1, b.conll:11"
    refuse_strays([train, test], "iob1", remedy="")


def test_two_strays_are_named_without_more() -> None:
    with pytest.raises(DataError) as caught:
        refuse_strays([rows(sentences("x/I-a", "y/I-b"))], "bio", remedy="Mend them.")
    assert str(caught.value) == "2 tags continue no entity: I-a of 'x', I-b of 'y' (f.conll:1, f.conll:11)\nMend them."


def test_slices_follow_each_other() -> None:
    data = rows(sentences("x/I-a y/B-a") * 10_001 + sentences("z/I-b"))
    assert list(tags_of(data)) == [["I-a", "B-a"]] * 10_001 + [["I-b"]]
    assert list(in_bio(data.select([10_001, 0]), "iob1")) == [["B-b"], ["B-a", "B-a"]]


def test_tags_that_the_model_does_not_know_are_counted() -> None:
    data = rows(sentences("x/B-new y/I-new", "z/U-a w/B-other", "v/O"))
    (note,) = Tagging(ENTITIES, entities=True).check(data)
    assert note == "3 words have tags that the model does not know and counts as wrong: B-new, B-other, I-new"
    plain = rows([([str(number)], [f"T{number}"]) for number in range(7)])
    (note,) = Tagging(("T0", "T1"), entities=False, common="T0").check(plain)
    assert note.startswith("5 words have tags")
    (note,) = Tagging(("O", "X"), entities=False).check(plain)
    assert note.endswith("T0, T1, T2, T3, T4, ...")
    with pytest.raises(DataError, match="NOUN of 'dog' is no tag of entities") as caught:
        Tagging(ENTITIES, entities=True).check(rows(sentences("a/O", "a/O dog/NOUN")))
    assert caught.value.where == "f.conll:11"
