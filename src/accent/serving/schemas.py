"""What requests and answers look like. Pydantic reads requests by it, and the OpenAPI description is made of it."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StrictStr

__all__ = [
    "AnswersOf",
    "Classified",
    "Completed",
    "Failure",
    "Health",
    "Labelled",
    "LoadRequest",
    "Located",
    "Measured",
    "MeasuredByName",
    "PairedRequest",
    "PredictAnswers",
    "QuestionRequest",
    "Run",
    "Runs",
    "StreamRequest",
    "Summarized",
    "Tagged",
    "TextRequest",
    "Unanswered",
]

_ROW_KEYS = {"text", "text_pair"}
_PAIR = 2
Row = tuple[str, str | None]
A = TypeVar("A")


class _Request(BaseModel):
    """A body: keys that are not named here are refused."""

    model_config = ConfigDict(extra="forbid")


class _Pair(BaseModel):
    """A row of one or two texts, for the description only."""

    model_config = ConfigDict(extra="forbid", title="Row")

    text: str
    text_pair: str | None = None


def _rows(value: Any) -> list[Row]:
    """Read one text, or a list of texts, pairs and objects. ValueError says what is wrong, and in which row."""
    if isinstance(value, str):
        return [(_text(value, "text"), None)]
    if not isinstance(value, list):
        raise ValueError(f"text|a text or a list of rows is wanted, and this is {_kind(value)}")
    return [_row(row, f"text[{number}]") for number, row in enumerate(value)]


def _texts(value: Any) -> list[Row]:
    """Read one text or a list of texts, for tasks that know no pairs."""
    if isinstance(value, list):
        return [(_text(row, f"text[{number}]"), None) for number, row in enumerate(value)]
    return [(_text(value, "text"), None)]


def _row(row: Any, where: str) -> Row:
    if isinstance(row, str):
        return _text(row, where), None
    if isinstance(row, list) and len(row) == _PAIR:
        return _text(row[0], f"{where}[0]"), _text(row[1], f"{where}[1]")
    if isinstance(row, dict) and "text" in row and row.keys() <= _ROW_KEYS:
        second = row.get("text_pair")
        return _text(row["text"], f"{where}.text"), None if second is None else _text(second, f"{where}.text_pair")
    raise ValueError(f"{where}|a text, a list of two texts, or an object of text and text_pair is wanted")


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{where}|a text is wanted, and this is {_kind(value)}")
    return value


def _kind(value: Any) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number", dict: "an object", list: "a list"}
    return "null" if value is None else kinds.get(type(value), "a text")


Rows = Annotated[
    list[tuple[str, str | None]],
    PlainValidator(_rows, json_schema_input_type=str | list[str | tuple[str, str] | _Pair]),
]
Texts = Annotated[list[tuple[str, str | None]], PlainValidator(_texts, json_schema_input_type=str | list[str])]
RunName = Annotated[StrictStr | None, Field(description="Which run; it may be left out where only one would do.")]


class PairedRequest(_Request):
    """Rows for a run: one text, or a list of texts, of pairs of texts, and of objects."""

    run: RunName = None
    text: Rows


class TextRequest(_Request):
    """Rows of one text each."""

    run: RunName = None
    text: Texts


class QuestionRequest(_Request):
    """A question, and the context that its answer is looked for in."""

    run: RunName = None
    question: StrictStr
    context: StrictStr


class StreamRequest(_Request):
    """A text that is to be gone on from."""

    run: RunName = None
    text: StrictStr


class LoadRequest(_Request):
    """A run to serve from now on."""

    name: Annotated[
        StrictStr,
        Field(
            description="Letters, digits, dots, dashes and underscores, 64 at most.",
            json_schema_extra={"pattern": "^[A-Za-z0-9._-]{1,64}$"},
        ),
    ]
    path: Annotated[StrictStr, Field(description="Its folder, within the one that --allow names.")]


class Unanswered(BaseModel):
    """A row that could not be answered keeps its place."""

    error: str


class Classified(BaseModel):
    """The class of a text, and the probability of each."""

    label: str
    score: float
    scores: dict[str, float]


class _Label(BaseModel):
    label: str
    score: float


class Labelled(BaseModel):
    """The labels of a text that may have several, or none, and the probability of each that there is."""

    labels: list[_Label]
    scores: dict[str, float]


class Measured(BaseModel):
    """The number of a text."""

    value: float


class MeasuredByName(BaseModel):
    """The numbers of a text, by their columns' names."""

    values: dict[str, float]


class _Entity(BaseModel):
    """A passage, in characters of the text as it was given."""

    entity_group: str
    score: float
    word: str
    start: int
    end: int


class Tagged(BaseModel):
    """The passages of a text that have a tag."""

    entities: list[_Entity]


class _Candidate(BaseModel):
    answer: str
    score: float


class Located(BaseModel):
    """The passage of the context that answers, "" where there is none, and the likeliest passages."""

    answer: str
    score: float
    start: int
    end: int
    candidates: list[_Candidate]


class Completed(BaseModel):
    """The text that goes on from another."""

    text: str


class Summarized(BaseModel):
    """The summary of a text."""

    summary_text: str


class AnswersOf(BaseModel, Generic[A]):
    """The answers of a run, one a row and in the rows' order."""

    run: str
    answers: list[A | Unanswered]


PredictAnswers = AnswersOf[
    Classified | Labelled | Measured | MeasuredByName | Tagged | Located | Completed | Summarized
]


class Run(BaseModel):
    """A run that is served."""

    name: str
    task: str
    labels: list[str]
    pair: Annotated[bool | None, Field(description="Whether a row is two texts; null where either will do.")]
    strategy: str
    base: str
    shared: Annotated[bool, Field(description="Whether it is answered from a base that other runs may share.")]
    loaded: Annotated[bool, Field(description="Whether its weights are in memory.")]
    memory: Annotated[int, Field(description="Bytes that it holds for itself, beside the shared base.")]
    streams: Annotated[bool, Field(description="Whether its text can be read while it is written.")]


class Runs(BaseModel):
    """All runs that are served."""

    runs: list[Run]


class Health(BaseModel):
    """How the server is."""

    status: str


class _Error(BaseModel):
    what: str
    where: str | None = None
    remedy: str


class Failure(BaseModel):
    """Why a request was not answered."""

    error: _Error
