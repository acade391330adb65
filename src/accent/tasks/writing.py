"""How models write: one token after the other, as transformers' `generate` does it.

What is drawn depends on the seed and on the row's own tokens, not on the rows beside it: each step of each row has its
own number between 0 and 1, and the token drawn is the one whose share of the probabilities holds it. Float noise of
batches can still turn a choice between two tokens that are as good as equally likely.

Legend: B rows of a batch, S sequences (rows times texts a row), T tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from transformers import (
    GenerationConfig,
    LogitsProcessorList,
    StoppingCriteriaList,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from accent.config import DecodingConfig
from accent.errors import ConfigError
from accent.modeling.quiet import quiet_transformers
from accent.seeds import derive, generator
from accent.tasks.steps import Draw, Step, Stop

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

__all__ = ["Writer", "left_padded", "refuse_decoding", "resolved"]

DEFAULT_SEED = 42
_TOKENS_BEFORE = 4
"""Tokens before those that may hold a stop: decoders of some tokenizers drop the space of the first."""


def refuse_decoding(decoding: DecodingConfig | None, kind: str) -> None:
    """Raise ConfigError where settings of writing are given to a task that writes nothing."""
    given = [
        field.name for field in fields(DecodingConfig) if decoding and getattr(decoding, field.name) != field.default
    ]
    if given:
        verb = "has" if len(given) == 1 else "have"
        raise ConfigError(
            f"{', '.join(given)} {verb} no effect: the run's task is {kind}",
            where=f"decoding.{given[0]}",
            remedy="Leave out what is about writing text; generation and summarization write.",
        )


def resolved(decoding: DecodingConfig | None, *, max_new_tokens: int, beams: int) -> DecodingConfig:
    """Return the settings with these defaults in place; beams stay 1 where tokens are drawn.

    Raises ConfigError for a setting without effect and for those that contradict each other.
    """
    asked = decoding or DecodingConfig()
    drawn = asked.temperature > 0
    found = replace(
        asked,
        max_new_tokens=asked.max_new_tokens or max_new_tokens,
        beams=asked.beams or (1 if drawn else beams),
    )
    for wrong, name, what, remedy in _contradictions(found):
        if wrong:
            raise ConfigError(what, where=f"decoding.{name}", remedy=remedy)
    return found


def _contradictions(asked: DecodingConfig) -> Iterator[tuple[bool, str, str, str]]:
    beams, drawn = asked.beams or 1, asked.temperature > 0
    temperature = "Give a --temperature above 0 too, or leave it out."
    yield (
        drawn and beams > 1,
        "beams",
        "beams follow the likeliest tokens, and a temperature draws others",
        ("Give --beams or --temperature, not both."),
    )
    yield asked.top_k is not None and not drawn, "top_k", "top_k has no effect without a temperature", temperature
    yield asked.top_p is not None and not drawn, "top_p", "top_p has no effect without a temperature", temperature
    yield (
        asked.length_penalty != 1.0 and beams == 1,
        "length_penalty",
        "length_penalty has no effect without beams",
        ("Give --beams 2 or more too, or leave it out."),
    )
    yield (
        asked.sequences > beams and not drawn,
        "sequences",
        f"{asked.sequences} texts are asked for and {beams} {'is' if beams == 1 else 'are'} followed",
        (f"Give --beams {asked.sequences} or more, or a --temperature."),
    )
    yield (
        asked.min_new_tokens > (asked.max_new_tokens or 0),
        "min_new_tokens",
        (f"at least {asked.min_new_tokens} new tokens and at most {asked.max_new_tokens} are asked for"),
        "Lower --min-new-tokens or raise --max-new-tokens.",
    )


@dataclass(frozen=True)
class Writer:
    """Writes with one tokenizer and resolved settings.

    They alone decide: nothing that the base's own generation_config.json asks for, such as no_repeat_ngram_size, is
    applied, so that `write` and `stream` give the same.
    """

    tokenizer: PreTrainedTokenizerFast
    decoding: DecodingConfig
    decoder_start: int | None = None
    """The token that a decoder begins with; None for a model that goes on from its own input."""
    seed: int = DEFAULT_SEED

    def write(self, model: PreTrainedModel, inputs: Mapping[str, Tensor]) -> list[list[list[int]]]:
        """Return the new tokens of each row's texts, best first; `inputs` of causal models are padded on the left."""
        mask_BT = inputs["attention_mask"]
        ids_BT = inputs["input_ids"].masked_fill(mask_BT == 0, int(self.tokenizer.pad_token_id))
        copies = self.decoding.sequences if self.decoding.beams == 1 else 1
        start = ids_BT.shape[1] if self.decoder_start is None else 1
        with quiet_transformers(), _without_own_settings(model):
            found = model.generate(  # type: ignore[operator]
                input_ids=ids_BT.repeat_interleave(copies, dim=0),
                attention_mask=mask_BT.repeat_interleave(copies, dim=0),
                generation_config=self._settings(),
                logits_processor=self._processors(ids_BT, mask_BT, start),
                stopping_criteria=self._stops(start),
            )
        texts = [self._until_end(ids) for ids in found[:, start:].tolist()]
        each = self.decoding.sequences
        return [texts[first : first + each] for first in range(0, len(texts), each)]

    def stream(self, model: PreTrainedModel, ids: Sequence[int]) -> Iterator[str]:
        """Yield the text that goes on from `ids` piece by piece: the same as `write` gives, without beams.

        A piece is held back while it may be part of a stop or of an unfinished character. Only for causal models.
        """
        self._check_stream()
        input_ids = torch.tensor([list(ids)], device=model.device)
        mask = torch.ones_like(input_ids)
        processors = self._processors(input_ids, mask, input_ids.shape[1])
        shown, new, step = 0, list[int](), Step(model, input_ids)
        most = self.decoding.max_new_tokens or 0
        while len(new) < most:
            token = step.next(processors, banned=self._end if len(new) < self.decoding.min_new_tokens else None)
            if token == self._end:
                break
            new.append(token)
            text, stopped = self._cut(self._decode(new))
            if stopped:
                yield text[shown:]
                return
            safe = max(shown, len(text) - max((len(stop) - 1 for stop in self.decoding.stop), default=0))
            if not text.endswith("\ufffd") and safe > shown:
                yield text[shown:safe]
                shown = safe
        rest = self._cut(self._decode(new))[0][shown:]
        if rest:
            yield rest

    def held(self, lengths_E: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the tokens that a model remembers at most of examples: those read and new, for each text followed."""
        followed = max(self.decoding.beams or 1, self.decoding.sequences)
        return (np.asarray(lengths_E, dtype=np.int64) + (self.decoding.max_new_tokens or 0)) * followed

    def text(self, ids: Sequence[int]) -> str:
        """Return what tokens say, up to the first stop."""
        return self._cut(self._decode(ids))[0]

    @property
    def _end(self) -> int | None:
        found = self.tokenizer.eos_token_id
        return None if found is None else int(found)

    def _settings(self) -> GenerationConfig:
        asked = self.decoding
        options: dict[str, Any] = {
            "max_new_tokens": asked.max_new_tokens,
            "min_new_tokens": asked.min_new_tokens or None,
            "min_length": 0,
            "do_sample": False,
            "num_beams": asked.beams,
            "num_return_sequences": asked.sequences if asked.beams != 1 else 1,
            "length_penalty": asked.length_penalty,
            "use_cache": True,
            "bos_token_id": self.tokenizer.bos_token_id,
            "eos_token_id": self._end,
            "pad_token_id": self.tokenizer.pad_token_id,
            "decoder_start_token_id": self.decoder_start,
        }
        return GenerationConfig(**options)  # type: ignore[no-untyped-call]

    def _processors(self, ids_BT: Tensor, mask_BT: Tensor, start: int) -> LogitsProcessorList:
        asked = self.decoding
        found = LogitsProcessorList()
        if asked.temperature:
            found.append(TemperatureLogitsWarper(asked.temperature))
            if asked.top_k is not None:
                found.append(TopKLogitsWarper(asked.top_k))
            if asked.top_p is not None:
                found.append(TopPLogitsWarper(asked.top_p))
            found.append(Draw(self._chances(ids_BT, mask_BT), start))
        return found

    def _chances(self, ids_BT: Tensor, mask_BT: Tensor) -> Tensor:
        """Return a number from 0 to 1 for each step of each sequence, (S, steps)."""
        rows = [ids[mask.bool()].tolist() for ids, mask in zip(ids_BT.cpu(), mask_BT.cpu(), strict=True)]
        keys = [derive(self.seed, "writing", *row) for row in rows]
        most = self.decoding.max_new_tokens or 0
        return torch.stack(
            [
                torch.from_numpy(generator(key, "sequence", sequence).random(most))
                for key in keys
                for sequence in range(self.decoding.sequences)
            ]
        ).to(ids_BT.device)

    def _stops(self, start: int) -> StoppingCriteriaList:
        return StoppingCriteriaList([Stop(self._has_stop, start)] if self.decoding.stop else [])

    def _until_end(self, ids: list[int]) -> list[int]:
        return ids[: ids.index(self._end)] if self._end in ids else ids

    def _decode(self, ids: Sequence[int]) -> str:
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _cut(self, text: str) -> tuple[str, bool]:
        places = [place for stop in self.decoding.stop if (place := text.find(stop)) >= 0]
        return (text[: min(places)], True) if places else (text, False)

    def _has_stop(self, ids: Sequence[int]) -> bool:
        """Say whether the last token completes a stop; those before it were looked at in their own steps."""
        return self._cut(self._decode(self._tail(ids)))[1]

    def _tail(self, ids: Sequence[int]) -> Sequence[int]:
        """Return the last tokens, enough to hold any stop: each that shows at all stands for a byte or more."""
        missing = self._longest_stop + _TOKENS_BEFORE
        for place in range(len(ids) - 1, -1, -1):
            missing -= ids[place] not in self._hidden
            if not missing:
                return ids[place:]
        return ids

    @cached_property
    def _longest_stop(self) -> int:
        return max((len(stop.encode("utf-8", errors="surrogatepass")) for stop in self.decoding.stop), default=0)

    @cached_property
    def _hidden(self) -> frozenset[int]:
        """Tokens that are left out of texts."""
        return frozenset(number for number, token in self.tokenizer.added_tokens_decoder.items() if token.special)

    def _check_stream(self) -> None:
        for name in ("beams", "sequences"):
            if getattr(self.decoding, name) != 1:
                raise ConfigError(
                    f"with {name} nothing is known of a text before its end",
                    where=f"decoding.{name}",
                    remedy=f"Leave --{name} out to see the text as it is written.",
                )


@contextmanager
def _without_own_settings(model: PreTrainedModel) -> Iterator[None]:
    """Take away the settings of writing that came with the model: `generate` would fill in what ours leave open."""
    own = model.generation_config
    model.generation_config = GenerationConfig()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        model.generation_config = own


def left_padded(ids_BT: Tensor, mask_BT: Tensor) -> dict[str, Tensor]:
    """Return the tokens at the beginning of each row that the mask shows, with what it hides on their left."""
    longest, width = int(mask_BT.sum(dim=1).max()), ids_BT.shape[1]
    places_BT = (torch.arange(width, device=ids_BT.device) + mask_BT.sum(dim=1, keepdim=True)) % width
    shown = {"input_ids": ids_BT, "attention_mask": mask_BT}
    return {name: values.gather(1, places_BT)[:, -longest:] for name, values in shown.items()}
