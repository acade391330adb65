"""The changes that the configuration names, the table has, and the page in the docs explains are the same."""

from __future__ import annotations

import typing

from accent.config import AugmenterName
from accent.data import AUGMENTERS
from tests.conformance.members import documented


def test_configuration_table_and_page_name_the_same_changes() -> None:
    named = set(typing.get_args(AugmenterName))
    assert set(AUGMENTERS) == named
    assert documented("augmentation.md") == named
