"""Hypothesis profiles, the deployment to test, and markers that follow from a test's path and fixtures.

HYPOTHESIS_PROFILE=long searches much longer, with other examples each time.
"""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.markers import PROMISE_MODULES, SLOW_MODULES

settings.register_profile("ci", deadline=None, derandomize=True, max_examples=100, stateful_step_count=30)
settings.register_profile("quick", deadline=None, derandomize=True, max_examples=20, stateful_step_count=20)
settings.register_profile("long", deadline=None, max_examples=3000, stateful_step_count=60)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

TESTS = Path(__file__).parent
POSTGRESQL_PARAMETERS = {"postgresql", "webhook", "postgresql_settings"}
POSTGRESQL_FIXTURES = {
    *("managed_server", "pg_dump_on_path", "postgresql_settings", "postgresql_url", "filled_database"),
    "two_workers",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--deployment",
        choices=("sqlite", "postgresql", "webhook"),
        default=os.environ.get("DEPLOYMENT"),
        help="runs the tests of the bot on SQLite, on PostgreSQL, or on PostgreSQL behind a webhook",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests by their folder, and those whose fixtures or parameters need a PostgreSQL server."""
    for item in items:
        path = item.path.relative_to(TESTS)
        if path.parts[0] in {"browser", "chaos"}:
            item.add_marker(path.parts[0])
        if path.as_posix() in SLOW_MODULES:
            item.add_marker("slow")
        if path.as_posix() in PROMISE_MODULES:
            item.add_marker("promise")
        if _uses_postgresql(item):
            item.add_marker("postgresql")


def _uses_postgresql(item: pytest.Item) -> bool:
    parameters = getattr(item, "callspec", None)
    values = {str(value) for value in parameters.params.values()} if parameters else set()
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(POSTGRESQL_PARAMETERS & values or POSTGRESQL_FIXTURES & fixtures)


def pytest_collection_finish() -> None:
    """Excludes imported objects from garbage collection, which took a third of the bot's test time."""
    gc.collect()
    gc.freeze()
