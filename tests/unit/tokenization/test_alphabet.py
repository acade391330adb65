"""Which characters a vocabulary is built from."""

from __future__ import annotations

from collections import Counter

from tokenizers import normalizers

from accent.tokenization.alphabet import alphabet, survey


def test_characters_are_counted_and_texts_can_be_read_again() -> None:
    texts = ["abba", "", "b\u00e9\U0001f984\n", 'quote " \\ \u2028'] * 3
    told: list[int] = []
    for source in (texts, iter(texts)):
        found = survey(source, told.append)
        assert found.counts == Counter("".join(texts))
        assert list(found.again) == texts
        assert list(found.again) == texts
    assert told[-1] == len("".join(texts))


def test_what_stands_there_once_is_left_out_and_spaces_are_no_letters() -> None:
    assert alphabet(Counter({"b": 5, "a": 2, "z": 1, " ": 90, "\n": 4}), None) == ["a", "b"]


def test_characters_are_as_the_normalizer_writes_them() -> None:
    normalizer = normalizers.BertNormalizer(lowercase=True)
    assert alphabet(Counter({"A": 1, "a": 1, "\u00c9": 2, "\x01": 9}), normalizer) == ["a", "e"]


def test_rare_characters_go_beyond_a_thousand_but_not_where_the_text_needs_them() -> None:
    common = {chr(0x4E00 + number): 1000 for number in range(990)}
    rare = {chr(0x3400 + number): 2 for number in range(200)}
    found = alphabet(Counter(common | rare), None)
    assert len(found) == 1000
    assert set(common) <= set(found)
    # 3,000 characters, all as frequent: 0.9995 of the text takes all but one of them
    assert len(alphabet(Counter({chr(0x4E00 + number): 5 for number in range(3000)}), None)) == 2999
