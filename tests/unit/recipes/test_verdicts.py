"""Words for comparisons, and the front of score and cost by hand."""

from __future__ import annotations

from typing import Any

import pytest

from accent.recipes.verdicts import front, verdict


def setting(name: str, value: float, seconds: float | None, *, behind: bool | None = None, seeds: int = 5) -> Any:
    """Return a setting; `behind` is whether it differs from the best significantly, None for the best."""
    against = None if behind is None else {"significant": behind, "difference": {"value": value - 0.9}}
    return {
        "name": name,
        "score": {"value": value},
        "seconds": seconds,
        "seeds": list(range(seeds)),
        "deviation": 0.01 if seeds > 1 else None,
        "against_best": against,
    }


def judged(*settings: Any) -> dict[str, Any]:
    return verdict(settings, settings[0]["name"], "f1", lower=False)


def test_a_winner_is_ahead_of_all() -> None:
    found = judged(setting("a", 0.9, 9.0), setting("b", 0.8, 1.0, behind=True), setting("c", 0.7, 1.0, behind=True))
    assert (found["winner"], found["tied"], found["cautions"]) == ("a", [], [])
    assert found["recommended"]["setting"] == "a"
    assert found["verdict"] == "a is best: its f1 of 0.9000 is significantly higher than that of each of the 2 others."


def test_of_those_that_tie_the_fastest_is_recommended() -> None:
    found = judged(setting("a", 0.9, 9.0), setting("b", 0.89, 2.0, behind=False), setting("c", 0.2, 1.0, behind=True))
    assert (found["winner"], found["tied"]) == (None, ["a", "b"])
    assert found["recommended"]["setting"] == "b"
    assert "it trains in 2.0 s, " in found["recommended"]["why"]


def test_times_that_hardly_differ_do_not_decide() -> None:
    assert judged(setting("a", 0.9, 9.0), setting("b", 0.89, 8.5, behind=False))["recommended"]["setting"] == "a"
    assert judged(setting("a", 0.9, None), setting("b", 0.89, 8.5, behind=False))["recommended"] is None


def test_of_the_fastest_the_best_is_recommended() -> None:
    rivals = [setting("b", 0.85, 2.0, behind=False), setting("c", 0.88, 2.1, behind=False)]
    assert judged(setting("a", 0.9, 9.0), *rivals)["recommended"]["setting"] == "c"


@pytest.mark.parametrize(
    ("seeds", "caution"),
    [((1, 1), "another seed would move"), ((3, 1), "b was run once"), ((3, 2), "2 seeds say little"), ((5, 5), None)],
)
def test_few_seeds_are_said(seeds: tuple[int, int], caution: str | None) -> None:
    found = judged(setting("a", 0.9, 9.0, seeds=seeds[0]), setting("b", 0.8, 1.0, behind=True, seeds=seeds[1]))
    assert [caution in one for one in found["cautions"]] == ([True] if caution else [])


def test_one_setting_alone_has_no_rival() -> None:
    found = judged(setting("a", 0.9, 9.0, seeds=3))
    assert (found["winner"], found["recommended"]) == (None, None)
    assert found["verdict"] == "a has f1 0.9000 on average, standard deviation 0.0100 over 3 seeds."


def test_the_front_is_what_nothing_beats() -> None:
    settings = [
        setting("dear and best", 0.9, 9.0),
        setting("dear and worse", 0.85, 9.0),
        setting("cheap", 0.8, 1.0),
        setting("cheap too", 0.8, 1.0),
        setting("poor", 0.7, 2.0),
        setting("unknown", 0.99, None),
    ]
    assert front(settings, "seconds", lower=False) == ["dear and best", "cheap", "cheap too"]
    assert front(settings, "seconds", lower=True) == ["cheap", "cheap too", "poor"]
