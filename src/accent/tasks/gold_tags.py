"""Tags as files have them: read slice by slice without the texts, brought to BIO, and named where they are wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from accent.errors import DataError
from accent.evaluation.tag_schemes import Scheme, strays, to_bio
from accent.tasks.labels import label_slices
from accent.tasks.protocol import Columns

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["ANY_SCHEME", "as_bio", "in_bio", "refuse_strays", "tags_of"]

# Reading BILOU is never strict, so that it reads BIO and IOB1 as well: a scored file may be spelled in any of them.
ANY_SCHEME: Scheme = "bilou"
_PLACES_SHOWN = 5


def tags_of(rows: Dataset) -> Iterator[list[str]]:
    """Yield each row's tags."""
    for labels in label_slices(rows):
        yield from pc.struct_field(labels, "tags").to_pylist()


def in_bio(rows: Dataset, scheme: Scheme) -> Iterator[list[str]]:
    """Yield each row's tags in BIO; DataError with its place for a tag that the scheme does not have."""
    for row, tags in enumerate(tags_of(rows)):
        try:
            yield to_bio(tags, scheme)
        except ValueError as error:
            raise _no_tag(rows[row], scheme) from error


def as_bio(columns: Columns, scheme: Scheme) -> list[list[str]]:
    """Return the tags of rows in BIO, as `in_bio` does."""
    found = []
    for row, label in enumerate(columns["label"]):
        try:
            found.append(to_bio(label["tags"], scheme))
        except ValueError as error:
            raise _no_tag({name: values[row] for name, values in columns.items()}, scheme) from error
    return found


def refuse_strays(splits: Iterable[Dataset], scheme: Scheme, *, remedy: str) -> None:
    """Raise DataError where tags continue no entity: how many, and the first five with their places."""
    count, told = 0, list[tuple[str, str]]()
    for rows in splits:
        for row, tags in enumerate(tags_of(rows)):
            places = strays(tags, scheme)
            count += len(places)
            shown = islice(places, _PLACES_SHOWN - len(told))
            told += [(f"{tags[place]} of {_word(rows[row], place)!r}", _place(rows[row])) for place in shown]
    if not count:
        return
    what = f"the tag {told[0][0]} continues" if count == 1 else f"{count:,} tags continue"
    listed = ", ".join(one for one, _ in told) + (", ..." if count > len(told) else "")
    raise DataError(
        f"{what} no entity" + (f": {listed}" if count > 1 else ""),
        where=", ".join(place for _, place in told),
        remedy=remedy,
    )


def _no_tag(row: Mapping[str, Any], scheme: Scheme) -> DataError:
    tags: Sequence[str] = row["label"]["tags"]
    wrong = next(place for place, tag in enumerate(tags) if not _is_of(tag, scheme))
    named = "entities" if scheme == ANY_SCHEME else f"the scheme {scheme}"
    return DataError(
        f"the tag {tags[wrong]} of {_word(row, wrong)!r} is no tag of {named}",
        where=_place(row),
        remedy="Mend the tag, or name the scheme of the training rows with `--scheme`.",
    )


def _is_of(tag: str, scheme: Scheme) -> bool:
    try:
        to_bio([tag], scheme)
    except ValueError:
        return False
    return True


def _word(row: Mapping[str, Any], word: int) -> str:
    label = row["label"]
    return str(row["text"][label["starts"][word] : label["ends"][word]])


def _place(row: Mapping[str, Any]) -> str:
    return f"{row['origin_file']}:{row['origin_line']}"
