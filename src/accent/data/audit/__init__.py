"""The audit: what is wrong with a data set, where, and what to do about it, before a model learns from it."""

from __future__ import annotations

from accent.data.audit.findings import Audit, Finding, Place, SplitFacts
from accent.data.audit.run import audit

__all__ = ["Audit", "Finding", "Place", "SplitFacts", "audit"]
