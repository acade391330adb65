"""Spans that a decoder writes: T5's span corruption.

A share of the tokens is cut out in spans of 3 on average. Each span leaves one sentinel in what the encoder reads, and
the decoder writes each sentinel with the tokens that it stands for, and the end:

    read   x_1 x_2 <extra_id_0> x_6 x_7 x_8 <extra_id_1> </s>
    write  <extra_id_0> x_3 x_4 x_5 <extra_id_1> x_9 x_10 </s>
    L = - sum_t log P(w_t | w_<t, read)

The number of tokens and that of spans are fixed, round(rate x n) and a third of it; where they lie is drawn so that
every way to cut is as likely, and a row begins with what is kept. Source: Raffel et al. 2020, arXiv 1910.10683,
section 3.1.4 and figure 2. Scores: loss, perplexity and accuracy of what is written.

    >>> prepared = make_mixture("span", family="t5").make(np.arange(32), context=context, seed=0, epoch=0)
    >>> sorted(prepared.inputs)
    ['decoder_input_ids', 'input_ids', 'places']

For encoders `span` is SpanBERT's objective, see `accent.objectives.span`.

Legend: B rows, T tokens, R tokens that are read, W tokens that are written, M = those of all rows.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from accent.errors import ConfigError
from accent.objectives.chance import Chance
from accent.objectives.masking import choose
from accent.objectives.mlm import Mlm
from accent.objectives.protocol import Context, Laid, Prepared

__all__ = ["SPAN_LENGTH", "Corruption"]

Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

SPAN_LENGTH = 3
"""Tokens of a span on average."""


class Corruption(Mlm):
    """Spans are cut out and written."""

    kind: ClassVar[str] = "span"
    families: ClassVar[frozenset[str]] = frozenset({"t5"})
    needs: ClassVar[frozenset[str]] = frozenset()

    def prepare(self, laid: Laid, *, context: Context, chance: Chance) -> Prepared:
        """Cut spans out: `input_ids` (B, R), `decoder_input_ids` (B, W), `places` and `labels` (M,) of what is written.

        Raises ConfigError where a row has more spans than the tokenizer has sentinels.
        """
        symbols = context.symbols
        own_B = laid.lengths - len(symbols.single.after)
        cut_BT = self._cut(own_B, laid.ids.shape[1], chance)
        starts_BT = cut_BT & ~np.pad(cut_BT, ((0, 0), (1, 0)))[:, :-1]
        spans_BT = starts_BT.cumsum(axis=1)
        _check_sentinels(int(spans_BT.max(initial=0)), len(symbols.sentinels))
        is_real_BT = np.arange(cut_BT.shape[1]) < laid.lengths[:, None]
        is_end_BT = is_real_BT & (np.arange(cut_BT.shape[1]) >= own_B[:, None])
        sentinels_BT = symbols.sentinels[np.maximum(spans_BT - 1, 0)]
        read_BR, read_B = _packed([(starts_BT, sentinels_BT), (is_real_BT & ~cut_BT, laid.ids)], symbols.pad)
        written_BW, written_B = _packed([(starts_BT, sentinels_BT), (cut_BT | is_end_BT, laid.ids)], symbols.pad)
        is_written_BW = np.arange(written_BW.shape[1]) < written_B[:, None]
        shifted_BW = np.full_like(written_BW, symbols.pad)
        shifted_BW[:, 1:] = written_BW[:, :-1]
        inputs = {
            "input_ids": read_BR,
            "decoder_input_ids": shifted_BW,
            "places": np.flatnonzero(is_written_BW).astype(np.int64),
        }
        if (read_B < read_BR.shape[1]).any():
            inputs["attention_mask"] = (np.arange(read_BR.shape[1]) < read_B[:, None]).astype(np.int64)
        labels_M = written_BW[is_written_BW]
        return Prepared(inputs=inputs, targets={"labels": labels_M}, tokens=int(read_B.sum()), whole=True)

    def _cut(self, lengths_B: Ints, width: int, chance: Chance) -> Flags:
        """Return which tokens are cut out: kept and cut runs take turns, each of any length that adds up."""
        cut_B = np.clip(np.round(self.rate * lengths_B), 1, np.maximum(lengths_B - 1, 0)).astype(np.int64)
        spans_B = np.clip(np.round(cut_B / SPAN_LENGTH), 1, np.maximum(lengths_B - cut_B, 1)).astype(np.int64)
        kept = _partition(lengths_B - cut_B, spans_B, chance.uniform("kept runs", width))
        gone = _partition(cut_B, spans_B, chance.uniform("cut runs", width))
        runs = np.stack([kept, gone], axis=2).reshape(len(lengths_B), -1)
        ends_BX = runs.cumsum(axis=1)
        run_BT = (np.arange(width)[None, :, None] >= ends_BX[:, None, :]).sum(axis=2)
        is_cut_BT: Flags = (run_BT % 2 == 1) & (np.arange(width) < lengths_B[:, None]) & (cut_B > 0)[:, None]
        return is_cut_BT


def _partition(totals_B: Ints, parts_B: Ints, scores_BT: npt.NDArray[np.float64]) -> Ints:
    """Return for each row lengths of at least 1 that add up to its total, every such way as likely; 0 behind them."""
    width = scores_BT.shape[1]
    able_BT = np.arange(width) < (totals_B - 1)[:, None]
    joints_BT = choose(able_BT, parts_B - 1, scores_BT)  # cuts between token t and the next
    parts_BT = np.pad(joints_BT.cumsum(axis=1), ((0, 0), (1, 0)))[:, :-1]
    own_BT = np.arange(width) < totals_B[:, None]
    most = int(parts_B.max(initial=1))
    counted = np.bincount(
        (np.arange(len(parts_BT))[:, None] * most + np.minimum(parts_BT, most - 1)).ravel(),
        weights=own_BT.ravel(),
        minlength=len(parts_BT) * most,
    )
    return counted.reshape(len(parts_BT), most).astype(np.int64)


def _packed(layers: list[tuple[Flags, Ints]], pad: int) -> tuple[Ints, Ints]:
    """Lay what is flagged end to end in each row: of each place the first layer before the second. With the lengths."""
    flags = np.stack([flags for flags, _ in layers], axis=2).reshape(len(layers[0][0]), -1)
    values = np.stack([values for _, values in layers], axis=2).reshape(flags.shape)
    lengths_B = flags.sum(axis=1)
    packed = np.full((len(flags), max(1, int(lengths_B.max(initial=1)))), pad, dtype=np.int64)
    packed[np.arange(packed.shape[1]) < lengths_B[:, None]] = values[flags]
    return packed, lengths_B.astype(np.int64)


def _check_sentinels(spans: int, sentinels: int) -> None:
    if spans > sentinels:
        raise ConfigError(
            f"a row has {spans} spans, and the tokenizer {sentinels} sentinels",
            where="tokenizer",
            remedy="Take a tokenizer with enough <extra_id_0>, <extra_id_1> ..., or give shorter blocks.",
        )
