"""The configuration of each verb: what it works on and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Len

from accent.config.augment import AugmentConfig
from accent.config.data import DataConfig, ReadingConfig
from accent.config.decoding import DecodingConfig
from accent.config.long_texts import LongTextsConfig, TaskChoiceConfig
from accent.config.model import ModelConfig
from accent.config.strategies import FullConfig, StrategyConfig
from accent.config.tasks import ClassificationConfig, TaskConfig, TaskName
from accent.config.training import TrainingConfig
from accent.config.types import ColumnNames, NonNegativeInt, PositiveInt, Precision, Text

__all__ = [
    "CheckConfig",
    "CompareConfig",
    "DemoConfig",
    "DoctorConfig",
    "EvaluateConfig",
    "FinetuneConfig",
    "InspectConfig",
    "PlaceConfig",
    "PredictConfig",
    "ReportConfig",
    "ReproduceConfig",
    "RunConfig",
]


@dataclass(frozen=True, kw_only=True)
class PlaceConfig:
    """Where results are kept and what may be touched."""

    output: Text | None = None
    """The folder for what the verb writes; without it, results are only shown."""
    seed: NonNegativeInt = 42
    """The one seed of every random stream."""
    offline: bool = False
    """Open no network connection."""


@dataclass(frozen=True, kw_only=True)
class RunConfig(PlaceConfig):
    """Where a run is kept and what it may touch."""

    output: Text | None = None
    """The run folder; without it, a new folder under runs/ named after the data and the time."""
    resume: Text | None = None
    """A run folder to go on with, from its newest complete checkpoint."""


@dataclass(frozen=True, kw_only=True)
class FinetuneConfig:
    """Fit a base to a task."""

    data: DataConfig
    """The labelled rows."""
    model: ModelConfig = field(default_factory=ModelConfig)
    """The base."""
    task: TaskConfig = field(default_factory=ClassificationConfig)
    """What a row asks."""
    strategy: StrategyConfig = field(default_factory=FullConfig)
    """Which weights may move."""
    long_texts: LongTextsConfig = field(default_factory=TaskChoiceConfig)
    """What becomes of texts that are longer than the model reads."""
    augmentation: AugmentConfig = field(default_factory=AugmentConfig)
    """Changed copies of the training rows."""
    training: TrainingConfig = field(default_factory=TrainingConfig)
    """How it learns."""
    seeds: PositiveInt = 1
    """Runs of this setting, with this seed and the next ones: their mean and spread say more than one score."""
    run: RunConfig = field(default_factory=RunConfig)
    """Where it is kept."""
    plan: Text | None = None
    """A plan.json of `accent plan`: what it predicts of this strategy stands in the record, beside what came of it."""


@dataclass(frozen=True, kw_only=True)
class CheckConfig:
    """Audit a data set."""

    data: DataConfig
    """The rows to audit."""
    task: TaskName = "classification"
    """What the rows ask: it says which columns are read, and how."""
    model: ModelConfig = field(default_factory=ModelConfig)
    """The base whose tokenizer measures lengths."""
    max_length: PositiveInt | None = None
    """The length at which truncation is reported; without it, the base's own limit."""
    run: PlaceConfig = field(default_factory=PlaceConfig)
    """Where audit.json goes."""


@dataclass(frozen=True, kw_only=True)
class EvaluateConfig:
    """Score a run on new data."""

    target: Text
    """The run's folder, or its model folder."""
    data: DataConfig
    """The labelled rows to score on."""
    base: Text | None = None
    """A base that was moved: the same checkpoint in another place."""
    batch_tokens: PositiveInt = 4096
    """Tokens in one batch of answers, padding counted."""
    precision: Precision = "auto"
    """The dtype of matrix products; auto chooses for this processor."""
    run: PlaceConfig = field(default_factory=PlaceConfig)
    """Where scores.json and predictions.jsonl go."""


@dataclass(frozen=True, kw_only=True)
class CompareConfig:
    """Lay runs side by side."""

    targets: Annotated[tuple[str, ...], Len(2)]
    """Folders of runs that ended and were judged on the same rows."""
    metric: Text | None = None
    """The score to compare; without it the one that the runs are named by, such as accuracy for classification."""
    run: PlaceConfig = field(default_factory=PlaceConfig)
    """Where compare.json and compare.html go; the seed draws resamples of the rows."""


