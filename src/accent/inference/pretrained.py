"""What a pretrained model says of a text before it has learned a task: words for gaps, pairs, replacements, more text.

Shapes: G rows with gaps, T tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import AutoConfig, PreTrainedTokenizerFast

from accent.modeling import Base, PretrainingHead, load_pretraining
from accent.modeling.quiet import quiet_transformers
from accent.tokenization import resolve_max_length

__all__ = ["own_head", "show_pretrained"]

MOST = 5
"""Guesses that are shown for each gap."""
MOST_WORDS = 48
"""Words that are hidden in turn, the first of the text."""
WRITTEN = 24
"""Tokens that are written at most."""
_AT_ONCE = 16
_MASKS = ("[MASK]", "<mask>")
_SENTINEL = "<extra_id_0>"
_HEADS: dict[str, PretrainingHead] = {
    "ForMaskedLM": "masked",
    "ForNextSentencePrediction": "pair",
    "LMHeadModel": "causal",
}
_PRETRAINED: dict[str, PretrainingHead] = {"albert": "paired", "bert": "paired", "electra": "replaced"}


@dataclass(frozen=True)
class _Reader:
    """A model, its tokenizer, and how it is asked."""

    model: Any
    tokenizer: PreTrainedTokenizerFast

    def encode(self, text: str, pair: str | None) -> Any:
        """Return the tokens of a text or a pair, cut where the model has no more positions."""
        length = resolve_max_length(self.tokenizer, None)
        return self.tokenizer(text, pair, truncation=True, max_length=length, return_tensors="pt", verbose=False)

    def token(self, number: int) -> str:
        """Return a token as text; one that continues a word keeps the mark of that."""
        text = str(self.tokenizer.decode([number])).strip()
        return text or str(self.tokenizer.convert_ids_to_tokens(number))


def own_head(base: Base) -> PretrainingHead | None:
    """Return the head that a checkpoint was pretrained and saved with; None where it has another, or none."""
    config = AutoConfig.from_pretrained(str(base.folder), local_files_only=True, trust_remote_code=False)
    name = (config.architectures or [""])[0]
    if name.endswith("ForPreTraining"):
        return _PRETRAINED.get(base.family)
    if name == "T5ForConditionalGeneration":
        return "written"
    return next((head for ending, head in _HEADS.items() if name.endswith(ending)), None)


def show_pretrained(
    base: Base, tokenizer: PreTrainedTokenizerFast, text: str, pair: str | None = None
) -> dict[str, Any]:
    """Return what the checkpoint's own head says of a text, by name; nothing where it was saved without one.

    `fill_mask`: for each mask of the text, or for each of its words hidden in turn, the likeliest tokens with their
    probabilities. `next_sentence`: the probability that the pair stood so in a text. `replaced`: for each token that of
    having been put in. `continuation`: how the text goes on, the likeliest token at each place; with a decoder, what
    belongs in place of the first sentinel, which is put at the end of a text that has none.
    """
    head = own_head(base)
    if head is None:
        return {}
    reader = _Reader(load_pretraining(base, head, seed=0).model, tokenizer)
    with torch.inference_mode(), quiet_transformers():
        if head == "replaced":
            return {"replaced": _replaced(reader, text, pair)}
        if head in ("causal", "written"):
            return {"continuation": _continued(reader, text, writes=head == "written")}
        found: dict[str, Any] = {}
        if head != "pair":
            found["fill_mask"] = _filled(reader, text, pair)
        if head != "masked" and pair is not None:
            found["next_sentence"] = _follows(reader, text, pair)
    return found


def _filled(reader: _Reader, text: str, pair: str | None) -> list[dict[str, Any]]:
    tokenizer = reader.tokenizer
    mask = str(tokenizer.mask_token)
    encoded = reader.encode(_with_masks(text, mask), None if pair is None else _with_masks(pair, mask))
    ids_T = encoded["input_ids"][0]
    given = (ids_T == tokenizer.mask_token_id).nonzero()[:, 0].tolist()
    gaps = [given] if given else list(_words(encoded))[:MOST_WORDS]
    rows = []
    for start in range(0, len(gaps), _AT_ONCE):
        rows += list(_guesses(reader, encoded, gaps[start : start + _AT_ONCE]))
    return rows


def _with_masks(text: str, mask: str) -> str:
    """Put the tokenizer's own mask where a text has that of another."""
    for other in _MASKS:
        text = text.replace(other, mask)
    return text


def _words(encoded: Any) -> Iterator[list[int]]:
    """Yield the places of each word's tokens."""
    encoding = encoded.encodings[0]
    before: tuple[int | None, int | None] = (None, None)
    places: list[int] = []
    for place, key in enumerate(zip(encoding.sequence_ids, encoding.word_ids, strict=True)):
        if places and key != before:
            yield places
            places = []
        if key[1] is not None:
            places.append(place)
        before = key
    if places:
        yield places


