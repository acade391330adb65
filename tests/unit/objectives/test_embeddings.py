"""Embeddings that start from counts and sinusoids: formulas by hand, what stays as it was, and every family."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy import sparse
from transformers import PreTrainedConfig

from accent.modeling import ARCHITECTURES, new_config, new_model
from accent.modeling.architectures import PretrainingHead
from accent.objectives import Text, start_embeddings
from accent.objectives import embeddings as room
from accent.objectives.embeddings import cooccurrence_embeddings
from tests.unit.objectives.corpora import documents, parallel_of, text_of, tokenizer_of

HEADS: dict[str, PretrainingHead] = {"electra": "replaced", "gpt2": "causal", "t5": "written"}
TABLES = {"distilbert": 2, "gpt2": 2, "modernbert": 1, "t5": 1}
"""Embeddings of tokens, and of places and types, where there are any."""
KINDS = {"albert": "unigram", "gpt2": "gpt2", "modernbert": "bpe", "roberta": "bpe", "t5": "t5"}


def text(tokens: list[list[int]]) -> Text:
    """Documents by their tokens."""
    bounds = np.cumsum([0, *map(len, tokens)])
    return Text(tokens=np.array([one for document in tokens for one in document], np.uint16), documents=bounds)


def subjects(count: int, seed: int = 0) -> Text:
    """Documents about one of two subjects: tokens 10 to 29, or 30 to 49."""
    chance = np.random.default_rng(seed)
    return text([list(chance.integers(10, 30, 16) + 20 * int(chance.integers(2))) for _ in range(count)])


def cosines(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return how alike each two rows are."""
    return rows @ rows.T


