"""A short soak: the bot holds no more at its end than at its beginning; and what would grow is seen."""

from pathlib import Path

import pytest

from tests.chaos.resource_usage import Sample, summarise_samples
from tests.chaos.soak import CHECKED_METRICS, create_soak_database, run_soak

SECONDS, RATE, THOUGHT = 20.0, 20.0, 0.5
MEMORY = 100_000_000


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_tasks_files_and_connections_do_not_grow(kind: str, tmp_path: Path) -> None:
    with create_soak_database(kind, tmp_path) as address:
        held = await run_soak(tmp_path, address, SECONDS, RATE, THOUGHT)
    print(held.format_table())  # noqa: T201
    assert held.find_growth("tasks", "files", "connections", "threads") == []
    assert all(held.end[name] > 0 for name in CHECKED_METRICS)
    assert held.end["database"] > held.start["database"]  # what was sent is kept


@pytest.mark.parametrize("name", CHECKED_METRICS)
def test_what_grows_is_seen(name: str) -> None:
    steady = {"memory": MEMORY, "tasks": 12, "files": 20, "connections": 9, "threads": 4, "database": 0}
    step = MEMORY // 500 if name == "memory" else 1
    samples = [Sample(float(at), **{**steady, name: steady[name] + at * step}) for at in range(100)]
    assert summarise_samples(samples).find_growth(*CHECKED_METRICS) == [name]


def test_what_only_comes_and_goes_has_not_grown() -> None:
    samples = [
        Sample(float(at), MEMORY * (1 + at % 3 // 100), 12 + at % 5, 20 + at % 4, 9 + at % 3, 4 + at % 2, at)
        for at in range(100)
    ]
    assert summarise_samples(samples).find_growth(*CHECKED_METRICS) == []
