"""Errors: two lines each, and one family that tells what the user can mend from our own bugs."""

from __future__ import annotations

import pytest

from accent import errors
from accent.errors import AccentError, BaseModelError, ConfigError, DataError, Problems, RunError, UserError

KINDS = (BaseModelError, ConfigError, DataError, RunError)


def test_what_and_where_on_the_first_line_then_the_remedy() -> None:
    error = DataError("row 3 has 2 cells instead of 3", where="reviews.csv:7", remedy="Mend that line.")
    assert str(error) == "row 3 has 2 cells instead of 3 (reviews.csv:7)\nMend that line."


def test_without_a_place_there_are_no_brackets() -> None:
    assert str(RunError("the disk is full", remedy="Free some space.")) == "the disk is full\nFree some space."


def test_each_part_can_be_asked_for() -> None:
    error = ConfigError("no such flag", where="--epoch", remedy="Did you mean --epochs?")
    assert (error.what, error.where, error.remedy) == ("no such flag", "--epoch", "Did you mean --epochs?")


@pytest.mark.parametrize("kind", KINDS)
def test_the_user_can_mend_each_kind(kind: type[UserError]) -> None:
    assert issubclass(kind, UserError)
    assert issubclass(kind, AccentError)
    with pytest.raises(UserError, match="what"):
        raise kind("what", remedy="remedy")


def test_our_own_bugs_are_no_user_errors() -> None:
    assert not issubclass(AccentError, UserError)
    assert not issubclass(ValueError, AccentError)


def test_a_remedy_is_never_left_out() -> None:
    with pytest.raises(TypeError, match="remedy"):
        RunError("the disk is full")  # type: ignore[call-arg]


def test_problems_show_every_error_and_are_the_first() -> None:
    first = ConfigError("no such flag", where="--epoch", remedy="Did you mean --epochs?")
    second = DataError("no such column", where="reviews.csv", remedy="Did you mean text?")
    problems = Problems([first, second])
    assert problems.errors == (first, second)
    assert str(problems) == f"{first}\n{second}"
    assert (problems.what, problems.where, problems.remedy) == (first.what, first.where, first.remedy)
    assert isinstance(problems, UserError)


def test_every_kind_is_exported() -> None:
    kinds = {value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)}
    assert {kind.__name__ for kind in kinds} == set(errors.__all__)
