"""The page's plain facts of a pretraining: what it was, its text, its tokenizer, its model, its speed."""

from __future__ import annotations

from typing import Any

from accent.report.facts import Fact
from accent.report.pretraining.wording import family_of, large, objectives_of
from accent.report.reading import Material
from accent.report.wording import MISSING, count, duration, memory, moment, number, percent, plain_value, to_float

__all__ = [
    "corpus_facts",
    "identity",
    "model_facts",
    "new_words",
    "product_share",
    "speed_facts",
    "split_rows",
    "tokenizer_facts",
    "worst_words",
]

SHAPE = {
    "num_hidden_layers": "Layers",
    "hidden_size": "Width",
    "num_attention_heads": "Attention heads",
    "intermediate_size": "Width of the feed-forward part",
    "embedding_size": "Width of the embeddings",
    "vocab_size": "Tokens in its tables",
    "max_position_embeddings": "Positions",
}
SPLITS = {
    "train": "Training",
    "validation": "Validation",
    "train_pair": "Training, translations",
    "validation_pair": "Validation, translations",
}


def identity(material: Material) -> list[Fact]:
    """Return what the run was, for the top of the page."""
    record = material.record
    shape = record.base.get("shape") or {}
    layers = f"{shape['num_hidden_layers']} x {shape['hidden_size']}" if "hidden_size" in shape else None
    return _known(
        [
            ("Text", record.data.get("source") or plain_value((record.config.get("corpus") or {}).get("sources"))),
            ("Tokens to train on", large(_train(material).get("tokens"))),
            ("Objective", " + ".join(objectives_of(material))),
            ("Model", " ".join(part for part in (family_of(material), layers) if part)),
            ("Teacher" if material.is_student else "Started from", record.base.get("name") or "scratch"),
            ("Seed", str(record.seed)),
            ("Started", moment(record.started)),
            ("Took", duration(record.timings["total"]) if "total" in record.timings else None),
        ]
    )


def split_rows(material: Material) -> list[tuple[str, ...]]:
    """Return (split, documents, sentences, words, tokens, tokens a word, unknown) of each split."""
    corpus = material.record.data.get("corpus") or {}
    return [
        (
            title,
            *(count(split.get(part)) for part in ("documents", "sentences", "words", "tokens")),
            number(to_float(split.get("tokens")) / max(1.0, to_float(split.get("words"))), 2),
            percent(to_float(split.get("unknown")) / max(1.0, to_float(split.get("tokens"))), 2),
        )
        for name, title in SPLITS.items()
        if (split := corpus.get(name))
    ]


def corpus_facts(material: Material) -> list[Fact]:
    """Return where the text comes from and what was dropped of it."""
    data = material.record.data
    corpus = data.get("corpus") or {}
    files = corpus.get("files") or []
    return _known(
        [
            ("Source", data.get("source")),
            ("Files", count(len(files)) if len(files) > 1 else None),
            ("Documents", count(corpus.get("documents"))),
            ("Characters", large(corpus.get("characters"))),
            ("Exact duplicates dropped", count(corpus.get("duplicates"))),
            ("Empty ones dropped", count(corpus["empty"]) if corpus.get("empty") else None),
            ("Test files left out", ", ".join(corpus.get("left_out") or [])),
            *(("Read as", str(note)) for note in corpus.get("notes") or []),
            ("Tokenized", _a_second(corpus.get("tokens_per_second"), "tokens")),
            ("Fingerprint", data.get("fingerprint")),
        ]
    )


def tokenizer_facts(material: Material) -> list[Fact]:
    """Return what the tokenizer is and how well it covers the text."""
    known = material.record.data.get("tokenizer") or {}
    if not known:
        return []
    return _known(
        [
            ("Kind", known.get("kind")),
            ("Tokens", count(known.get("vocabulary"))),
            ("Trained", "on this text" if known.get("trained") else "before, on other text"),
            ("Special tokens", ", ".join(dict.fromkeys((known.get("special_tokens") or {}).values()))),
            ("Tokens a word", number(known.get("pieces_per_word"), 2)),
            ("Characters a token", number(known.get("characters_per_token"), 2)),
            ("Words in several pieces", percent(known.get("split_share"))),
            ("Unknown tokens", percent(known.get("unknown_share"), 2)),
            ("Described on", f"{count(known.get('texts'))} documents, the first ones"),
        ]
    )


