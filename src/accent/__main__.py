"""`python -m accent` is `accent`."""

from __future__ import annotations

from accent.cli.main import main

__all__: list[str] = []

main()
