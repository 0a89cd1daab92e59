"""The bot's clock is set forward an hour in the middle of a crowd, and back again: everybody finishes undisturbed."""

import asyncio
import sys
import time
from datetime import datetime, tzinfo
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import pytest

from bot.emulator import Lookalike
from tests.support.chaos_scale import PATIENCE, PEOPLE, SECONDS
from tests.support.crowd import Crowd, asked_again, crowd
from tests.support.fork_server import CONTEXT
from tests.support.pace import Pace
from tests.support.worker_processes import Worker, as_operators_do, settings_for, working
from tests.support.worker_setups import complaints

pytestmark = pytest.mark.timeout(SECONDS)
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
    as_operators_do()


async def set_forward_and_back(people: Crowd, jump: "Synchronized[float]") -> None:
    """Each after half of them got through once more."""
    for at in (HOUR, 0.0):
        await people.through(len(people.walks) + len(people.people) // 2)
        jump.value = at


@pytest.mark.parametrize("types", [pytest.param(0.0, id="taps"), pytest.param(0.5, id="words")])
async def test_everybody_finishes_though_the_clock_was_set_forward_and_back(
    types: float, lookalike: Lookalike, url: str, on_file: str, tmp_path: Path
) -> None:
    people = crowd(lookalike, PEOPLE, PATIENCE)
    pace = Pace(TURNS)
    for person in people.people:
        person.types, person.pace = types, pace
    jump = CONTEXT.Value("d", 0.0)
    worker = Worker(tmp_path / "log", settings_for(url, on_file), work_by, jump)
    with working(worker):
        async with asyncio.TaskGroup() as group:
            setting = group.create_task(set_forward_and_back(people, jump))
            group.create_task(people.walk(setting.done))
        await people.finished(on_file)
    people.tell(**{"asked again": sum(asked_again(person.phone) for person in people.people)})
    assert sum(asked_again(person.phone) for person in people.people) == 0
    assert complaints([worker]) == []
