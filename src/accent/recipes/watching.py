"""What a pretraining is scored by: text that was kept aside, always the same of its tokens hidden."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch

from accent.objectives import Outputs, PretrainingModel, Tally
from accent.recipes.grounding import Ground
from accent.seeds import generator
from accent.tasks import Batch
from accent.training import Learner

__all__ = ["TextWatch"]

WATCHED, WATCHED_BATCH = 1024, 32
"""Blocks of validation text that are looked at while training, at most, and in one batch."""
FEWEST_BATCHES = 32
"""Batches that scores are summed over, where there are blocks for them: of one alone no interval can be drawn."""
RESAMPLES = 1000
"""Draws of validation batches, with replacement, for the intervals of scores."""


class TextWatch:
    """Scores the validation text: always the same blocks, and the same of their tokens hidden."""

    def __init__(self, ground: Ground, learner: Learner, seed: int) -> None:
        """Take a ground that has validation text, and the learner whose device and dtype the model is asked in."""
        if ground.validation is None:
            raise TypeError("there is no validation text to watch")
        self._context = ground.validation
        self._ground = ground
        self._learner = learner
        self._seed = seed

    def __call__(self) -> dict[str, float]:
        """Return the scores of some blocks, evenly over the text."""
        return self._ground.mixture.scores(self.tallies(WATCHED))

    def of(self, model: PretrainingModel) -> TextWatch:
        """Return what scores another model on the same blocks."""
        return TextWatch(replace(self._ground, model=model), self._learner, self._seed)

    def tallies(self, most: int | None = None) -> list[Tally]:
        """Return the sums of each batch of validation blocks; of few blocks there are many batches."""
        mixture, blocks = self._ground.mixture, len(self._context.starts)
        size = max(1, min(WATCHED_BATCH, min(blocks, most or blocks) // FEWEST_BATCHES))
        answered = self.answered(self.batches(most, size=size))
        return [mixture.tally(outputs, batch.targets) for batch, outputs in answered]

    def batches(self, most: int | None = None, *, size: int = WATCHED_BATCH) -> Iterator[Batch]:
        """Yield validation blocks in batches of `size`, at most so many blocks, evenly over the text."""
        count = len(self._context.starts)
        chosen = np.linspace(0, count - 1, min(count, most or count)).astype(np.int64)
        for blocks in np.array_split(chosen, -(-len(chosen) // size)):
            batch = self._ground.batch(self._context, blocks, seed=self._seed, epoch=0)
            yield batch.to(self._learner.world.device)

    def answered(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, Outputs]]:
        """Yield each batch with what the model says of it."""
        model = self._ground.model
        training = model.training
        model.train(False)
        try:
            with torch.inference_mode(), self._learner.autocast():
                for batch in batches:
                    yield batch, model(**batch.inputs)
        finally:
            model.train(training)

    def scores(self, tallies: Sequence[Tally] | None = None) -> dict[str, dict[str, float | int]]:
        """Return the scores of all validation text, with 95 % intervals over resampled batches.

        `tallies` are those of its batches, where they are known.
        """
        tallies = tallies or self.tallies()
        blocks = len(self._context.starts)
        values = self._ground.mixture.scores(tallies)
        chance = generator(self._seed, "intervals")
        draws = [
            self._ground.mixture.scores([tallies[place] for place in chance.integers(len(tallies), size=len(tallies))])
            for _ in range(RESAMPLES)
        ]
        found: dict[str, dict[str, float | int]] = {}
        for name, value in values.items():
            low, high = np.nanquantile([draw[name] for draw in draws], (0.025, 0.975)).tolist()
            found[name] = {"value": value, "low": min(low, value), "high": max(high, value), "n": blocks}
        return found
