"""Slow tests have a short form, with fewer people, moments or seeds. `make quick` and `make test` run it."""

import os
from typing import TypeVar

IS_SHORT_FORM = os.environ.get("HYPOTHESIS_PROFILE") == "quick"

Size = TypeVar("Size")


def choose_size(full: Size, short: Size) -> Size:
    """Returns what the form of this test run takes."""
    return short if IS_SHORT_FORM else full
