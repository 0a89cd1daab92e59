"""A short soak ends with no more resources than it began with, and the check detects growth."""

from pathlib import Path

import pytest

from tests.chaos.resource_usage import Sample, summarise_samples
from tests.chaos.soak import CHECKED_METRICS, create_soak_database, run_soak

SOAK_SECONDS, TURNS_PER_SECOND, THINK_TIME_SECONDS = 20.0, 20.0, 0.5
MEMORY_BYTES = 100_000_000


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_tasks_files_and_connections_do_not_grow(kind: str, tmp_path: Path) -> None:
    with create_soak_database(kind, tmp_path) as address:
        usage = await run_soak(tmp_path, address, SOAK_SECONDS, TURNS_PER_SECOND, THINK_TIME_SECONDS)
    print(usage.format_table())  # noqa: T201
    assert usage.find_growth("tasks", "files", "connections", "threads") == []
    assert all(usage.end[name] > 0 for name in CHECKED_METRICS)
    assert usage.end["database"] > usage.start["database"]  # submitted answers are stored


@pytest.mark.parametrize("name", CHECKED_METRICS)
def test_growth_of_each_resource_is_detected(name: str) -> None:
    steady = {"memory": MEMORY_BYTES, "tasks": 12, "files": 20, "connections": 9, "threads": 4, "database": 0}
    step = MEMORY_BYTES // 500 if name == "memory" else 1
    samples = [Sample(float(at), **{**steady, name: steady[name] + at * step}) for at in range(100)]
    assert summarise_samples(samples).find_growth(*CHECKED_METRICS) == [name]


def test_fluctuation_is_not_taken_for_growth() -> None:
    samples = [
        Sample(float(at), MEMORY_BYTES * (100 + at % 3) // 100, 12 + at % 5, 20 + at % 4, 9 + at % 3, 4 + at % 2, at)
        for at in range(100)
    ]
    assert summarise_samples(samples).find_growth(*CHECKED_METRICS) == []
