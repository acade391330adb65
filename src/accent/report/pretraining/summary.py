"""The pretraining in a few honest sentences: what was learned, how well, and what to make of it."""

from __future__ import annotations

from collections.abc import Iterator

from accent.report.pretraining.wording import (
    GAUGES,
    family_of,
    large,
    learned,
    objectives_of,
    score_name,
    score_with_interval,
)
from accent.report.reading import Material
from accent.report.students import student_sentence
from accent.report.summary import Statement
from accent.report.wording import count, duration, number, percent, plural, to_float

__all__ = ["headline", "statements"]

MANY_EPOCHS = 40
"""Passes over the same text beyond which more text is worth more than more passes (Muennighoff et al. 2023)."""
MANY_UNKNOWN = 0.01
MANY_PIECES = 2.0
"""Tokens a word from which on a tokenizer does not fit the text."""
UNLEARNED = 0.9
"""Perplexity as a share of the vocabulary from which on nothing has been learned."""


def headline(material: Material) -> str:
    """Return the first sentence: what learned what, from how much, in what time, and how well."""
    training = material.record.training
    size = large(material.record.base.get("parameters") or training.get("parameters"))
    family = family_of(material)
    article = "An" if family[0] in "AE" else "A"
    begun = "learned further" if material.record.base.get("name") else "learned"
    text = f"{article} {family} of {size} weights {begun} {learned(material)}"
    tokens, seconds = _progress(material)
    if tokens:
        text += f" from {large(tokens)} tokens in {duration(seconds)}"
    return f"{text}: {_reached(material)}."


def statements(material: Material) -> list[Statement]:
    """Return what belongs to the headline, cautions first."""
    cautions = [Statement(text, caution=True) for text in _cautions(material)]
    return cautions + [Statement(text) for text in _comments(material)]


def _progress(material: Material) -> tuple[int, float]:
    """Return tokens and seconds of all updates, from the record or, while there is none of them, from the log."""
    training, timings = material.record.training, material.record.timings
    if training.get("tokens") and "training" in timings:
        return int(training["tokens"]), to_float(timings["training"])
    updates = [event for event in material.events if event["kind"] == "update"]
    return sum(int(one.get("tokens") or 0) for one in updates), sum(to_float(one.get("seconds")) for one in updates)


def _reached(material: Material) -> str:
    loss = material.score("loss", "validation")
    if loss is None:
        return _unscored(material)
    parts = [f"validation loss {score_with_interval('loss', loss)}"]
    second = next((name for name in ("perplexity", *GAUGES) if material.score(name, "validation")), None)
    score = None if second is None else material.score(second, "validation")
    if second is not None and score is not None:
        shown = score_with_interval(second, score).replace(f", {score.n:,} blocks", "")
        parts.append(f"{score_name(second)[0].lower()}{score_name(second)[1:]} {shown}")
    return ", ".join(parts)


def _unscored(material: Material) -> str:
    done = max((int(event.get("update", 0)) for event in material.events), default=0)
    planned = next((event.get("updates") for event in material.events if event["kind"] == "start"), None)
    at = f"at update {count(done)}" + (f" of {count(planned)}" if planned else "")
    if material.record.status == "done":
        return "no document was kept aside to score it on"
    endings = {"interrupted": "interrupted", "failed": "failed"}
    return f"{endings.get(material.record.status, 'under way or broken off')} {at}, without scores"


def _cautions(material: Material) -> Iterator[str]:
    record = material.record
    if record.error:
        yield f"The run ended with an error: {record.error}"
    if record.status == "interrupted":
        yield f"Go on with: {record.resume_command(material.path)}"
    warned = sum(event["kind"] == "warning" for event in material.events)
    if warned:
        yield f"{plural(warned, 'warning')} while training."
    yield from _text_cautions(material)
    perplexity = material.score("perplexity", "validation")
    vocabulary = to_float((record.base.get("shape") or {}).get("vocab_size"))
    if perplexity is not None and perplexity.value > UNLEARNED * vocabulary:
        yield "It guesses no better than at random among all tokens: train longer, or at another rate."


def _text_cautions(material: Material) -> Iterator[str]:
    epochs = max((to_float(event.get("epoch")) for event in material.events if "epoch" in event), default=0.0)
    if epochs > MANY_EPOCHS:
        yield f"The text was read {number(epochs, 0)} times: more text would help more than more passes over it."
    train = (material.record.data.get("corpus") or {}).get("train") or {}
    tokens = max(1, int(train.get("tokens") or 0))
    unknown = int(train.get("unknown") or 0) / tokens
    if unknown > MANY_UNKNOWN:
        yield f"{percent(unknown)} of the tokens are unknown to the tokenizer: the model never sees those words."
    pieces = tokens / max(1, int(train.get("words") or tokens))
    if pieces > MANY_PIECES:
        yield f"The tokenizer makes {number(pieces, 1)} tokens of a word: it was made for other text."


def _comments(material: Material) -> Iterator[str]:
    student = student_sentence(material)
    if student is not None:
        yield student
    perplexity = material.score("perplexity", "validation")
    if perplexity is not None:
        yield (
            f"A perplexity of {number(perplexity.value, 1)} means to be as unsure as among that many tokens that are "
            "equally likely. It compares only with models that share the tokenizer and the text."
        )
    if "rtd" in objectives_of(material):
        yield "The discriminator is kept; the generator that it learned from is not."
    if material.score("loss", "validation") is not None:
        yield _of_validation(material)
    yield (
        "What a pretraining is worth shows in fine-tuning: accent finetune DATA --base with this run's folder, beside "
        "the same from scratch."
    )


def _of_validation(material: Material) -> str:
    documents = ((material.record.data.get("corpus") or {}).get("validation") or {}).get("documents")
    looks = sum(event["kind"] == "evaluation" for event in material.events)
    text = f"The scores are of {plural(int(documents or 0), 'document')} that no update saw"
    if looks > 1:
        return f"{text}; the best of {looks} looks at them was kept, which flatters it a little."
    return f"{text}."
