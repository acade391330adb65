"""Rich's consoles with our answer to a reader that leaves, where rich's own is to exit with 1."""

from __future__ import annotations

from rich.console import Console

__all__ = ["Messages", "Results"]


class Messages(Console):
    """Standard error. When nobody reads it the work goes on in silence."""

    def on_broken_pipe(self) -> None:
        """Fall silent."""
        self.quiet = True


class Results(Console):
    """Standard output. When nobody reads it there is nothing left to do."""

    def on_broken_pipe(self) -> None:
        """Pass the error on: `Console.show` knows what it means."""
        raise BrokenPipeError
