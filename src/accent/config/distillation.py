"""Distillation: a smaller student learns what a teacher says."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from accent.config.corpus import CorpusConfig, DocumentsName
from accent.config.data import DataConfig, ReadingConfig
from accent.config.paths import typed_path
from accent.config.pretraining import ObjectiveConfig, PretrainConfig, PretrainingConfig, StartConfig
from accent.config.runs import RunConfig
from accent.config.training import LearningConfig
from accent.config.types import NonNegativeFloat, Part, Positive, PositiveInt, Share, Text

__all__ = ["DistillConfig", "StudentConfig", "TextLessonsConfig", "as_pretraining", "has_model", "is_fitted"]

_DOCUMENTS: dict[str | None, DocumentsName] = {
    None: "blank-line",
    "paragraph": "blank-line",
    "line": "line",
    "file": "file",
}
"""What a document of running text is, by the word for a row of plain text."""


@dataclass(frozen=True, kw_only=True)
class StudentConfig:
    """The student, and how it is taught."""

    layers: PositiveInt | None = None
    """Layers of the student, taken evenly from the teacher's, the first and the last among them; without it, half of
    them."""
    temperature: Positive = 2.0
    """What the outputs of both are divided by before they are compared: above 1, what the teacher holds for unlikely
    counts too."""
    hidden_weight: NonNegativeFloat = 1.0
    """Weight of the cosine between the last hidden states of both; 0 leaves them out."""
    alpha: Part = 0.5
    """Share of the teacher's answers in the loss, the rest being the rows' own labels (a fine-tuned teacher). Rows
    without labels are learned from the teacher alone."""


@dataclass(frozen=True, kw_only=True)
class TextLessonsConfig:
    """What a teacher that was pretrained teaches on running text."""

    block_length: PositiveInt = 128
    """Tokens of a block of running text, special ones among them."""
    mask_rate: Share = 0.15
    """Share of the tokens that are hidden."""
    soft_weight: NonNegativeFloat = 5.0
    """Weight of what the teacher holds for likely in each hidden place."""
    token_weight: NonNegativeFloat = 2.0
    """Weight of what stood there in the text."""
    attention: NonNegativeFloat = 0.0
    """Weight of the last layer's attention maps; 0 leaves them out. With them training takes longer."""


@dataclass(frozen=True, kw_only=True)
class DistillConfig:
    """Train a smaller student from a teacher."""

    teacher: Text
    """The run of a fine-tuning or of a pretraining, its model folder, or a base."""
    data: DataConfig
    """Labelled rows or texts for a fine-tuned teacher, running text for one that was pretrained."""
    student: StudentConfig = field(default_factory=StudentConfig)
    """The student."""
    lessons: TextLessonsConfig = field(default_factory=TextLessonsConfig)
    """What is taught on running text."""
    training: LearningConfig = field(default_factory=LearningConfig)
    """How the student learns."""
    run: RunConfig = field(default_factory=RunConfig)
    """Where it is kept."""


def is_fitted(teacher: str) -> bool:
    """Tell whether a teacher was fine-tuned on a task, and not pretrained on running text."""
    folder = typed_path(teacher)
    return any((place / "accent.json").is_file() for place in (folder, folder / "model"))


def has_model(teacher: str) -> bool:
    """Tell whether a teacher may hold a model: all do but runs that have not ended."""
    folder = typed_path(teacher)
    return not (folder / "record.json").is_file() or (folder / "model" / "config.json").is_file()


def as_pretraining(config: DistillConfig) -> PretrainConfig:
    """Return the pretraining on running text that goes on from the teacher and reads the same documents.

    The share of validation documents is that of `--split`.
    """
    data = config.data
    reading = {one.name: getattr(data, one.name) for one in fields(ReadingConfig)}
    learning = {one.name: getattr(config.training, one.name) for one in fields(LearningConfig)}
    return PretrainConfig(
        corpus=CorpusConfig(
            sources=(data.source,),
            text_column=data.text_column,
            documents=_DOCUMENTS[data.documents],
            validation_share=data.split[1] / 100.0,
            limit=data.limit,
            **reading,
        ),
        objective=ObjectiveConfig(mask_rate=config.lessons.mask_rate),
        start=StartConfig(base=config.teacher),
        training=PretrainingConfig(**learning, block_length=config.lessons.block_length),
        run=config.run,
    )