def _guesses(reader: _Reader, encoded: Any, gaps: Sequence[list[int]]) -> Iterator[dict[str, Any]]:
    """Hide the tokens of each gap, one gap a row, and yield what the model says at each hidden place."""
    own_T = encoded["input_ids"][0]
    inputs = {name: values.expand(len(gaps), -1).clone() for name, values in encoded.items()}
    for row, places in enumerate(gaps):
        inputs["input_ids"][row, places] = reader.tokenizer.mask_token_id
    shares_GTV = torch.softmax(_logits(reader.model(**inputs)).float(), dim=-1)
    for row, places in enumerate(gaps):
        for place in places:
            number, shares_V = int(own_T[place]), shares_GTV[row, place]
            is_gap = number == reader.tokenizer.mask_token_id
            own = {} if is_gap else {"own": reader.token(number), "own_score": float(shares_V[number])}
            yield {"place": place, **own, "guesses": _likeliest(reader, shares_V)}


def _likeliest(reader: _Reader, shares_V: Tensor) -> list[dict[str, Any]]:
    best = shares_V.topk(min(MOST, len(shares_V)))
    return [
        {"token": reader.token(number), "score": score}
        for score, number in zip(best.values.tolist(), best.indices.tolist(), strict=True)
    ]


def _logits(outputs: Any) -> Tensor:
    """Return the logits of tokens, which a model with several heads calls by a longer name."""
    found: Tensor = outputs.prediction_logits if "prediction_logits" in outputs else outputs.logits
    return found


def _follows(reader: _Reader, text: str, pair: str) -> dict[str, float]:
    outputs = reader.model(**reader.encode(text, pair))
    names = ("seq_relationship_logits", "sop_logits", "logits")
    logits_12: Tensor = next(outputs[name] for name in names if name in outputs)
    as_it_stood, changed = torch.softmax(logits_12[0].float(), dim=-1).tolist()
    return {"as_in_a_text": as_it_stood, "not_so": changed}


def _replaced(reader: _Reader, text: str, pair: str | None) -> list[dict[str, Any]]:
    encoded = reader.encode(text, pair)
    scores_T = torch.sigmoid(reader.model(**encoded).logits[0].float()).tolist()
    special = encoded.encodings[0].special_tokens_mask
    return [
        {"place": place, "token": reader.token(int(number)), "score": score}
        for place, (number, score) in enumerate(zip(encoded["input_ids"][0], scores_T, strict=True))
        if not special[place]
    ]


def _continued(reader: _Reader, text: str, *, writes: bool) -> dict[str, Any]:
    """Write on greedily; the likeliest first tokens are told beside it."""
    asked = text if not writes or _SENTINEL in text else f"{text} {_SENTINEL}"
    encoded = reader.encode(asked, None)
    taken = {name: values for name, values in encoded.items() if name in ("input_ids", "attention_mask")}
    first = _start(reader, taken) if writes else None
    logits_TV = reader.model(**taken, **({} if first is None else {"decoder_input_ids": first})).logits[0]
    found = {"next": _likeliest(reader, torch.softmax(logits_TV[-1].float(), dim=-1))}
    known = taken["input_ids"].shape[1]
    limit = getattr(reader.model.config, "n_positions", None)
    room = WRITTEN if writes or limit is None else min(WRITTEN, int(limit) - known)
    if room < 1:
        return {"text": "", **found}
    options = {"max_new_tokens": room, "do_sample": False, "pad_token_id": reader.tokenizer.pad_token_id}
    written = reader.model.generate(**taken, **({} if first is None else {"decoder_input_ids": first}), **options)
    new_W = written[0, 2 if writes else known :]
    return {"text": _before_the_next(reader, new_W) if writes else reader.tokenizer.decode(new_W), **found}


def _start(reader: _Reader, taken: dict[str, Tensor]) -> Tensor:
    """Return how a decoder begins: with its start, and the first sentinel."""
    start = [reader.model.config.decoder_start_token_id, reader.tokenizer.convert_tokens_to_ids(_SENTINEL)]
    return torch.tensor([start]).expand(len(taken["input_ids"]), -1)


def _before_the_next(reader: _Reader, ids_W: Tensor) -> str:
    """Return what stands in place of the first sentinel: all up to the second, or the end."""
    tokens = reader.tokenizer.convert_ids_to_tokens(ids_W.tolist())
    ends = [place for place, token in enumerate(tokens) if token.startswith("<extra_id_")]
    kept = ids_W[: ends[0]] if ends else ids_W
    return str(reader.tokenizer.decode(kept, skip_special_tokens=True)).strip()
