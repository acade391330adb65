"""The predictor: transformers' own probabilities, in order, a window at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from datasets import Dataset
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

from accent.errors import ConfigError, DataError, RunError
from accent.inference import WINDOW_ROWS, Predictor, predictor
from accent.inference import rows as reading
from accent.tasks import Classification
from accent.tokenization import Encoder, load_tokenizer
from tests.checkpoints import FAMILIES, SENTENCES, make_checkpoint
from tests.unit.inference.small import LABELS, save_run, save_tagger, write_settings

TEXTS = [*SENTENCES, "ok", "a " * 50, "fine film"]


def one_by_one(model: Path, texts: list[str], pairs: list[str] | None = None) -> np.ndarray:
    """Ask transformers itself, a row at a time, so that nothing is padded."""
    theirs = AutoModelForSequenceClassification.from_pretrained(model).eval()
    tokenizer = AutoTokenizer.from_pretrained(model)
    rows = []
    for text, second in zip(texts, pairs or [None] * len(texts), strict=True):
        batch = tokenizer(text, second, truncation="longest_first", max_length=24, return_tensors="pt")
        with torch.no_grad():
            rows.append(theirs(**batch).logits.double().softmax(-1)[0].numpy())
    return np.stack(rows)


@pytest.mark.parametrize("family", [*FAMILIES, "t5", "bart"])
def test_probabilities_are_those_of_transformers(tmp_path: Path, family: str) -> None:
    run = save_run(tmp_path, family, initializer_range=0.5)
    found = Predictor.load(run, precision="fp32", batch_tokens=60).probabilities(TEXTS)
    expected = one_by_one(run / "model", TEXTS)
    assert np.ptp(expected, axis=0).max() > 0.1  # rows differ, so that an exchange of two would show
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_pairs_too(tmp_path: Path) -> None:
    run = save_run(tmp_path, pair=True, initializer_range=0.5)
    pairs = TEXTS[::-1]
    rows = list(zip(TEXTS, pairs, strict=True))
    loaded = Predictor.load(run, precision="fp32", batch_tokens=60)
    np.testing.assert_allclose(loaded.probabilities(rows), one_by_one(run / "model", TEXTS, pairs), atol=2e-5)
    assert [answer["label"] for answer in loaded.answers(rows)] == [
        LABELS[best] for best in loaded.probabilities(rows).argmax(axis=1)
    ]


def test_answers_are_those_of_the_pipeline(tmp_path: Path) -> None:
    run = save_run(tmp_path, initializer_range=0.5)
    answers = list(Predictor.load(run / "model", precision="fp32").answers((text, None) for text in SENTENCES))
    theirs = pipeline("text-classification", model=str(run / "model"), device="cpu")(
        list(SENTENCES), top_k=None, truncation=True, max_length=24
    )
    for answer, their in zip(answers, theirs, strict=True):
        assert set(answer) == {"label", "score", "scores"}
        assert answer["label"] == their[0]["label"]
        assert answer["scores"] == pytest.approx({entry["label"]: entry["score"] for entry in their}, abs=2e-5)


def test_batch_size_and_windows_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = save_run(tmp_path, initializer_range=0.5)
    whole = list(Predictor.load(run, precision="fp32").answers(TEXTS))
    monkeypatch.setattr(reading, "WINDOW_ROWS", 3)
    parts = list(Predictor.load(run, precision="fp32", batch_tokens=1).answers(TEXTS))
    assert [answer["label"] for answer in parts] == [answer["label"] for answer in whole]
    for one, other in zip(parts, whole, strict=True):
        assert one["scores"] == pytest.approx(other["scores"], abs=2e-5)


def test_rows_are_read_one_window_ahead_and_no_further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "WINDOW_ROWS", 4)
    read: list[int] = []

    def rows() -> Iterator[tuple[str, None]]:
        for number in range(20):
            read.append(number)
            yield f"film {number}", None

    answers = Predictor.load(save_run(tmp_path), precision="fp32").answers(rows())
    assert read == []
    next(answers)
    assert read == [0, 1, 2, 3]
    assert WINDOW_ROWS == 2048


def test_rows_that_cannot_be_answered_keep_their_place(tmp_path: Path) -> None:
    loaded = Predictor.load(save_run(tmp_path), precision="fp32")
    rows = [("ok", None), ("", None), ("  \n", None), (None, None), (3, None), ("a", "b"), ("\ud800 x", None), "fine"]
    answers = list(loaded.answers(rows))  # type: ignore[arg-type]
    assert ["error" in answer for answer in answers] == [False, True, True, True, True, True, True, False]
    assert [set(answer) for answer in answers[1:7]] == [{"error"}] * 6
    assert answers[1]["error"] == "the text is empty"
    assert "NoneType" in answers[3]["error"]
    assert "this model answers one" in answers[5]["error"]
    assert "surrogate" in answers[6]["error"]
    assert loaded.statistics.rows == 2


def test_rows_of_a_data_set_are_answered_like_texts_and_in_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = Predictor.load(save_run(tmp_path, initializer_range=0.5), precision="fp32")
    texts = ["ok", "", *TEXTS, " "]
    expected = list(loaded.answers(texts))
    monkeypatch.setattr(reading, "WINDOW_ROWS", 4)
    read: list[int] = []
    given = Dataset.__getitem__
    monkeypatch.setattr(Dataset, "__getitem__", lambda self, key: (read.append(key.stop), given(self, key))[1])
    answers = loaded.answers(Dataset.from_dict({"text": texts, "origin_line": list(range(len(texts)))}))
    assert next(answers)["label"] == expected[0]["label"]
    assert read == [4]
    rest = list(answers)
    assert [answer.get("label") for answer in rest] == [answer.get("label") for answer in expected[1:]]
    assert rest[0] == rest[-1] == {"error": "the text is empty"}


def test_pairs_of_a_data_set_keep_their_second_text(tmp_path: Path) -> None:
    loaded = Predictor.load(save_run(tmp_path, pair=True, initializer_range=0.5), precision="fp32")
    pairs = list(zip(TEXTS, TEXTS[::-1], strict=True))
    rows = Dataset.from_dict({"text": [*TEXTS, "a"], "text_pair": [*TEXTS[::-1], ""]})
    assert list(loaded.answers(rows)) == [*loaded.answers(pairs), {"error": "the text is empty"}]


def test_words_that_a_data_set_gives_are_the_words_that_are_tagged(tmp_path: Path) -> None:
    labels = ("X", "Y", "Z")
    run = save_tagger(tmp_path, labels, marks="plain", common="X")
    texts, words = ["the U.S. film", "", "ain't"], [([0, 4, 9], [3, 8, 13]), ([], []), ([0], [5])]
    rows = Dataset.from_dict({"text": texts, "words": [{"starts": one, "ends": other} for one, other in words]})
    answers = list(Predictor.load(run, precision="fp32").answers(rows))
    assert [[one["word"] for one in answer.get("entities", ())] for answer in answers] == [
        ["the", "U.S.", "film"],
        [],
        ["ain't"],
    ]
    assert answers[1] == {"error": "the text is empty"}


def test_a_window_of_errors_only_and_no_rows_at_all(tmp_path: Path) -> None:
    loaded = Predictor.load(save_run(tmp_path), precision="fp32")
    assert list(loaded.answers([("", None)] * 3)) == [{"error": "the text is empty"}] * 3
    assert list(loaded.answers([])) == []
    assert loaded.probabilities([]).shape == (0, 3)
    assert loaded.statistics.rows_per_second == 0.0


def test_a_missing_second_text_is_an_error_for_pairs(tmp_path: Path) -> None:
    loaded = Predictor.load(save_run(tmp_path, pair=True), precision="fp32")
    assert "answers pairs" in next(loaded.answers([("a", None)]))["error"]
    with pytest.raises(DataError, match="row 2"):
        loaded.probabilities([("a", "b"), ("a", None)])


@pytest.mark.parametrize("family", ["bert", "gpt2"])
def test_empty_texts_are_scored_where_numbers_are_asked(tmp_path: Path, family: str) -> None:
    found = Predictor.load(save_run(tmp_path, family), precision="fp32").probabilities(["ok", "", "fine"])
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(axis=1), 1.0)


def test_data_sets_and_texts_give_the_same(tmp_path: Path) -> None:
    loaded = Predictor.load(save_run(tmp_path), precision="fp32")
    rows = Dataset.from_dict({"text": TEXTS, "label": ["bad"] * len(TEXTS)})
    expected = loaded.probabilities(TEXTS)
    assert np.array_equal(loaded.probabilities(rows), expected)


@pytest.mark.parametrize("pair", [True, False])
def test_a_data_set_of_the_other_kind_is_refused(tmp_path: Path, pair: bool) -> None:
    loaded = Predictor.load(save_run(tmp_path, pair=pair), precision="fp32")
    columns = {"text": TEXTS} if pair else {"text": TEXTS, "text_pair": TEXTS}
    kind = "pairs, and the rows are single" if pair else "single texts, and the rows are pairs"
    with pytest.raises(DataError, match=kind):
        loaded.probabilities(Dataset.from_dict(columns))


def test_parts_in_memory_answer_and_the_model_keeps_its_mode(tmp_path: Path) -> None:
    run = save_run(tmp_path)
    loaded = Predictor.load(run, precision="fp32")
    model = AutoModelForSequenceClassification.from_pretrained(run / "model")
    encoder = Encoder(load_tokenizer(run / "model"), 24)
    parts = Predictor.from_parts(model, encoder, Classification(LABELS))
    model.train()
    first = parts.probabilities(TEXTS)
    assert model.training
    np.testing.assert_allclose(first, loaded.probabilities(TEXTS), atol=2e-6)
    model.zero_grad()
    model(
        **{name: torch.ones(1, 4, dtype=torch.long) for name in ("input_ids", "attention_mask")}
    ).logits.sum().backward()
    assert model.classifier.weight.grad is not None
    with torch.no_grad():
        model.classifier.weight.mul_(50)
    assert not np.allclose(parts.probabilities(TEXTS), first, atol=1e-3)


def test_bf16_is_near_fp32_and_sees_new_weights(tmp_path: Path) -> None:
    run = save_run(tmp_path, initializer_range=0.5)
    exact = Predictor.load(run, precision="fp32").probabilities(TEXTS)
    rough = Predictor.load(run, precision="bf16")
    near = rough.probabilities(TEXTS)
    assert not np.array_equal(near, exact)
    np.testing.assert_allclose(near, exact, atol=0.1)
    with torch.no_grad():
        rough.model.classifier.weight.zero_()
        rough.model.classifier.bias.zero_()
    np.testing.assert_allclose(rough.probabilities(TEXTS), 1 / 3, atol=1e-6)


def test_auto_precision_is_what_the_probe_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Found:
        choice = "bf16"

    monkeypatch.setattr(predictor, "probe_precision", lambda _: Found)
    assert Predictor.load(save_run(tmp_path)).precision == "bf16"


def test_statistics_count_rows_tokens_and_padding(tmp_path: Path) -> None:
    loaded = Predictor.load(save_run(tmp_path), precision="fp32", batch_tokens=10_000)
    lengths = loaded.encoder.encode_flat(TEXTS).lengths
    list(loaded.answers(TEXTS))
    found = loaded.statistics
    assert (found.rows, found.tokens) == (len(TEXTS), int(lengths.sum()))
    assert found.padding == pytest.approx(1 - lengths.sum() / (lengths.max() * len(TEXTS)))
    assert found.rows_per_second == pytest.approx(found.rows / found.seconds)
    loaded.probabilities(TEXTS)
    assert loaded.statistics.rows == 2 * len(TEXTS)
    whole = loaded.encoder.lengths(TEXTS)
    assert found.truncated_rows == (whole > 24).sum() > 0
    assert found.truncated_tokens == np.maximum(whole - 24, 0).sum()
    assert set(found.to_json()) == {
        "rows",
        "tokens",
        "padding",
        "truncated_rows",
        "truncated_tokens",
        "seconds",
        "rows_per_second",
    }


def test_labels_are_those_of_the_settings(tmp_path: Path) -> None:
    assert Predictor.load(save_run(tmp_path), precision="fp32").labels == LABELS


def test_settings_that_do_not_fit_the_model_are_refused(tmp_path: Path) -> None:
    run = save_run(tmp_path)
    write_settings(run / "model", max_length=5000)
    with pytest.raises(ConfigError, match="64 positions"):
        Predictor.load(run, precision="fp32")
    write_settings(run / "model", labels=["a", "b"])
    with pytest.raises(RunError, match="names 2 labels"):
        Predictor.load(run, precision="fp32")


def test_a_checkpoint_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no accent\.json"):
        Predictor.load(make_checkpoint(tmp_path), precision="fp32")


def test_rows_may_be_encoded_first_and_answered_later(tmp_path: Path) -> None:
    run = save_run(tmp_path, initializer_range=0.5)
    loaded = Predictor.load(run, precision="fp32", batch_tokens=60)
    examples = [loaded.examples(TEXTS[start : start + 5]) for start in range(0, len(TEXTS), 5)]
    later = [answer for part in reversed(examples) for answer in reversed(loaded.joined(part))]
    expected = list(loaded.answers(TEXTS))
    assert [one["scores"] for one in later[::-1]] == [pytest.approx(one["scores"], abs=1e-5) for one in expected]
    assert loaded.complaint(TEXTS[0]) is None
    assert loaded.complaint(" ") == "the text is empty"


def test_an_encoder_that_is_given_is_used(tmp_path: Path) -> None:
    run = save_run(tmp_path, initializer_range=0.5)
    short = Encoder(load_tokenizer(run / "model"), 8)
    loaded = Predictor.load(run, precision="fp32", encoder=short)
    assert loaded.encoder is short
    whole = Predictor.load(run, precision="fp32").probabilities(TEXTS)
    assert np.abs(loaded.probabilities(TEXTS) - whole).max() > 1e-3  # texts are cut at 8 tokens
