"""Texts with marked spans, and what is kept of long ones."""

from __future__ import annotations

from accent.report.marks import Mark, marked
from accent.report.rows import Passage, Piece


def whole(passage: Passage) -> str:
    return "".join(piece.text for piece in passage.pieces)


def test_pieces_are_the_text_cut_at_the_marks() -> None:
    found = marked("Ada met Bob.", [Mark(8, 11, "answer", "PER"), Mark(0, 3, "gold", "PER")], limit=50)
    assert found.pieces == (Piece("Ada", "gold", "PER"), Piece(" met "), Piece("Bob", "answer", "PER"), Piece("."))


def test_marks_that_overlap_are_both_seen_and_each_tag_stands_where_its_span_ends() -> None:
    found = marked("New York City", [Mark(0, 8, "gold", "LOC"), Mark(4, 13, "answer", "ORG")], limit=50)
    assert found.pieces == (Piece("New ", "gold"), Piece("York", "answer gold", "LOC"), Piece(" City", "answer", "ORG"))


def test_marks_outside_the_text_or_empty_are_left_out() -> None:
    found = marked("short", [Mark(3, 9, "gold"), Mark(-2, 2, "gold"), Mark(2, 2, "gold")], limit=50)
    assert found.pieces == (Piece("short"),)


def test_a_long_text_is_kept_around_its_marks_only() -> None:
    text = "a " * 500 + "HERE" + " b" * 500 + " THERE" + " c" * 500
    first, second = text.index("HERE"), text.index("THERE")
    found = marked(text, [Mark(first, first + 4, "gold"), Mark(second, second + 5, "answer")], limit=400)
    told = whole(found)
    assert len(told) < 520
    assert told.startswith(" \u2026 a a")
    assert told.endswith("c c \u2026 ")
    assert told.count("\u2026") == 3
    assert [piece.text for piece in found.pieces if piece.mark] == ["HERE", "THERE"]


def test_a_text_within_the_limit_is_kept_whole() -> None:
    text = "x" * 300 + "HERE"
    assert whole(marked(text, [Mark(300, 304, "gold")], limit=400)) == text


def test_without_marks_the_beginning_is_kept_and_the_rest_counted() -> None:
    found = marked("y" * 500, [], limit=420)
    assert (whole(found), found.left_off) == ("y" * 420, 80)


def test_however_many_marks_there_are_a_passage_ends() -> None:
    text = "word " * 2000
    found = marked(text, [Mark(at, at + 4, "gold", "X") for at in range(0, len(text), 5)], limit=400)
    assert len(whole(found)) <= 1400
    assert len(whole(found)) + found.left_off == len(text)
