"""What all tests share. HYPOTHESIS_PROFILE=long looks much longer, and elsewhere each time, for what breaks a law."""

import gc
import os

import pytest
from hypothesis import settings

settings.register_profile("ci", deadline=None, derandomize=True, max_examples=100, stateful_step_count=30)
settings.register_profile("long", deadline=None, max_examples=3000, stateful_step_count=60)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--deployment",
        choices=("sqlite", "postgresql", "webhook"),
        default=os.environ.get("DEPLOYMENT"),
        help="runs the tests of the bot in this deployment: on SQLite, on PostgreSQL, or on PostgreSQL behind a webhook",
    )


def pytest_collection_finish() -> None:
    """What is imported by now stays: nobody need look for garbage among it, which took a third of the bot's tests."""
    gc.collect()
    gc.freeze()