def worst_words(material: Material) -> list[tuple[str, str, str]]:
    """Return the words that cost the most tokens: the word, how often it stands in the text, its pieces."""
    known = material.record.data.get("tokenizer") or {}
    return [(str(one["word"]), count(one["count"]), " ".join(one["pieces"])) for one in known.get("worst") or []]


def model_facts(material: Material) -> list[Fact]:
    """Return the shape of the model, and what was loaded where it went on from a base."""
    base = material.record.base
    shape, load = base.get("shape") or {}, base.get("load") or {}
    return _known(
        [
            ("Family", family_of(material)),
            ("Started from", base.get("name") or "scratch"),
            ("Weights", count(base.get("parameters"))),
            *((title, count(shape[name])) for name, title in SHAPE.items() if name in shape),
            ("Tensors loaded", count(load.get("loaded"))),
            ("New, drawn from the seed", count(len(load["new"])) if load.get("new") else None),
            ("New words", count(len(base["new_words"])) if base.get("new_words") else None),
            ("Digest of the base's weights", base.get("digest")),
        ]
    )


def new_words(material: Material) -> list[str]:
    """Return the words of the text that the base's tokenizer got."""
    return [str(word) for word in material.record.base.get("new_words") or []]


def product_share(material: Material) -> float | None:
    """Return the work that the model asks for as a share of what the machine multiplies in the same time."""
    training = material.record.training
    cost = training.get("cost") or {}
    done = to_float(training.get("tokens_per_second")) * to_float(cost.get("operations_per_token"))
    share = done / to_float(cost.get("operations_per_second") or "nan")
    return share if share == share else None  # noqa: PLR0124 - not a number where one of them is not known


def speed_facts(material: Material) -> list[Fact]:
    """Return updates, tokens, how fast they went, and how near that is to what the machine can do."""
    training = material.record.training
    cost = training.get("cost") or {}
    share = product_share(material)
    resumed = training.get("resumed_from")
    return _known(
        [
            ("Updates", count(training.get("updates"))),
            ("Weights of update", count(training.get("chosen_update"))),
            ("Blocks", count(training.get("rows"))),
            ("Tokens", count(training.get("tokens"))),
            ("Tokens a second", count(training.get("tokens_per_second"))),
            ("Operations a token", _operations(cost.get("operations_per_token"))),
            ("Matrix products", _rate(cost)),
            ("Share of that rate in use", None if share is None else percent(share)),
            ("Learning rate", plain_value(training.get("learning_rate"))),
            ("Because", training.get("learning_rate_reason")),
            ("Blocks in memory at once", count(training.get("microbatch_size"))),
            ("Memory at most", memory(training.get("peak_memory"))),
            ("On the device at most", memory(training.get("peak_device_memory"))),
            ("Threads", count(training.get("threads"))),
            ("Resumed from update", plain_value(resumed) if resumed else None),
            ("Ended", training.get("ended")),
        ]
    )


def _train(material: Material) -> dict[str, Any]:
    return dict((material.record.data.get("corpus") or {}).get("train") or {})


def _a_second(value: Any, what: str) -> str | None:
    return f"{count(value)} {what} a second" if value else None


def _operations(value: Any) -> str | None:
    return f"{large(value)}, forwards and backwards" if value else None


def _rate(cost: dict[str, Any]) -> str | None:
    rate = to_float(cost.get("operations_per_second"))
    if rate != rate:  # noqa: PLR0124 - not a number where it was not measured
        return None
    tokens, width, inner = (count(side) for side in cost.get("product") or (None, None, None))
    return f"{number(rate / 1e9, 0)} billion operations a second, of {tokens} x {width} by {width} x {inner}"


def _known(facts: list[tuple[str, Any]]) -> list[Fact]:
    return [(name, str(text)) for name, text in facts if text not in (None, "", MISSING)]
