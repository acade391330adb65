from __future__ import annotations

import json
import lzma
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accent.evaluation.answers import answer_f1
from accent.evaluation.extracts import first_sentences, overlap_sentence, sentences

PROSE = st.lists(
    st.sampled_from(
        ["Dr.", "e.g.", "3.14", "We", "go", "home.", "Why?", '"No!"', "\n\n", "\n", "  ", "U.S.", "...", "。", "("]
    ),
    max_size=20,
).map(" ".join)


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "One. | Two! | Three?",
        "Dr. Who met Mrs. Smith. | They left.",
        "Fruit, e.g. Apples, i.e. what grows, costs 3.50 dollars. | It is sold.",
        "J. R. R. Tolkien wrote it. | He was English.",
        "The U.S. Army has 3.5 tanks. | So they say.",
        'He said "Stop." | Then he left.',
        "He said \N{LEFT DOUBLE QUOTATION MARK}Stop!\N{RIGHT DOUBLE QUOTATION MARK} | (Then he left.) | And came.",
        '"Why?" she asked. | "No reason."',
        "Well... maybe. | Well... | Maybe.",
        "See Fig. 3 and No. 5. | He said no. | They went. | No. | Jan. 5 came.",
        "Really?! | Yes.",
        "Title without a stop \n\n| It begins. | 1990 was good.",
        "Lines that\nwrap are one. | This\nis two.",
        "今天好。|明天也好\N{FULLWIDTH EXCLAMATION MARK}|真的\N{FULLWIDTH QUESTION MARK}|是。",
        "It has no end",
        "In 1990. | The year.",
        "vs. Nobody et al. Nowhere",
    ],
)
def test_sentences_are_cut_where_they_end(text: str) -> None:
    assert cut(text.replace("|", "")) == [part.strip() for part in text.split("|")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He lives in the U.S. They do not.", 1),
        ("It sells. iPhones sell.", 1),
        ("No space.Here it is.", 1),
        ("- one\n- two\n- three", 1),
        ("Vitamin C. It helps.", 1),
    ],
)
def test_its_limits_are_those_it_names(text: str, expected: int) -> None:
    assert len(sentences(text)) == expected


@given(text=st.one_of(PROSE, st.text(max_size=60)))
def test_sentences_hold_all_that_is_not_white_space(text: str) -> None:
    spans = sentences(text)
    ends = [0, *(end for _, end in spans)]
    assert all(before <= start < end for before, (start, end) in zip(ends, spans, strict=False))
    assert all(part == part.strip() for part in cut(text))
    assert "".join("".join(cut(text)).split()) == "".join(text.split())


@pytest.mark.parametrize("text", [".", ".)", "e.g. ", "\n", "。", "a. ", ". ", '."', "\n \t"])
def test_strange_texts_take_no_quadratic_time(text: str) -> None:
    start = time.perf_counter()
    sentences(text * (300_000 // len(text)) + "x")
    assert time.perf_counter() - start < 5


def test_real_answers_lie_within_one_sentence(shared_data: Path) -> None:
    pages = json.loads(lzma.decompress((shared_data / "squad1" / "dev.json.xz").read_bytes()))["data"]
    paragraphs = [paragraph for page in pages for paragraph in page["paragraphs"]][::3]
    inside = whole = 0
    for paragraph in paragraphs:
        spans = sentences(paragraph["context"])
        for qa in paragraph["qas"]:
            start = qa["answers"][0]["answer_start"]
            end = start + len(qa["answers"][0]["text"])
            inside += any(first <= start and end <= last for first, last in spans)
            whole += 1
    assert inside / whole > 0.995


def test_the_first_sentences_come_nearest_to_the_length() -> None:
    text = "  One two three. Four five six seven. Eight.\n\nNine ten. "
    assert first_sentences(text, 1) == "One two three."
    assert first_sentences(text, 5) == "One two three."  # 3 and 7 are as near: the shorter
    assert first_sentences(text, 6) == "One two three. Four five six seven."
    assert first_sentences(text, 8) == "One two three. Four five six seven. Eight."
    assert first_sentences(text, 99) == text.strip()
    assert first_sentences(" \n", 5) == ""
    with pytest.raises(ValueError, match="not 0"):
        first_sentences(text, 0)


def test_the_sentence_shares_the_rarest_words() -> None:
    context = "The cat is the cat of the house. The dog sleeps. The mouse of the house is grey."
    question = "What is the colour of the mouse?"
    assert overlap_sentence(question, context) == ("The mouse of the house is grey.", 49, 80)
    assert overlap_sentence("Where does a DOG live?", context)[0] == "The dog sleeps."


def test_a_rare_word_outweighs_common_ones() -> None:
    context = "It is in town. It is in sea. It is in air. Gold."
    # Three words of 3 of the 4 sentences, 3 log(5/3) = 1.53, against one of a single sentence, log(5) = 1.61.
    assert overlap_sentence("is it in gold", context)[0] == "Gold."
    assert overlap_sentence("is it in gold", context + " Gold.")[0] == "It is in town."  # 3 log(6/3) and log(6/2)
    no_town = context.replace("in ", "in no ")
    assert overlap_sentence("is it in no gold", no_town)[0] == "It is in no town."  # 4 log(5/3) = 2.04
    assert overlap_sentence("sea sea", context)[0] == "It is in sea."


def test_ties_go_to_the_first_sentence() -> None:
    assert overlap_sentence("Who?", "One here. Two here.") == ("One here.", 0, 9)
    assert overlap_sentence("here", "One here. Two here.") == ("One here.", 0, 9)
    assert overlap_sentence("Who?", "  ") == ("", 0, 0)
    assert overlap_sentence("Who?", " Only one ") == ("Only one", 1, 9)


def test_the_sentence_of_real_questions_holds_the_answer_more_often_than_the_first(shared_data: Path) -> None:
    pages = json.loads(lzma.decompress((shared_data / "squad1" / "dev.json.xz").read_bytes()))["data"]
    asked = [(qa, part["context"]) for page in pages for part in page["paragraphs"] for qa in part["qas"]][::13]
    found = {"overlap": 0, "first": 0}
    for qa, context in asked:
        answers = [answer["text"] for answer in qa["answers"]]
        sentence, start, end = overlap_sentence(qa["question"], context)
        assert context[start:end] == sentence
        found["overlap"] += any(text in sentence for text in answers)
        found["first"] += any(text in first_sentences(context, 1) for text in answers)
        assert 0 <= answer_f1(sentence, answers) <= 1
    assert found["overlap"] / len(asked) > 0.7
    assert found["first"] / len(asked) < 0.4
