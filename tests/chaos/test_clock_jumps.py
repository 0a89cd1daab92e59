"""The bot's clock jumps an hour forward and back during a crowd's runs, and everybody finishes undisturbed."""

import asyncio
import sys
import time
from datetime import datetime, tzinfo
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import pytest

from bot.emulator import TelegramEmulator
from tests.support.chaos_scale import CROWD_SIZE, REPLY_TIMEOUT_SECONDS, TEST_TIMEOUT_SECONDS
from tests.support.crowd import Crowd, count_repeated_prompts, make_crowd
from tests.support.fork_server import FORK_SERVER
from tests.support.pace import Pace
from tests.support.worker_processes import WorkerProcess, make_worker_environment, run_bot_command, run_workers
from tests.support.worker_setups import find_unexpected_log_lines

pytestmark = pytest.mark.timeout(TEST_TIMEOUT_SECONDS)
HOUR_SECONDS = 3600.0
OUR_PACKAGES = {"bot", "storage", "flows"}
CHECK_INTERVAL_SECONDS = 0.1  # instead of ten
TURNS_PER_SECOND = 40  # slow enough that some people have not replied since the jump


def run_worker_with_clock(jump: "Synchronized[float]") -> None:
    """Runs a worker whose time.time and datetime.now, in all our modules, are shifted by `jump` seconds."""
    real_time = time.time
    time.time = lambda: real_time() + jump.value

    class ShiftedDatetime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "ShiftedDatetime":
            return cls.fromtimestamp(time.time(), tz)

    for module in [found for name, found in sys.modules.items() if name.partition(".")[0] in OUR_PACKAGES]:
        if vars(module).get("datetime") is datetime:
            vars(module)["datetime"] = ShiftedDatetime
    # The process ends with the worker, so nothing is undone.
    pytest.MonkeyPatch().setattr("bot.jobs.scheduler.DOWNTIME_CHECK_INTERVAL_SECONDS", CHECK_INTERVAL_SECONDS)
    run_bot_command()


async def set_forward_and_back(crowd: Crowd, jump: "Synchronized[float]") -> None:
    """Changes the clock each time half of the crowd has finished another run."""
    for offset in (HOUR_SECONDS, 0.0):
        await crowd.wait_for_runs(len(crowd.expected_responses) + len(crowd.walkers) // 2)
        jump.value = offset


@pytest.mark.parametrize("text_share", [pytest.param(0.0, id="taps"), pytest.param(0.5, id="words")])
async def test_everybody_finishes_although_the_clock_jumps_forward_and_back(
    text_share: float, emulator: TelegramEmulator, emulator_url: str, sqlite_url: str, tmp_path: Path
) -> None:
    crowd = make_crowd(emulator, CROWD_SIZE, REPLY_TIMEOUT_SECONDS)
    pace = Pace(TURNS_PER_SECOND)
    for person in crowd.walkers:
        person.text_share, person.pace = text_share, pace
    jump = FORK_SERVER.Value("d", 0.0)
    worker = WorkerProcess(
        tmp_path / "log", make_worker_environment(emulator_url, sqlite_url), run_worker_with_clock, jump
    )
    with run_workers(worker):
        async with asyncio.TaskGroup() as group:
            jumping = group.create_task(set_forward_and_back(crowd, jump))
            group.create_task(crowd.walk(jumping.done))
        await crowd.assert_finished(sqlite_url)
    crowd.print_figures(**{"asked again": sum(count_repeated_prompts(person.phone) for person in crowd.walkers)})
    assert sum(count_repeated_prompts(person.phone) for person in crowd.walkers) == 0
    assert find_unexpected_log_lines([worker]) == []
