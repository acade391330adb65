from __future__ import annotations

from tests.unit.data.audit.stand_in import findings, loaded_splits, only, tagged

from accent.data.audit import audit

PROPER = tagged("Ann/B-PER Lee/I-PER lives/O here/O")


def test_an_inside_tag_that_follows_nothing_is_a_warning_that_names_its_word() -> None:
    splits = {
        "train": [PROPER, tagged("Bob/I-PER left/O Oslo/B-LOC now/I-PER then/I-PER")],
        "test": [tagged("He/O saw/O Rome/I-LOC"), tagged("Eve/B-PER left/O")],
    }
    found = only(audit(loaded_splits(splits, task="tagging")), "stray-tags")
    assert (found.severity, found.count) == ("warning", 3)
    assert found.what == "3 tags go on with an entity that does not stand before them: 2 in train, 1 in test (2 rows)"
    assert [str(place) for place in found.places] == ["train.tsv:2", "test.tsv:1"]
    assert found.places[0].text == '"Bob" is I-PER at the start: Bob left Oslo now then'
    assert found.places[1].text == '"Rome" is I-LOC after O: He saw Rome'
    assert "`--strays mend`" in found.remedy


def test_one_stray_is_told_in_the_singular() -> None:
    found = only(audit(loaded_splits({"train": [PROPER, tagged("at/O Rome/I-LOC")]}, task="tagging")), "stray-tags")
    assert found.what == "1 tag goes on with an entity that does not stand before it: 1 in train (1 row)"
    assert found.remedy.startswith("Correct it, or")


def test_an_ending_that_ends_nothing_is_one_too() -> None:
    rows = [tagged("Ann/B-PER Lee/L-PER met/O Bob/U-PER"), tagged("in/O Rome/L-LOC")]
    found = only(audit(loaded_splits({"train": rows}, task="tagging")), "stray-tags")
    assert found.places[0].text == '"Rome" is L-LOC after O: in Rome'


def test_where_entities_are_closed_inside_tags_begin_none() -> None:
    rows = [tagged("Ann/U-PER met/O Bob/U-PER"), tagged("in/O Rome/I-LOC")]
    assert only(audit(loaded_splits({"train": rows}, task="tagging")), "stray-tags").count == 1


def test_proper_tags_have_no_strays() -> None:
    assert not findings(audit(loaded_splits({"train": [PROPER]}, task="tagging")), "stray-tags")


def test_where_inside_tags_begin_entities_they_are_no_strays() -> None:
    rows = [tagged("Ann/I-PER Lee/I-PER met/O Bob/I-PER"), tagged("Rome/I-LOC Oslo/B-LOC")]
    assert not findings(audit(loaded_splits({"train": rows}, task="tagging")), "stray-tags")


def test_plain_tags_that_look_like_it_are_no_strays() -> None:
    rows = [tagged("one/NUM of/ADP beams/I-NOUN in/ADP steel/B-NOUN"), tagged("two/NUM more/ADJ")]
    assert not findings(audit(loaded_splits({"train": rows}, task="tagging")), "stray-tags")


def test_types_that_train_lacks_are_a_warning() -> None:
    splits = {
        "train": [PROPER],
        "validation": [tagged("Rome/B-LOC is/O old/O"), tagged("loc/B-Loc and/O Oslo/B-LOC")],
        "test": [tagged("Eve/B-PER left/O")],
    }
    found = only(audit(loaded_splits(splits, task="tagging")), "label-unseen")
    assert (found.severity, found.count) == ("warning", 2)
    assert found.what == '2 types of tags of validation are in no train row: "LOC" and "Loc" (2 rows)'
    assert found.remedy == (
        "Add such rows to train, or correct the tags: a word of these types is always answered wrongly."
    )
    assert [str(place) for place in found.places] == ["validation.tsv:1", "validation.tsv:2"]


def test_rows_are_counted_by_type() -> None:
    rows = [PROPER, tagged("Ann/B-PER met/O Bob/B-PER in/O Rome/B-LOC"), tagged("Nobody/O came/O")]
    found = audit(loaded_splits({"train": rows}, task="tagging"))
    assert found.splits["train"].labels == {"PER": 2, "LOC": 1}


def test_classes_of_tags_are_not_asked_for_balance_or_size() -> None:
    rows = [tagged(f"Ann{at}/B-PER met/O number/O {at * 7919}/O") for at in range(40)]
    assert audit(loaded_splits({"train": [*rows, tagged("to/O Rome/B-LOC")]}, task="tagging")).findings == ()


def test_a_sentence_without_words_is_empty_once() -> None:
    rows = [PROPER, ("", {"starts": [], "ends": [], "tags": []})]
    found = only(audit(loaded_splits({"train": rows}, task="tagging")), "empty")
    assert found.what == "1 row has an empty text (50.0 % of rows)"


def test_words_in_quotes_are_no_cells_of_a_table() -> None:
    quoted = tagged('"/O Nobody/O came/O "/O')
    assert not findings(audit(loaded_splits({"train": [quoted, PROPER]}, task="tagging")), "quoted-cells")
