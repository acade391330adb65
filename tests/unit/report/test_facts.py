"""Facts of the data: the changed copies among the training rows."""

from __future__ import annotations

from dataclasses import replace

from accent.records import RunFolder
from accent.report.facts import data_facts
from accent.report.reading import read_material


def test_changed_copies_are_told_by_what_made_them_and_so_are_those_left_out(reviews: RunFolder) -> None:
    material = read_material(reviews)
    assert not {"Augmented", "Copies left out"} & {name for name, _ in data_facts(material)}
    facts = {"added": {"swap": 1200, "delete": 3}, "left_out": {"leaking": 2, "repeated": 1}}
    record = replace(material.record, data=material.record.data | {"augmentation": facts})
    told = data_facts(replace(material, record=record))
    assert [text for name, text in told if name == "Augmented"] == ["1,200 copies by swap", "3 copies by delete"]
    assert ("Copies left out", "2 leaking, 1 repeated") in told
