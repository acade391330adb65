"""Sentences end where people end them, and joined they are the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from accent.data.corpus import sentences
from accent.data.corpus.sentences import LONGEST_SENTENCE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", " Two!", " Three?"]),
        ("He met Mr. J. Smith. It rained.", ["He met Mr. J. Smith.", " It rained."]),
        ("It cost 3.5 pounds, e.g. here. Yes", ["It cost 3.5 pounds, e.g. here.", " Yes"]),
        ('"Go!" he said. "Now?" she said.', ['"Go!" he said.', ' "Now?"' + " she said."]),
        ('(It was late.) "Was it?" I asked', ["(It was late.)", ' "Was it?"', " I asked"]),
        ("Well ... perhaps. And then ... Then", ["Well ... perhaps.", " And then ...", " Then"]),
        ("a title\n\nA line\nanother", ["a title", "\n\nA line", "\nanother"]),
        ("End.\r\nNext", ["End.", "\r\nNext"]),
        ("\u4eca\u5929\u3002\u660e\u5929\uff01\u597d", ["\u4eca\u5929\u3002", "\u660e\u5929\uff01", "\u597d"]),
        ("One.  ", ["One.  "]),
        ("One.\n\n", ["One.\n\n"]),
        ("  ", ["  "]),
        ("", []),
    ],
)
def test_where_sentences_end(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(some.text(alphabet="aB.!?\n \"')1", max_size=60))
def test_joined_they_are_the_text_and_none_is_blank(text: str) -> None:
    found = sentences(text)
    assert "".join(found) == text
    if text.strip():
        assert all(sentence.strip() for sentence in found)


def test_what_never_ends_is_cut_behind_a_word() -> None:
    text = "word " * 5000
    found = sentences(text)
    assert "".join(found) == text
    assert len(found) == 4
    assert all(len(sentence) <= LONGEST_SENTENCE for sentence in found)
    assert all(sentence.strip().split(" ") == ["word"] * len(sentence.split()) for sentence in found)


def test_what_has_no_spaces_is_cut_all_the_same() -> None:
    found = sentences("x" * (2 * LONGEST_SENTENCE + 1))
    assert [len(sentence) for sentence in found] == [LONGEST_SENTENCE, LONGEST_SENTENCE, 1]
