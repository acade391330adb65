"""Embeddings that start from what is known before anything is trained: what stands near what, and where.

**Tokens.** A small model that starts from random embeddings learns slowly, update by update, what counting finds in
seconds: which tokens are used alike. Windows of the text are counted, not pairs of neighbours, so that tokens of one
subject or mood come to lie near each other, too.

    C_ij = windows in which tokens i and j both stand, i != j
    M_ij = max(0, ln( p(i, j) / (p(i) p_a(j)) ))     with p(i, j) = C_ij / sum C, p_a(j) = c_j^a / sum c^a, a = 0.75
    M ~ U S V^T,   E = rows of (U S^(1/2)) R brought to the length that random rows have

This is what skip-gram with negative samples factorises (Levy and Goldberg 2014, "Neural word embedding as implicit
matrix factorization"); smoothing by a and the root of S: Levy, Goldberg and Dagan 2015, "Improving distributional
similarity". The first direction, which all rows share, is left out (Mu and Viswanath 2018, arXiv 1702.01417). R is a
random rotation, because no coordinate of a new model means more than another. With a bias for each token's logit, this
bias starts at the logarithm of the token's share: the output, too, begins with what counting knows.

**Places.** Learned positions start from sinusoids, in which places at one distance differ by one rotation (Vaswani et
al. 2017, arXiv 1706.03762, section 3.5), scaled to the size of random ones, and types of segments from zero:

    P_(t, 2k) = s sin(t / 10000^(2k/H)),    P_(t, 2k+1) = s cos(t / 10000^(2k/H))

Legend: W windows, V rows of the embeddings, H their width, T places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse
from sklearn.utils.extmath import randomized_svd
from torch import nn
from transformers import PreTrainedModel

from accent.objectives.blocks import apart
from accent.objectives.protocol import Text
from accent.seeds import derive

__all__ = ["Known", "cooccurrence_embeddings", "start_embeddings"]

WINDOW = 32
"""Tokens in whose company a token is counted."""
MOST_WINDOWS = 250_000
"""Windows that are counted of a longer text, evenly spread: 8 million tokens, 13 seconds and 640 MB of 30,522 rows."""
MOST_ROWS = 2**15
"""Tokens that are counted of a larger vocabulary, the most frequent ones; all others stay random."""
SMOOTHING = 0.75
POSITIONS = frozenset({"position_embeddings", "wpe"})
TYPES = frozenset({"token_type_embeddings"})
"""How the families call their tables of learned positions, and of types."""
PORTION = 2**22
"""Tokens that are counted at once."""


@dataclass(frozen=True)
class Known:
    """What does not start at random."""

    tokens: int
    """Tokens whose embeddings come from counts."""
    tables: tuple[nn.Parameter, ...]
    """The embeddings of tokens, and of places and types where there are any."""


def start_embeddings(model: PreTrainedModel, text: Text, *, seed: int) -> Known:
    """Put embeddings from counts and sinusoids in the place of `model`'s random ones.

    Tokens that never stand beside another keep what they had. `text` with translations counts each text and its
    translation as one window.
    """
    embeddings: Any = model.get_input_embeddings()
    weight: nn.Parameter = embeddings.weight
    windows = _windows(text, weight.shape[0])
    rows, vectors = cooccurrence_embeddings(windows, weight.shape[1], seed=seed)
    with torch.no_grad():
        length = float(weight.std()) * weight.shape[1] ** 0.5
        weight[torch.from_numpy(rows)] = torch.from_numpy(vectors * length).to(weight.dtype)
        bias = getattr(model.get_output_embeddings(), "bias", None)  # type: ignore[no-untyped-call]
        if bias is not None:
            bias.copy_(torch.from_numpy(_log_shares(text, len(bias))))
    return Known(len(rows), (weight, *_start_places(model)))


def cooccurrence_embeddings(
    windows: sparse.csr_matrix, width: int, *, seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return the tokens that have company, and a row of length 1 for each, from counts (W, V) of tokens by window."""
    counted = _frequent(windows)
    present = windows[:, counted]
    present.data[:] = 1.0
    pairs = (present.T @ present).tocsr()
    pairs.setdiag(0.0)
    pairs.eliminate_zeros()
    accompanied = np.diff(pairs.indptr) > 0
    pairs = pairs[accompanied][:, accompanied]
    rank = min(width + 1, pairs.shape[0] - 1)
    if rank <= 1:
        return np.empty(0, np.int64), np.empty((0, width), np.float32)
    random = np.random.default_rng(derive(seed, "cooccurrence"))
    left, sizes, _ = randomized_svd(_information(pairs), rank, n_iter=3, random_state=int(random.integers(2**31)))
    rotation = np.linalg.qr(random.standard_normal((width, width)))[0][: rank - 1]
    vectors = (left[:, 1:] * np.sqrt(sizes[1:])) @ rotation
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return counted[accompanied], vectors.astype(np.float32)


