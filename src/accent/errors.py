"""One family of errors: each says what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["AccentError", "BaseModelError", "ConfigError", "DataError", "Problems", "RunError", "UserError"]


class AccentError(Exception):
    """What went wrong, where it stands, and what mends it.

    The text of the error is two lines: `what (where)`, then `remedy`.
    """

    def __init__(self, what: str, *, remedy: str, where: str | None = None) -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(what, where, remedy)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.what}{place}\n{self.remedy}"


class UserError(AccentError):
    """Something the user can mend: the command line ends with exit code 2."""


class ConfigError(UserError):
    """A flag, a key or a value that does not fit."""


class DataError(UserError):
    """A file, a column, a row or a label that does not fit."""


class BaseModelError(UserError):
    """A base checkpoint that is missing, unsafe or of the wrong kind."""


class RunError(UserError):
    """A run folder that is missing, incomplete or in the way."""


class Problems(UserError):
    """Several user errors found together, so that one attempt shows them all."""

    def __init__(self, errors: Sequence[UserError]) -> None:
        self.errors = tuple(errors)
        first = self.errors[0]
        super().__init__(first.what, where=first.where, remedy=first.remedy)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)
