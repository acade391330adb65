from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.data.audit.stand_in import loaded_splits, tagged

from accent.data.audit.measures import ANSWER_WORDS, CLOSINGS, LEAD, MEASURES, STRAYS, TYPED, find_strays
from accent.data.audit.reading import read_table
from accent.evaluation.tag_schemes import find_scheme, strays

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
ENDS = ["L-PER", "U-LOC", "E-LOC", "S-PER", "M-LOC"]


def measured(tags: list[str]) -> list[float]:
    return list(MEASURES["tagging"]({"tags": tags}))


def test_tags_of_one_sentence_are_counted() -> None:
    found = measured(["I-PER", "I-PER", "O", "B-LOC", "I-PER", "NN", "L-LOC"])
    assert found[STRAYS] == 3  # the first I-PER, I-PER after B-LOC, L-LOC after NN
    assert found[TYPED] == 5 - 1
    assert found[LEAD] == 1 - 2
    assert found[CLOSINGS] == 1


def test_a_closed_entity_is_not_gone_on_with() -> None:
    assert find_strays(["B-PER", "L-PER", "I-PER"]) == [2]
    assert find_strays(["S-PER", "E-PER", "O"]) == [1]
    assert find_strays(["B-PER", "I-PER", "L-PER", "U-PER", "B-PER", "L-PER"]) == []


def test_plain_tags_are_no_entities() -> None:
    assert find_strays(["NN", "-LRB-", "I", "B", "SCONJ", "I-"]) == []
    assert measured(["NN", "-LRB-", "I"])[TYPED] == -3


@given(st.lists(st.sampled_from(TAGS), max_size=12), st.booleans())
def test_strays_are_those_that_scoring_sees(tags: list[str], ends: bool) -> None:
    assert find_strays(tags) == strays(tags, "bio")
    other = [ENDS[at % 5] if ends and at % 2 else tag for at, tag in enumerate(tags)]
    assert find_strays(other) == strays(other, "bilou")


@given(st.lists(st.lists(st.sampled_from([*TAGS, "U-PER"]), min_size=1, max_size=5), min_size=1, max_size=5))
def test_the_counts_of_all_sentences_say_which_scheme_it_is(sentences: list[list[str]]) -> None:
    totals = [sum(column) for column in zip(*map(measured, sentences), strict=True)]
    scheme = "bilou" if totals[CLOSINGS] else "iob1" if totals[LEAD] < 0 else "bio"
    assert find_scheme(sentences) == (scheme if totals[TYPED] > 0 else "plain")


def test_a_question_has_the_words_of_its_shortest_answer() -> None:
    answers = [{"text": "in the year 1969", "start": 3}, {"text": "1969", "start": 15}]
    assert MEASURES["qa"](answers)[ANSWER_WORDS] == 1
    assert MEASURES["qa"]([])[ANSWER_WORDS] == 0


def test_what_is_kept_of_a_row_is_small() -> None:
    sentence = " ".join(f"word{at}/{'B-PER' if at % 7 == 0 else 'O'}" for at in range(400))
    table = read_table(loaded_splits({"train": [tagged(sentence)] * 200}, task="tagging"))
    labels = table.splits[0].labels
    assert labels is not None
    kept = [labels.starts, labels.names, labels.missing, labels.meanings, labels.measures_NM]
    assert sum(array.nbytes for array in kept if array is not None) < 60 * 200
    assert table.labels == ("PER",)