@dataclass(frozen=True, kw_only=True)
class ReproduceConfig:
    """Run a run again from its record."""

    target: Text
    """The run's folder."""
    output: Text | None = None
    """The folder of the new run; without it, a new folder under runs/ named after the data and the time."""
    seed: NonNegativeInt = 42
    """Taken by every verb; the new run has the old one's seed."""
    offline: bool = False
    """Open no network connection."""


@dataclass(frozen=True, kw_only=True)
class PredictConfig:
    """Answer texts."""

    target: Text | None = None
    """The run's folder, or its model folder. With --url a run of the server; where it has one, leave it out."""
    texts: tuple[str, ...] = ()
    """Texts to answer, or - for standard input."""
    input: Text | None = None
    """A file of texts (any format of DATA), or - for standard input, one text a line."""
    text_column: Annotated[ColumnNames, Len(0, 2)] = ()
    """The column of texts in the input file; give it twice for pairs. Without it, the run's own where the file has
    them, or else inferred."""
    reading: ReadingConfig = field(default_factory=ReadingConfig)
    """How the input file is read."""
    decoding: DecodingConfig = field(default_factory=DecodingConfig)
    """How text is written, where the run's task answers with text."""
    output: Text | None = None
    """The file for the answers, one JSON object a line; without it, standard output."""
    url: Text | None = None
    """A server's address, such as http://127.0.0.1:8000: it answers, and no model is loaded here."""
    run: Text | None = None
    """With --url: the server's run that answers. All that stands without a flag is then a text."""
    token: Text | None = None
    """With --url: what the server asks clients for; without it ACCENT_TOKEN, which others here cannot see."""
    base: Text | None = None
    """A base that was moved: the same checkpoint in another place."""
    batch_tokens: PositiveInt = 4096
    """Tokens in one batch of answers, padding counted."""
    precision: Precision = "auto"
    """The dtype of matrix products; auto chooses for this processor."""
    seed: NonNegativeInt = 42
    """Draws tokens where a temperature is given; nothing else here is random."""
    offline: bool = False
    """Open no network connection."""


@dataclass(frozen=True, kw_only=True)
class InspectConfig:
    """Describe a base, a run, a tokenizer or a data set."""

    target: Text
    """A base, a run folder, a model folder, a tokenizer's folder or a data set."""
    task: TaskName | None = None
    """What the rows of a data set ask; without it classification, or what a built-in set is made for."""
    text: Text | None = None
    """A text to tokenize: its ids, tokens and what is unknown. A model that was pretrained says more of it: words for
    each [MASK] or for each word, whether the pair belongs together, what looks replaced, or how it goes on."""
    text_pair: Text | None = None
    """The second text of a pair."""
    corpus: Text | None = None
    """Running text (a file, a folder, builtin:NAME) to measure the tokenizer on: pieces a word, unknown tokens, the
    words that cost most. Of a long one, the beginning."""
    output: Text | None = None
    """A folder for inspect.json; without it, results are only shown."""
    seed: NonNegativeInt = 42
    """Taken by every verb; nothing here is random."""
    offline: bool = False
    """Open no network connection."""


@dataclass(frozen=True, kw_only=True)
class DemoConfig:
    """Do the main job on built-in data and base."""

    output: Text | None = None
    """The run folder; without it, a new folder under runs/."""
    seed: NonNegativeInt = 42
    """The one seed of every random stream."""
    offline: bool = False
    """Taken by every verb; the demo never opens a network connection."""


@dataclass(frozen=True, kw_only=True)
class ReportConfig:
    """Write a run's page again."""

    target: Text
    """The run's folder."""
    output: Text | None = None
    """A folder for a copy of report.html; without it, the page stands in the run's folder only."""
    seed: NonNegativeInt = 42
    """Taken by every verb; nothing here is random."""
    offline: bool = False
    """Open no network connection."""


@dataclass(frozen=True, kw_only=True)
class DoctorConfig:
    """Say what this machine offers."""

    output: Text | None = None
    """A folder for doctor.json; without it, results are only shown."""
    seed: NonNegativeInt = 42
    """Taken by every verb; nothing here is random."""
    offline: bool = False
    """Open no network connection."""
