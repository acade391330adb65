"""The host that a configuration asks for."""

from __future__ import annotations

from accent.config import ServeConfig
from accent.config.quantities import bytes_of
from accent.inference import Host

__all__ = ["make_host"]


def make_host(config: ServeConfig) -> Host:
    """Return a host without runs, with the precision, batches and memory of `config`; `serve` loads its runs."""
    return Host(
        precision=config.precision,
        batch_tokens=config.batch_tokens,
        memory=None if config.memory is None else bytes_of(config.memory),
        base=config.base,
    )