def _start_places(model: PreTrainedModel) -> list[nn.Parameter]:
    """Put sinusoids into the learned positions, where there are any, and zeros into the types; return these tables."""
    tables: dict[str, Any] = {
        name.rpartition(".")[2]: one for name, one in model.named_modules() if isinstance(one, nn.Embedding)
    }
    with torch.no_grad():
        for name in sorted(POSITIONS & tables.keys()):
            weight_TH = tables[name].weight
            waves_TH = _waves(*weight_TH.shape) * float(weight_TH.std()) * 2**0.5
            padding = tables[name].padding_idx
            if padding is not None:
                waves_TH[padding] = 0.0
            weight_TH.copy_(waves_TH)
        for name in TYPES & tables.keys():
            tables[name].weight.zero_()
    return [tables[name].weight for name in sorted((POSITIONS | TYPES) & tables.keys())]


def _waves(places: int, width: int) -> torch.Tensor:
    """Return a sine and a cosine of each frequency for each place, (T, H)."""
    frequencies = 10000.0 ** (-torch.arange(0, width, 2) / width)
    turns = torch.arange(places)[:, None] * frequencies
    return torch.stack([turns.sin(), turns.cos()], dim=2).flatten(1)[:, :width]


def _log_shares(text: Text, rows: int) -> npt.NDArray[np.float64]:
    """Return the logarithm of each token's share of the text, one occurrence more assumed of each (V,)."""
    counts = np.ones(rows)
    for start in range(0, len(text.tokens), PORTION):
        counts += np.bincount(np.asarray(text.tokens[start : start + PORTION], dtype=np.int64), minlength=rows)
    return np.asarray(np.log(counts / counts.sum()))


def _windows(text: Text, rows: int) -> sparse.csr_matrix:
    """Return how often each token stands in each window (W, V)."""
    if text.pair is not None:
        return _counts(text, text.documents[:-1], text.documents[1:], rows) + _counts(
            text.pair, text.pair.documents[:-1], text.pair.documents[1:], rows
        )
    starts, ends = apart(text.documents, WINDOW)
    return _counts(text, starts, ends, rows)


def _counts(text: Text, starts: Any, ends: Any, rows: int) -> sparse.csr_matrix:
    chosen = np.linspace(0, len(starts) - 1, min(len(starts), MOST_WINDOWS)).astype(np.int64)
    sizes = (ends - starts)[chosen]
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    places = np.arange(bounds[-1]) - np.repeat(bounds[:-1] - starts[chosen], sizes)
    tokens = np.asarray(text.tokens[places], dtype=np.int32)
    counts = sparse.csr_matrix((np.ones(len(tokens), np.float32), tokens, bounds), shape=(len(chosen), rows))
    counts.sum_duplicates()
    return counts


def _frequent(windows: sparse.csr_matrix) -> npt.NDArray[np.int64]:
    seen = np.asarray(windows.sum(axis=0)).ravel()
    order = np.argsort(-seen, kind="stable")[:MOST_ROWS]
    return np.sort(order[seen[order] > 0]).astype(np.int64)


def _information(pairs: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return the positive pointwise mutual information of each pair, with smoothed second tokens."""
    single = np.asarray(pairs.sum(axis=1)).ravel()
    smoothed = single**SMOOTHING
    found = pairs.tocoo()
    expected = single[found.row] * (smoothed / smoothed.sum())[found.col]
    information = np.log(found.data / expected)
    kept = information > 0
    return sparse.csr_matrix((information[kept], (found.row[kept], found.col[kept])), shape=pairs.shape)
