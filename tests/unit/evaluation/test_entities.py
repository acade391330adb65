"""Scores and kinds of errors of entities, worked by hand. tests/unit/evaluation/test_seqeval.py has the reference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accent.evaluation import Score
from accent.evaluation.entities import EntityScorer
from accent.evaluation.intervals import wilson
from accent.evaluation.scorer import Scorer
from accent.evaluation.tag_schemes import spans

TAGS = st.sampled_from(["O", "O", "B-A", "I-A", "B-B", "I-B"])
GOLD = [
    ["B-PER", "I-PER", "O", "B-LOC", "O"],  # PER 0-2, LOC 3-4
    ["B-PER", "O", "B-ORG", "I-ORG", "I-ORG"],  # PER 0-1, ORG 2-5
    ["O", "O"],
]
PREDICTED = [
    ["B-PER", "I-PER", "O", "B-ORG", "O"],  # PER right, LOC as ORG
    ["O", "O", "B-ORG", "I-ORG", "B-LOC"],  # PER missed, ORG too short, LOC too many
    ["O", "O"],
]


def scored(gold: list[str], predicted: list[str]) -> dict[str, int]:
    scorer = EntityScorer(("A", "B"))
    scorer.add([gold], [predicted])
    errors: dict[str, int] = scorer.page()["errors"]
    return {kind: count for kind, count in errors.items() if count}


def test_scores_by_hand() -> None:
    scorer = EntityScorer(("LOC", "ORG", "PER"))
    # Row 1 has 1 of 2 and 2 entities right, row 2 none of 2 and 2, row 3 has none to find.
    assert scorer.add(GOLD, PREDICTED) == [0.5, 0.0, 1.0]
    expected = {
        "precision": 1 / 4,
        "recall": 1 / 4,
        "f1": 1 / 4,
        "f1_macro": (0 + 0 + 2 / 3) / 3,  # LOC, ORG, PER
        "f1_weighted": (1 * 0 + 1 * 0 + 2 * 2 / 3) / 4,
        "token_accuracy": 9 / 12,
    }
    assert scorer.points() == pytest.approx(expected, abs=1e-12)
    scores = scorer.scores(seed=0, resamples=50)
    kinds = ("LOC", "ORG", "PER")
    assert list(scores) == [*expected, *(f"{name}/{kind}" for name in ("precision", "recall", "f1") for kind in kinds)]
    assert {name: scores[name].value for name in expected} == pytest.approx(expected, abs=1e-12)
    assert [scores[f"precision/{kind}"].value for kind in kinds] == [0, 0, 1]
    assert [scores[f"recall/{kind}"].value for kind in kinds] == [0, 0, 0.5]
    assert [scores[f"f1/{kind}"].value for kind in kinds] == pytest.approx([0, 0, 2 / 3])
    assert [scores[f"f1/{kind}"].n for kind in kinds] == [1, 1, 2]
    assert {scores[name].n for name in expected} == {3}


def test_kinds_of_errors_by_hand() -> None:
    scorer = EntityScorer(("LOC", "ORG", "PER"))
    scorer.add(GOLD[:1], PREDICTED[:1])
    scorer.add(GOLD[1:], PREDICTED[1:])
    errors = {"right": 1, "type": 1, "boundary": 1, "type and boundary": 0, "missed": 1, "invented": 1}
    assert scorer.page() == {"errors": errors, "types": ["LOC", "ORG", "PER"]}


@pytest.mark.parametrize(
    ("gold", "predicted", "errors"),
    [
        ("B-A I-A O", "B-A I-A O", {"right": 1}),
        ("B-A I-A O", "B-B I-B O", {"type": 1}),
        ("B-A I-A O", "O B-A I-A", {"boundary": 1}),
        ("B-A I-A O", "O B-B I-B", {"type and boundary": 1}),
        ("B-A I-A O", "O O B-A", {"missed": 1, "invented": 1}),  # neighbours do not overlap
        ("O O B-A", "B-A I-A O", {"missed": 1, "invented": 1}),
        ("B-A I-A I-A", "B-A B-A I-A", {"boundary": 1, "invented": 1}),  # one prediction for one gold entity
        ("B-A B-A I-A", "B-A I-A I-A", {"boundary": 1, "missed": 1}),
        ("B-A I-A I-A I-A", "B-B I-B B-A O", {"boundary": 1, "invented": 1}),  # the same type goes first
        ("B-A I-A B-A O", "B-A I-A I-A I-A", {"boundary": 1, "missed": 1}),
        ("B-A B-B", "B-B B-A", {"type": 2}),
        ("B-A I-A B-B", "I-A I-B I-B", {"boundary": 2}),
        ("O O", "I-A B-B", {"invented": 2}),
    ],
)
def test_each_kind_of_error(gold: str, predicted: str, errors: dict[str, int]) -> None:
    assert scored(gold.split(), predicted.split()) == errors


@given(st.lists(st.tuples(TAGS, TAGS), max_size=12))
def test_kinds_of_errors_add_up(pairs: list[tuple[str, str]]) -> None:
    gold, predicted = [one for one, _ in pairs], [other for _, other in pairs]
    errors = scored(gold, predicted)
    assert sum(errors.values()) - errors.get("invented", 0) == len(spans(gold))
    assert sum(errors.values()) - errors.get("missed", 0) == len(spans(predicted))
    assert errors.get("right", 0) == len(set(spans(gold)) & set(spans(predicted)))


def test_all_right_has_wilsons_bound_on_rows_of_equal_size() -> None:
    scorer: Scorer = EntityScorer(("A", "B"))
    rows = [["B-A", "B-A", "B-A"]] * 10 + [["B-B", "O", "O"]] * 5 + [["O", "O", "O"]] * 25
    assert scorer.add(rows, rows) == [1.0] * 40
    found = scorer.scores(seed=0)
    for name in ("precision", "recall", "f1", "f1_weighted"):
        assert found[name] == Score(1.0, pytest.approx(wilson(1, 35**2 / (10 * 3**2 + 5))[0]), 1.0, 40)
    assert found["f1_macro"].low == pytest.approx(wilson(1, 4 / (1 / 10 + 1 / 5))[0])
    assert found["token_accuracy"].low == pytest.approx(wilson(1, 40)[0])
    assert found["recall/A"] == Score(1.0, pytest.approx(wilson(1, 10)[0]), 1.0, 30)
    assert found["f1/B"] == Score(1.0, pytest.approx(wilson(1, 5)[0]), 1.0, 5)


def test_all_wrong_has_wilsons_high_end() -> None:
    scorer = EntityScorer(("A", "B"))
    scorer.add([["B-A"]] * 6 + [["O"]] * 4, [["O"]] * 8 + [["B-A"]] * 2)
    found = scorer.scores(seed=0)
    assert found["precision"] == Score(0.0, 0.0, pytest.approx(wilson(0, 2)[1]), 10)
    assert found["recall"] == Score(0.0, 0.0, pytest.approx(wilson(0, 6)[1]), 10)
    share = wilson(0, 8)[1]  # six rows hold a gold entity, two others a predicted one
    assert found["f1"] == Score(0.0, 0.0, pytest.approx(2 * share / (1 + share)), 10)
    assert found["f1/A"] == Score(0.0, 0.0, pytest.approx(2 * share / (1 + share)), 6)
    assert found["f1/B"] == Score(0.0, 0.0, 1.0, 0)  # nothing is known of a type that is nowhere


def test_rows_without_entities_or_without_words() -> None:
    scorer = EntityScorer(())
    assert scorer.add([["O", "O"], []], [["O", "O"], []]) == [1.0, 1.0]
    found = scorer.points()
    assert found.pop("token_accuracy") == 1.0
    assert set(found.values()) == {0.0}
    assert scorer.scores(seed=0)["f1"] == Score(0.0, 0.0, 1.0, 2)


def test_a_type_that_was_not_announced_is_counted_under_its_name() -> None:
    scorer = EntityScorer(("A",))
    scorer.add([["B-NEW", "B-A"]], [["B-A", "B-A"]])
    found = scorer.scores(seed=0, resamples=5)
    assert (found["recall/NEW"].value, found["recall/NEW"].n) == (0.0, 1)
    assert scorer.page()["types"] == ["A", "NEW"]
    assert found["f1"].value == 0.5


def test_rows_that_do_not_fit_are_named_and_none_is_taken() -> None:
    scorer = EntityScorer(("A",))
    fine = ["B-A"]
    with pytest.raises(ValueError, match="2 rows of gold tags do not fit 1 predictions"):
        scorer.add([fine, fine], [fine])
    with pytest.raises(ValueError, match="row 1 has 1 gold tags and 2 predicted ones"):
        scorer.add([fine, fine], [fine, ["O", "O"]])
    with pytest.raises(ValueError, match="row 1: 'NOUN' is no tag of the scheme bio"):
        scorer.add([fine, fine], [fine, ["NOUN"]])
    with pytest.raises(ValueError, match="at least one row"):
        scorer.points()
    scorer.add([fine, ["O"]], [fine, ["O"]])
    assert scorer.points()["token_accuracy"] == 1.0


def test_a_comparison_is_of_the_same_rows() -> None:
    one, other, more = EntityScorer(("A",)), EntityScorer(("A",)), EntityScorer(("A",))
    one.add([["B-A"], ["O"]], [["B-A"], ["O"]])
    other.add([["O"], ["B-A"]], [["O"], ["B-A"]])
    more.add([["B-A"], ["O"], ["O"]], [["B-A"], ["O"], ["O"]])
    for stranger in (other, more):
        with pytest.raises(ValueError, match="needs the same rows"):
            one.compare(stranger, seed=0)


def test_a_comparison_of_a_better_with_a_worse_tagger() -> None:
    gold = [["B-A", "O", "B-A"]] * 30
    better, worse = EntityScorer(("A",)), EntityScorer(("A",))
    better.add(gold, [["B-A", "O", "B-A"]] * 20 + [["B-A", "O", "O"]] * 10)
    worse.add(gold, [["B-A", "O", "O"]] * 25 + [["O", "O", "O"]] * 5)
    found = better.compare(worse, seed=0)
    assert found.difference.value == pytest.approx(2 * 50 / 110 - 2 * 25 / 85)
    assert found.difference.low > 0
    assert found.significant
    assert worse.compare(better, seed=0).difference.value == -found.difference.value