def by_hand(windows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Positive pointwise mutual information, pair by pair, as the formula stands."""
    rows = windows.shape[1]
    pairs = np.zeros((rows, rows))
    for window in windows:
        for one in np.flatnonzero(window):
            for other in np.flatnonzero(window):
                pairs[one, other] += one != other
    shares = pairs.sum(axis=1) / pairs.sum()
    smoothed = pairs.sum(axis=0) ** 0.75 / (pairs.sum(axis=0) ** 0.75).sum()
    with np.errstate(divide="ignore"):
        return np.maximum(0.0, np.log(pairs / pairs.sum() / np.outer(shares, smoothed)))


def test_rows_lie_as_the_formula_says() -> None:
    windows = (np.random.default_rng(0).random((200, 12)) < 0.3).astype(np.float64) * 2.0
    left, sizes, _ = np.linalg.svd(by_hand(windows))
    expected = left[:, 1:6] * np.sqrt(sizes[1:6])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    rows, vectors = cooccurrence_embeddings(sparse.csr_matrix(windows, dtype=np.float32), 5, seed=3)
    assert rows.tolist() == list(range(12))
    assert cosines(vectors) == pytest.approx(cosines(expected.astype(np.float32)), abs=1e-3)


def test_tokens_of_one_subject_come_to_lie_near_each_other() -> None:
    model = new_model(config("bert"), "masked", seed=0)
    tokens = start_embeddings(model, subjects(400), seed=0).tokens
    rows = torch.nn.functional.normalize(model.get_input_embeddings().weight.detach()[10:50], dim=1)
    alike = (rows @ rows.T).fill_diagonal_(0.0)
    assert tokens == 40
    assert float(alike[:20, :20].mean() + alike[20:, 20:].mean()) / 2 > float(alike[:20, 20:].mean()) + 0.1


def test_all_else_stays_as_it_was_drawn() -> None:
    fresh, started = (new_model(config("bert"), "masked", seed=0) for _ in range(2))
    start_embeddings(started, subjects(400), seed=0)
    before, after = fresh.state_dict(), started.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {
        "bert.embeddings.word_embeddings.weight",
        "bert.embeddings.position_embeddings.weight",
        "bert.embeddings.token_type_embeddings.weight",
        "cls.predictions.decoder.weight",
        "cls.predictions.decoder.bias",
        "cls.predictions.bias",
    }
    weights = "bert.embeddings.word_embeddings.weight"
    assert torch.equal(before[weights][:10], after[weights][:10])
    assert torch.equal(before[weights][50:], after[weights][50:])
    assert float(after[weights][10:50].norm(dim=1).std()) < 1e-6
    assert float(after[weights][10:50].std()) == pytest.approx(float(before[weights].std()), rel=0.1)


def test_places_start_from_sinusoids_as_large_as_random_ones() -> None:
    fresh, model = (new_model(config("bert"), "masked", seed=0) for _ in range(2))
    start_embeddings(model, subjects(20), seed=0)
    waves = model.bert.embeddings.position_embeddings.weight.detach()
    size = float(fresh.bert.embeddings.position_embeddings.weight.detach().std()) * 2**0.5
    for place, column in ((0, 0), (0, 1), (3, 0), (3, 1), (17, 6), (63, 31)):
        angle = place / 10000 ** ((column - column % 2) / 32)
        expected = size * (np.sin(angle) if column % 2 == 0 else np.cos(angle))
        assert float(waves[place, column]) == pytest.approx(expected, abs=1e-6)
    assert not model.bert.embeddings.token_type_embeddings.weight.any()


def test_places_of_padding_stay_zero() -> None:
    model = new_model(config("roberta"), "masked", seed=0)
    start_embeddings(model, text_of(tokenizer_of("bpe"), documents()), seed=0)
    table = model.roberta.embeddings.position_embeddings
    assert not table.weight[table.padding_idx].any()
    assert table.weight[table.padding_idx + 1].any()


def test_logits_begin_at_the_shares_of_the_tokens() -> None:
    model = new_model(config("bert"), "masked", seed=0)
    start_embeddings(model, text([[10, 11, 10, 12], [10, 11]]), seed=0)
    shares = model.get_output_embeddings().bias.softmax(0)
    rows = len(shares)
    assert shares[[10, 11, 12, 13]].tolist() == pytest.approx(
        [4 / (6 + rows), 3 / (6 + rows), 2 / (6 + rows), 1 / (6 + rows)]
    )


def test_the_same_seed_gives_the_same_rows_and_another_one_others() -> None:
    rows = []
    for seed in (1, 1, 2):
        model = new_model(config("bert"), "masked", seed=0)
        start_embeddings(model, subjects(100), seed=seed)
        rows.append(model.get_input_embeddings().weight.detach()[10:50])
    assert torch.equal(rows[0], rows[1])
    assert not torch.allclose(rows[0], rows[2])
    assert torch.allclose(rows[0] @ rows[0].T, rows[2] @ rows[2].T, atol=1e-4)


def test_a_long_text_is_counted_in_evenly_spread_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_WINDOWS", 3)
    windows = room._windows(text([[one] * 4 for one in range(9)]), 9)
    assert windows.toarray().argmax(axis=1).tolist() == [0, 4, 8]
    assert windows.sum() == 12


def test_only_the_most_frequent_tokens_of_a_large_vocabulary_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_ROWS", 3)
    windows = sparse.csr_matrix(np.array([[1, 1, 1, 1], [0, 1, 1, 1], [1, 0, 0, 0], [0, 1, 1, 1.0], [0, 1, 0, 1.0]]))
    assert cooccurrence_embeddings(windows, 4, seed=0)[0].tolist() == [1, 2, 3]


@pytest.mark.parametrize("tokens", [[[10]], [[10], [11], [12]], [[10, 10, 10]], [[10, 11]]])
def test_tokens_without_company_stay_random(tokens: list[list[int]]) -> None:
    fresh, model = (new_model(config("bert"), "masked", seed=0) for _ in range(2))
    assert start_embeddings(model, text(tokens), seed=0).tokens == 0
    assert torch.equal(fresh.get_input_embeddings().weight, model.get_input_embeddings().weight)


def test_a_text_and_its_translation_are_one_window() -> None:
    pairs = parallel_of("wordpiece").text
    assert pairs.pair is not None
    windows = room._windows(pairs, 2000)
    both = replace(pairs, pair=None), pairs.pair
    for place in (0, 7):
        seen = {int(one) for side in both for one in side.tokens[side.documents[place] : side.documents[place + 1]]}
        assert set(windows[place].indices.tolist()) == seen


@pytest.mark.parametrize("family", sorted(ARCHITECTURES))
def test_every_family_starts_from_counts(family: str) -> None:
    tokenizer = tokenizer_of(KINDS.get(family, "wordpiece"))
    model = new_model(config(family), HEADS.get(family, "masked"), seed=0)
    before = model.get_input_embeddings().weight.detach().clone()
    known = start_embeddings(model, text_of(tokenizer, documents()), seed=0)
    after = model.get_input_embeddings().weight.detach()
    moved = (before != after).any(dim=1)
    assert known.tokens == int(moved.sum()) > 40
    assert len(known.tables) == TABLES.get(family, 3)
    assert float(after[moved].std()) == pytest.approx(float(before[moved].std()), rel=0.1)
    assert torch.isfinite(after).all()
    output = model.get_output_embeddings()
    assert output is None or output.weight is model.get_input_embeddings().weight


def config(family: str) -> PreTrainedConfig:
    """A small shape of the family."""
    tokenizer = tokenizer_of(KINDS.get(family, "wordpiece"))
    return new_config(family, tokenizer=tokenizer, max_length=64, layers=1, hidden=32, heads=2)
