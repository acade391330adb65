"""A client of `accent serve`: answers from a server in place of a model here. No torch, and nothing to install."""

from __future__ import annotations

from accent.client.address import Address
from accent.client.connection import Connection, RefusedError
from accent.client.predict import predict, settled
from accent.client.remote import Remote

__all__ = ["Address", "Connection", "RefusedError", "Remote", "predict", "settled"]
