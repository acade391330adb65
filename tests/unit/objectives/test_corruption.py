"""T5's span corruption: what is read and written together is the text, and every cut is as likely."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chisquare

from accent.errors import ConfigError
from accent.objectives import Chance, Corruption, make_mixture
from accent.objectives.framing import lay_rows
from tests.unit.objectives.corpora import context_of, tokenizer_of


def test_reading_and_writing_together_give_the_text() -> None:
    context = context_of("t5", crossing=False)
    blocks = np.arange(len(context.starts))
    prepared = make_mixture("span", family="t5").make(blocks, context=context, seed=0, epoch=0)
    laid = lay_rows(blocks, context=context)
    sentinels = {int(one): place for place, one in enumerate(context.symbols.sentinels)}
    written = prepared.inputs["decoder_input_ids"]
    width = written.shape[1]
    read_lengths = prepared.inputs["attention_mask"].sum(axis=1)
    for row in range(len(blocks)):
        labels = prepared.targets["labels"][prepared.inputs["places"] // width == row].tolist()
        assert written[row, : len(labels)].tolist() == [context.symbols.pad, *labels[:-1]]
        spans: dict[int, list[int]] = {}
        for token in labels[:-1]:
            if token in sentinels:
                spans[token] = []
                last = token
            else:
                spans[last].append(token)
        assert [sentinels[one] for one in spans] == list(range(len(spans)))
        assert all(spans.values())
        restored: list[int] = []
        for token in prepared.inputs["input_ids"][row, : read_lengths[row]].tolist():
            restored += spans.get(token, [token])
        assert restored == laid.ids[row, : laid.lengths[row]].tolist()
        assert labels[-1] == tokenizer_of("t5").eos_token_id
        size = int(laid.lengths[row]) - 1
        hidden = sum(len(span) for span in spans.values())
        assert hidden == max(1, round(0.15 * size))
        assert len(spans) == max(1, round(hidden / 3))


def test_runs_are_partitions_that_are_all_as_likely() -> None:
    rows = 6_000
    cut = Corruption(0.4)._cut(np.full(rows, 15), 15, Chance(0, 0, np.arange(rows)))
    assert (cut.sum(axis=1) == 6).all()
    kinds = Counter("".join("x" if flag else "." for flag in row) for row in cut)
    assert all(kind.startswith(".") and kind.endswith("x") for kind in kinds)
    assert len(kinds) == 8 * 5  # 9 kept tokens in two runs, 6 cut ones in two
    assert chisquare(list(kinds.values())).pvalue > 1e-3


def test_rows_of_no_length_and_of_one_token_are_left_alone() -> None:
    cut = Corruption(0.15)._cut(np.array([0, 1, 2]), 5, Chance(0, 0, np.arange(3)))
    assert cut.astype(int).tolist() == [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 1, 0, 0, 0]]


def test_too_few_sentinels_are_told() -> None:
    context = context_of("t5")
    few = replace(context, symbols=replace(context.symbols, sentinels=context.symbols.sentinels[:2]))
    with pytest.raises(ConfigError, match="3 spans, and the tokenizer 2 sentinels"):
        make_mixture("span", family="t5").make(np.arange(4), context=few, seed=0, epoch=0)
