"""The answers of a saved model by transformers alone: its Auto class, its tokenizer, and what the model card tells."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoTokenizer

__all__ = ["AUTO", "PLAIN", "load_plain"]

AUTO = {
    "classification": transformers.AutoModelForSequenceClassification,
    "multilabel": transformers.AutoModelForSequenceClassification,
    "regression": transformers.AutoModelForSequenceClassification,
    "tagging": transformers.AutoModelForTokenClassification,
    "qa": transformers.AutoModelForQuestionAnswering,
    "generation": transformers.AutoModelForCausalLM,
    "summarization": transformers.AutoModelForSeq2SeqLM,
}
Line = Mapping[str, Any]


class Plain:
    """A model folder as somebody without Accent loads it."""

    def __init__(self, folder: Path, task: str) -> None:
        self.model = AUTO[task].from_pretrained(str(folder)).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(str(folder))
        self.settings = json.loads((folder / "accent.json").read_text())["settings"]
        self.labels = self.model.config.id2label

    def logits(self, text: str) -> list[float]:
        inputs = self.tokenizer(text, return_tensors="pt")
        return self.model(**inputs).logits[0].double().tolist()


@torch.inference_mode()
def load_plain(folder: Path, task: str) -> Callable[[Line], Any]:
    """Return what answers a line of predictions.jsonl in the form of its `answer`, as far as PLAIN compares it."""
    plain = Plain(folder, task)
    return torch.inference_mode()(lambda line: PLAIN[task](plain, line))


def _classes(plain: Plain, line: Line) -> dict[str, Any]:
    shares = torch.softmax(torch.tensor(plain.logits(line["text"])), dim=0).tolist()
    return {"scores": {plain.labels[place]: share for place, share in enumerate(shares)}}


def _labels(plain: Plain, line: Line) -> dict[str, Any]:
    shares = torch.sigmoid(torch.tensor(plain.logits(line["text"]))).tolist()
    return {"scores": {plain.labels[place]: share for place, share in enumerate(shares)}}


def _number(plain: Plain, line: Line) -> dict[str, Any]:
    (scaled,) = plain.logits(line["text"])
    return {"value": scaled * plain.settings["scales"][0] + plain.settings["means"][0]}


def _entities(plain: Plain, line: Line) -> dict[str, Any]:
    """Read each word at its first token; what follows neither its B- nor its I- begins an entity."""
    words = line["text"].split(" ")
    inputs = plain.tokenizer(words, is_split_into_words=True, return_tensors="pt")
    numbers = plain.model(**inputs).logits[0].argmax(dim=-1).tolist()
    places = inputs.word_ids(0)
    tags = [plain.labels[numbers[places.index(word)]] for word in range(len(words))]
    found: list[dict[str, Any]] = []
    before, start = "O", 0
    for word, tag in zip(words, tags, strict=True):
        if tag.startswith("I-") and before[2:] == tag[2:]:
            found[-1]["word"] += f" {word}"
            found[-1]["end"] = start + len(word)
        elif tag != "O":
            found.append({"entity_group": tag[2:], "word": word, "start": start, "end": start + len(word)})
        before, start = tag, start + len(word) + 1
    return {"entities": found}


def _passage(plain: Plain, line: Line) -> dict[str, Any]:
    """Try every span of tokens of the context."""
    inputs = plain.tokenizer(line["text"], line["text_pair"], return_tensors="pt", return_offsets_mapping=True)
    offsets = inputs.pop("offset_mapping")[0].tolist()
    found = plain.model(**inputs)
    starts, ends = found.start_logits[0].tolist(), found.end_logits[0].tolist()
    own = [place for place, of in enumerate(inputs.sequence_ids(0)) if of == 1]
    longest = plain.settings["answer_length"]
    spans = [(first, last) for first in own for last in own if first <= last < first + longest]
    first, last = max(spans, key=lambda span: starts[span[0]] + ends[span[1]])
    start, end = offsets[first][0], offsets[last][1]
    return {"answer": line["text_pair"][start:end], "start": start, "end": end}


def _likelihood(plain: Plain, line: Line) -> dict[str, Any]:
    ids = plain.tokenizer(line["text"])["input_ids"] + plain.tokenizer(line["label"])["input_ids"]
    inputs = torch.tensor([[*ids, plain.tokenizer.eos_token_id]])
    return {"loss": float(plain.model(input_ids=inputs, labels=inputs).loss)}


def _summary(plain: Plain, line: Line) -> dict[str, Any]:
    inputs = plain.tokenizer(plain.settings["prompt"] + line["text"], return_tensors="pt")
    found = plain.model.generate(**inputs, num_beams=4, max_new_tokens=plain.settings["summary_length"])
    return {"summary_text": plain.tokenizer.decode(found[0], skip_special_tokens=True).strip()}


PLAIN: Mapping[str, Callable[[Plain, Line], dict[str, Any]]] = {
    "classification": _classes,
    "multilabel": _labels,
    "regression": _number,
    "tagging": _entities,
    "qa": _passage,
    "generation": _likelihood,
    "summarization": _summary,
}


def close(one: Any, other: Any) -> bool:
    """Whether two answers are the same but for the rounding of their numbers."""
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(close(value, other[name]) for name, value in one.items())
    if isinstance(one, Sequence) and not isinstance(one, str):
        return len(one) == len(other) and all(map(close, one, other))
    return abs(one - other) <= 1e-4 * max(1.0, abs(one)) if isinstance(one, float) else bool(one == other)
