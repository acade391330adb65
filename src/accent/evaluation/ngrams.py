"""A language model that counts: how likely the next byte is after the last four, as the training text has it.

The baseline that a language model must beat. With c counts, h the last n - 1 bytes, h' those without the first, and
T(h) the number of different bytes that follow h, each order mixes its counts with the order below (Witten and Bell's
smoothing):

    p(w | h) = (c(h w) + T(h) p(w | h')) / (c(h) + T(h))

and the order below the first takes all 257 symbols (256 bytes and the end of a text) as equally likely. Where h was
never seen, p(w | h) = p(w | h').

Sources: Witten and Bell, 1991, The Zero-Frequency Problem, method C; Chen and Goodman, 1999, An Empirical Study of
Smoothing Techniques for Language Modeling, section 2.6. Letters on arrays: S symbols of all texts together, G grams.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["ByteNgrams"]

_Ints = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]

END, START = 256, 257
"""The symbols behind and before the bytes of a text; a start is context only, and never foretold."""
_SYMBOLS = 258
_ROWS_AT_ONCE = 1000
MOST_BYTES = 16 << 20
"""Training text beyond this is left out: counts take about 60 bytes for each of its bytes."""


@dataclass(frozen=True)
class _Order:
    """The counts of one order."""

    grams_G: _Ints
    """Codes of the grams that were seen, sorted."""
    counts_G: _Ints
    contexts_H: _Ints
    """Codes of what stands before their last symbol, sorted."""
    totals_H: _Ints
    """c(h): how often each was followed by anything."""
    kinds_H: _Ints
    """T(h): by how many different symbols."""

    @classmethod
    def of(cls, codes_S: _Ints) -> _Order:
        grams_G, counts_G = np.unique(codes_S, return_counts=True)
        contexts_H, starts_H, kinds_H = np.unique(grams_G // _SYMBOLS, return_index=True, return_counts=True)
        totals_H = np.add.reduceat(counts_G, starts_H) if len(starts_H) else counts_G
        return cls(grams_G, counts_G, contexts_H, totals_H, kinds_H)

    def mix(self, codes_S: _Ints, below_S: _Floats) -> _Floats:
        """Return p(w | h) at each place, from the probabilities of the order below."""
        contexts_S = codes_S // _SYMBOLS
        kinds_S = _looked_up(contexts_S, self.contexts_H, self.kinds_H)
        totals_S = _looked_up(contexts_S, self.contexts_H, self.totals_H)
        seen_S = _looked_up(codes_S, self.grams_G, self.counts_G)
        mixed_S = (seen_S + kinds_S * below_S) / np.maximum(totals_S + kinds_S, 1)
        return np.where(totals_S > 0, mixed_S, below_S)


class ByteNgrams:
    """Grams of up to `order` bytes (at most 7, for a code of 63 bits) of some texts, the first 16 MiB of them."""

    def __init__(self, texts: Iterable[str], *, order: int = 5) -> None:
        if not 1 <= order <= 7:  # noqa: PLR2004 - 258 ** 8 is more than 63 bits hold
            raise ValueError(f"grams of 1 to 7 bytes can be counted, not of {order}")
        self._order = order
        symbols_S = _symbols(_first_bytes(texts), order)
        foretold_S = np.flatnonzero(symbols_S != START)
        self._orders = [_Order.of(_codes(symbols_S, foretold_S, length)) for length in range(1, order + 1)]

    def nll(self, texts: Sequence[str], *, after: Sequence[str] | None = None) -> list[tuple[float, int, int]]:
        """Return for each text its negative log likelihood in nats, the symbols foretold, and the bytes among them.

        The end of a text is foretold too, so that there is one symbol more than bytes. A text stands at its beginning,
        or behind one of `after`, which is not foretold.
        """
        before = [_bytes(text) for text in after] if after is not None else [b""] * len(texts)
        rows = [(first, _bytes(text)) for first, text in zip(before, texts, strict=True)]
        return [
            one
            for start in range(0, len(rows), _ROWS_AT_ONCE)
            for one in self._nll_of(rows[start : start + _ROWS_AT_ONCE])
        ]

    def _nll_of(self, rows: Sequence[tuple[bytes, bytes]]) -> Iterable[tuple[float, int, int]]:
        symbols_S = _symbols((first + own for first, own in rows), self._order)
        ends = np.flatnonzero(symbols_S == END)
        places = [np.arange(end - len(own), end + 1) for end, (_, own) in zip(ends, rows, strict=True)]
        logs = np.log(self._probabilities(symbols_S, np.concatenate(places)))
        starts = np.cumsum([0, *map(len, places)])[:-1]
        sums = np.add.reduceat(logs, starts)
        return ((-float(total), len(own) + 1, len(own)) for total, (_, own) in zip(sums, rows, strict=True))

    def _probabilities(self, symbols_S: _Ints, places: _Ints) -> _Floats:
        found = np.full(len(places), 1.0 / (_SYMBOLS - 1))
        for length, order in enumerate(self._orders, start=1):
            found = order.mix(_codes(symbols_S, places, length), found)
        return found


def _first_bytes(texts: Iterable[str]) -> Iterable[bytes]:
    left = MOST_BYTES
    for text in texts:
        whole = _bytes(text)
        yield whole[:left]
        left -= len(whole)
        if left <= 0:
            return


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogatepass")


def _symbols(texts: Iterable[bytes], order: int) -> _Ints:
    """Return all texts one after the other, each between as many starts as a context has symbols, and its end."""
    starts, end = np.full(order - 1, START, dtype=np.int64), np.asarray([END], dtype=np.int64)
    parts = [np.zeros(0, dtype=np.int64)]
    for text in texts:
        parts += [starts, np.frombuffer(text, dtype=np.uint8).astype(np.int64), end]
    return np.concatenate(parts)


def _codes(symbols_S: _Ints, places: _Ints, length: int) -> _Ints:
    """Return a number for the `length` symbols that end at each place; the last one is its lowest digit."""
    codes = np.zeros(len(places), dtype=np.int64)
    for back in range(length - 1, -1, -1):
        codes = codes * _SYMBOLS + symbols_S[places - back]
    return codes


def _looked_up(codes_S: _Ints, keys_G: _Ints, values_G: _Ints) -> _Ints:
    """Return the value of each code, 0 where it is none of the sorted keys."""
    if not len(keys_G):
        return np.zeros(len(codes_S), dtype=np.int64)
    places = np.minimum(np.searchsorted(keys_G, codes_S), len(keys_G) - 1)
    return np.where(keys_G[places] == codes_S, values_G[places], 0)
