"""Standard input as texts, one a line."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from accent.errors import DataError

__all__ = ["standard_input"]


def standard_input() -> Iterator[str]:
    """Yield the lines of standard input, which are UTF-8 whatever the terminal's encoding.

    Raises DataError for a line that is not.
    """
    for number, line in enumerate(sys.stdin.buffer, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise DataError(
                "the bytes are not UTF-8",
                where=f"standard input:{number}",
                remedy="Give UTF-8, or save the texts and say what they are in: --input FILE --encoding latin-1.",
            ) from error
