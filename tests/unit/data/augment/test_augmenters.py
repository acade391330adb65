"""Each change by itself: how much of a text it changes, and what it leaves as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import datasets
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.data.audit.stand_in import Row, tagged

from accent.config import AugmenterName
from accent.data.augment import AUGMENTERS, Augmenter, Blanks, Means, WordedText
from accent.evaluation.tag_schemes import spans

NEAR = {"film": ("movie", "picture"), "good": ("fine",), "the": ("a",)}


class FakeLexicon:
    """A few words, and guesses that say where they were asked for."""

    digest = "fake"

    def neighbours(self, words: Collection[str]) -> Mapping[str, Sequence[str]]:
        return {word: NEAR[word.lower()] for word in words if word.lower() in NEAR}

    def guesses(self, blanks: Sequence[Blanks]) -> list[list[Sequence[str]]]:
        return [[[f"g{one.text[start:end]}"] if start else [] for start, end in one.places] for one in blanks]


def make(name: AugmenterName, rows: Sequence[Row] = (), *, share: float = 0.1) -> Augmenter:
    table = datasets.Dataset.from_dict({"text": [row[0] for row in rows], "label": [row[-1] for row in rows]})
    return AUGMENTERS[name](Means(share=share, rows=table, lexicon=FakeLexicon()))


def change(augmenter: Augmenter, text: WordedText, seed: int = 0) -> WordedText | None:
    (found,) = augmenter.change([text], [np.random.default_rng(seed)])
    return found


def of_tagged(words: str) -> WordedText:
    return WordedText.of_tagged(*tagged(words))


WORDS = st.lists(st.sampled_from(["a", "bb", "ccc", "dd-d", "e5"]), min_size=0, max_size=30)
ENTITIES = st.lists(
    st.one_of(st.just(["O"]), st.sampled_from(["PER", "LOC"]).flatmap(lambda kind: st.integers(1, 3).map(
        lambda length: [f"B-{kind}", *[f"I-{kind}"] * (length - 1)]))),
    max_size=12,
)  # fmt: skip


@given(WORDS, st.sampled_from([0.01, 0.1, 0.3, 0.9]), st.integers(0, 9))
def test_swap_moves_its_share_of_the_words_and_loses_none(words: list[str], share: float, seed: int) -> None:
    unlike = [f"{word}{place}" for place, word in enumerate(words)]
    text = WordedText.of_text(", ".join(unlike))
    found = change(make("swap", share=share), text, seed)
    if len(words) < 2:
        assert found is None
        return
    assert found is not None
    assert Counter(found.words) == Counter(text.words)
    moved = sum(one != other for one, other in zip(text.words, found.words, strict=True))
    assert moved == 2 * min(max(1, round(share / 2 * len(words))), len(words) // 2)
    assert found.gaps == text.gaps


@given(WORDS, st.sampled_from([0.01, 0.1, 0.3, 0.9]), st.integers(0, 9))
def test_delete_leaves_out_its_share_of_the_words_and_keeps_the_order(
    words: list[str], share: float, seed: int
) -> None:
    unlike = [f"{word}{place}" for place, word in enumerate(words)]
    found = change(make("delete", share=share), WordedText.of_text(" ".join(unlike)), seed)
    if len(words) < 2:
        assert found is None
        return
    assert found is not None
    assert len(found.words) == len(words) - min(max(1, round(share * len(words))), len(words) - 1)
    assert [word for word in unlike if word in found.words] == list(found.words)
    assert found.text == " ".join(found.words)


@given(ENTITIES, st.sampled_from(["swap", "delete"]), st.sampled_from([0.1, 0.5]), st.integers(0, 9))
def test_no_entity_is_torn_apart_joined_or_renamed(
    units: list[list[str]], name: AugmenterName, share: float, seed: int
) -> None:
    tags = [tag for unit in units for tag in unit]
    text = of_tagged(" ".join(f"w{place}/{tag}" for place, tag in enumerate(tags)))
    found = change(make(name, share=share), text, seed)
    if found is None:
        assert len(units) < 2
        return
    before, after = _entities(text), _entities(found)
    assert after <= before
    if name == "swap":
        assert after == before
    label = found.label
    assert [found.text[start:end] for start, end in zip(label["starts"], label["ends"], strict=True)] == list(
        found.words
    )


def _entities(text: WordedText) -> Counter[tuple[str, tuple[str, ...]]]:
    found = spans(list(text.tags or ()))
    return Counter((span.type, text.words[span.start : span.end]) for span in found)


def test_synonyms_replace_known_words_in_their_spelling() -> None:
    rows = [(f"the film number {place}", "x") for place in range(40)] + [("good", "x")]
    augmenter = make("synonyms", rows, share=0.9)
    seen = {
        found.text
        for seed in range(20)
        if (found := change(augmenter, WordedText.of_text("The FILM, the Film: odd"), seed))
    }
    movies, pictures = ("MOVIE", "PICTURE"), ("Movie", "Picture")
    assert seen == {f"A {one}, a {other}: odd" for one in movies for other in pictures}


def test_synonyms_leave_common_words_alone_where_there_are_others() -> None:
    rows = [(f"the film number {place}", "x") for place in range(40)] + [("good", "x")]
    augmenter = make("synonyms", rows, share=0.9)
    found = change(augmenter, WordedText.of_text("the film is good"))
    assert found is not None
    assert found.text == "the film is fine"
    assert change(augmenter, WordedText.of_text("nothing known here")) is None


def test_synonyms_replace_their_share() -> None:
    text = WordedText.of_text("good " * 20)
    found = change(make("synonyms", share=0.25), text)
    assert found is not None
    assert Counter(found.words) == {"good": 15, "fine": 5}


def test_masked_takes_the_guess_of_each_place_and_tells_where_there_is_none() -> None:
    augmenter = make("masked", share=0.5)
    text = WordedText.of_text("zero one two three")
    seen = {found.text for seed in range(40) if (found := change(augmenter, text, seed))}
    assert seen == {
        "zero gone gtwo three",
        "zero gone two gthree",
        "zero one gtwo gthree",
        "zero gone two three",  # with zero, for which nothing is guessed
        "zero one gtwo three",
        "zero one two gthree",
    }
    assert change(augmenter, WordedText.of_text("zero")) is None
    assert change(augmenter, WordedText.of_text("...")) is None


def test_backoff_replaces_words_by_others_of_their_tag() -> None:
    rows = [tagged("Ada/B-PER Byron/I-PER met/O Max/B-PER ./O"), tagged("Toni/B-PER saw/O Rome/B-LOC ./O")]
    augmenter = make("backoff", rows, share=0.99)
    people, verbs = {"Ada", "Max", "Toni"}, {"met", "saw"}
    for seed in range(30):
        text = of_tagged("Max/B-PER met/O Rome/B-LOC ./O")
        found = change(augmenter, text, seed)
        assert found is not None
        assert found.tags == text.tags
        assert found.words[0] in people - {"Max"}
        assert found.words[1] in verbs - {"met"}
        assert found.words[2:] == ("Rome", ".")  # the only word of its tag, and no word
    assert change(augmenter, of_tagged("Bern/B-LOC")) is None


def test_backoff_draws_words_as_often_as_they_stand_in_the_rows() -> None:
    rows = [tagged(" ".join([*["ant/X"] * 6, *["bee/X"] * 3, "cow/X"]))]
    augmenter = make("backoff", rows, share=0.01)
    found = [change(augmenter, of_tagged("bee/X"), seed) for seed in range(700)]
    counts = Counter(text.words[0] for text in found if text)
    assert set(counts) == {"ant", "cow"}
    assert counts["ant"] == pytest.approx(600, abs=40)  # 6 of 7; four standard deviations
    unseen = Counter(text.words[0] for seed in range(1000) if (text := change(augmenter, of_tagged("dog/X"), seed)))
    assert unseen["bee"] == pytest.approx(300, abs=60)


@pytest.mark.parametrize("name", AUGMENTERS)
def test_a_text_is_changed_by_its_own_generator_alone(name: AugmenterName) -> None:
    words = " ".join(f"good/O film/B-X w{place}/O" for place in range(6))
    text, other = of_tagged(words), of_tagged("the/O good/O film/B-X other/O")
    augmenter = make(name, [tagged(words), tagged("other/O thing/B-X")], share=0.4)
    alone = change(augmenter, text, 7)
    assert alone is not None
    both = augmenter.change([other, text], [np.random.default_rng(1), np.random.default_rng(7)])
    assert both[1] == alone
    assert any(change(augmenter, text, seed) != alone for seed in range(8, 20))
