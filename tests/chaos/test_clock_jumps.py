"""The bot's clock is set forward an hour in the middle of a crowd, and back again: everybody finishes undisturbed."""

import asyncio
import sys
import time
from datetime import datetime, tzinfo
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import pytest

from bot.emulator import TelegramEmulator
from tests.support.chaos_scale import CROWD_SIZE, PATIENCE_SECONDS, TEST_TIMEOUT_SECONDS
from tests.support.crowd import Crowd, count_repeated_prompts, make_crowd
from tests.support.fork_server import FORK_SERVER
from tests.support.pace import Pace
from tests.support.worker_processes import WorkerProcess, make_worker_environment, run_bot_command, run_workers
from tests.support.worker_setups import find_unexpected_log_lines

pytestmark = pytest.mark.timeout(TEST_TIMEOUT_SECONDS)
HOUR = 3600.0
OURS = {"bot", "storage", "flows"}
OFTEN = 0.1  # seconds between two looks at the clock, instead of ten
TURNS = 40  # a second: people who think a while, so that some have not replied since the clock was set


def work_by(jump: "Synchronized[float]") -> None:
    """A worker by a clock that somebody else sets: time.time, and datetime.now in all of our modules."""
    true = time.time
    time.time = lambda: true() + jump.value

    class ByThatClock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "ByThatClock":
            return cls.fromtimestamp(time.time(), tz)

    for module in [found for name, found in sys.modules.items() if name.partition(".")[0] in OURS]:
        if vars(module).get("datetime") is datetime:
            vars(module)["datetime"] = ByThatClock
    sys.modules["bot.jobs.scheduler"].WELL = OFTEN  # type: ignore[attr-defined]
    run_bot_command()


async def set_forward_and_back(people: Crowd, jump: "Synchronized[float]") -> None:
    """Each after half of them got through once more."""
    for at in (HOUR, 0.0):
        await people.wait_for_runs(len(people.expected_responses) + len(people.walkers) // 2)
        jump.value = at


@pytest.mark.parametrize("types", [pytest.param(0.0, id="taps"), pytest.param(0.5, id="words")])
async def test_everybody_finishes_though_the_clock_was_set_forward_and_back(
    types: float, emulator: TelegramEmulator, emulator_url: str, sqlite_url: str, tmp_path: Path
) -> None:
    people = make_crowd(emulator, CROWD_SIZE, PATIENCE_SECONDS)
    pace = Pace(TURNS)
    for person in people.walkers:
        person.text_share, person.pace = types, pace
    jump = FORK_SERVER.Value("d", 0.0)
    worker = WorkerProcess(tmp_path / "log", make_worker_environment(emulator_url, sqlite_url), work_by, jump)
    with run_workers(worker):
        async with asyncio.TaskGroup() as group:
            setting = group.create_task(set_forward_and_back(people, jump))
            group.create_task(people.walk(setting.done))
        await people.assert_finished(sqlite_url)
    people.print_figures(**{"asked again": sum(count_repeated_prompts(person.phone) for person in people.walkers)})
    assert sum(count_repeated_prompts(person.phone) for person in people.walkers) == 0
    assert find_unexpected_log_lines([worker]) == []
