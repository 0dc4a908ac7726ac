"""Unit tests read neither files nor the environment, so none is made for them."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _own_machine() -> None:
    """Stand in for the fixture that makes a home folder for each test."""
