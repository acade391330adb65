"""What a tagger must beat to be worth its cost: remembering the training rows, without a model.

Both baselines give the same answers whatever the order of the training rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Self

from accent.evaluation.tag_schemes import spans

__all__ = ["CommonTags", "Gazetteer"]

_OUTSIDE = "O"
_Words = tuple[str, ...]
_Sentence = tuple[Sequence[str], Sequence[str]]
_Lengths = dict[str, list[int]]


class Gazetteer:
    """Finds the entities that the training rows named, by their words.

    From left to right it takes the longest sequence of words that was an entity at least as often as it stood outside
    of all entities, and gives it the type that it had most often (the first in the alphabet of a tie). A sequence that
    was never an entity in this spelling is looked up without regard to upper and lower case, under the same rule.
    """

    def __init__(self, exact: Mapping[_Words, str | None], folded: Mapping[_Words, str | None]) -> None:
        self._exact, self._folded = exact, folded
        self._lengths = _lengths(folded)

    @classmethod
    def fit(cls, sentences: Iterable[_Sentence]) -> Self:
        """Learn from sentences, each its words and its tags in BIO; ValueError where these differ in number."""
        kept = _checked(sentences)
        return cls(_verdicts(kept), _verdicts([(_fold(words), tags) for words, tags in kept]))

    def tag(self, words: Sequence[str]) -> list[str]:
        """Return a tag in BIO for each word."""
        tags = [_OUTSIDE] * len(words)
        free = 0
        for start, key in _candidates(_fold(words), self._lengths):
            end = start + len(key)
            kind = self._type_of(tuple(words[start:end]), key) if start >= free else None
            if kind is not None:
                tags[start:end] = [f"B-{kind}"] + [f"I-{kind}"] * (len(key) - 1)
                free = end
        return tags

    def _type_of(self, words: _Words, folded: _Words) -> str | None:
        return self._exact[words] if words in self._exact else self._folded.get(folded)


class CommonTags:
    """Gives each word the tag that it had most often in training, and an unknown word the most frequent tag of all.

    Of a tie for a word the tag that is more frequent overall wins, then the first in the alphabet.
    """

    def __init__(self, tags: Mapping[str, str], unknown: str) -> None:
        self._tags, self._unknown = tags, unknown

    @classmethod
    def fit(cls, sentences: Iterable[_Sentence]) -> Self:
        """Learn from sentences, each its words and its tags; ValueError where these differ in number or are none."""
        pairs: Counter[tuple[str, str]] = Counter()
        for words, tags in _checked(sentences):
            pairs.update(zip(words, tags, strict=True))
        overall: Counter[str] = Counter()
        for (_, tag), count in pairs.items():
            overall[tag] += count
        if not overall:
            raise ValueError("the most frequent tags need at least one tagged word")
        best = sorted(pairs, key=lambda pair: (-pairs[pair], -overall[pair[1]], pair[1]), reverse=True)
        return cls(dict(best), _most_frequent(overall))  # of several tags of a word dict keeps the last, the best one

    def tag(self, words: Sequence[str]) -> list[str]:
        """Return a tag for each word."""
        return [self._tags.get(word, self._unknown) for word in words]


def _checked(sentences: Iterable[_Sentence]) -> list[_Sentence]:
    kept = list(sentences)
    for number, (words, tags) in enumerate(kept):
        if len(words) != len(tags):
            raise ValueError(f"sentence {number} has {len(words)} words and {len(tags)} tags")
    return kept


def _verdicts(sentences: Sequence[_Sentence]) -> dict[_Words, str | None]:
    """Return the type of each sequence that was ever an entity, None for one that mostly stood outside."""
    types: dict[_Words, Counter[str]] = {}
    for words, tags in sentences:
        for span in spans(tags):
            types.setdefault(tuple(words[span.start : span.end]), Counter())[span.type] += 1
    outside = _outside(sentences, types)
    return {key: _most_frequent(found) if found.total() >= outside[key] else None for key, found in types.items()}


def _outside(sentences: Sequence[_Sentence], known: Mapping[_Words, object]) -> Counter[_Words]:
    """Count where each known sequence stands without any of its words in an entity."""
    lengths = _lengths(known)
    return Counter(
        key
        for words, tags in sentences
        for start, key in _candidates(words, lengths)
        if key in known and all(tag == _OUTSIDE for tag in tags[start : start + len(key)])
    )


def _candidates(words: Sequence[str], lengths: _Lengths) -> Iterator[tuple[int, _Words]]:
    """Yield where a known sequence may start, and its words, from left to right and the longest first."""
    for start, word in enumerate(words):
        for length in lengths.get(word, ()):
            if start + length <= len(words):
                yield start, tuple(words[start : start + length])


def _lengths(known: Iterable[_Words]) -> _Lengths:
    """Return by first word how many words the known sequences have, the longest first."""
    found: dict[str, set[int]] = {}
    for key in known:
        found.setdefault(key[0], set()).add(len(key))
    return {word: sorted(lengths, reverse=True) for word, lengths in found.items()}


def _fold(words: Sequence[str]) -> list[str]:
    return [word.casefold() for word in words]


def _most_frequent(counts: Counter[str]) -> str:
    return min(counts, key=lambda name: (-counts[name], name))
