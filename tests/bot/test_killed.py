"""Killed at any moment and started again: everybody finishes with what they tapped, and taps it once."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random

import pytest

from bot.preview import Lookalike
from tests.bot import killed
from tests.bot.processes import on_telegram
from tests.bot.running import rows, until
from tests.bot.walking import Stored, Stroller
from tests.phone import Phone

KILLS = int(os.environ.get("KILLS", "50"))
PEOPLE = 40


class Killer:
    """Runs the bot, kills it at random moments, and starts it again."""

    def __init__(self, log: Path, settings: dict[str, str], random: Random) -> None:
        self.log = log
        self.settings = settings
        self.random = random
        self.kills = 0
        self.process: ForkServerProcess = killed.start(log, settings)

    async def spree(self) -> None:
        while self.kills < KILLS:
            await asyncio.sleep(self.random.uniform(0.1, 1.4))  # the moment is the test: there is no event to await
            self.kill()
            self.process = killed.start(self.log, self.settings)

    def kill(self) -> None:
        assert self.process.is_alive(), "the bot ended by itself"
        self.process.kill()
        self.process.join()
        self.kills += 1


@pytest.fixture
def killer(tmp_path: Path, url: str, file: Path) -> Iterator[Killer]:
    killed.preload()
    made = Killer(tmp_path / "log", on_telegram(url, file), Random(50))
    yield made
    made.process.kill()
    made.process.join()


PATIENCE = 120  # seconds: on a busy machine a start takes long, and the next kill may come right after it


async def walk_while(killer: Killer, person: Stroller) -> list[Stored]:
    """Walks again and again until the killing is over; then to the end of the walk."""
    walks = []
    while killer.kills < KILLS:
        walks.append(await person.walk())
    return walks


@pytest.mark.timeout(300)
async def test_killed_at_random_moments_nothing_is_lost_and_nothing_is_asked_for_twice(
    lookalike: Lookalike, file: Path, killer: Killer, tmp_path: Path
) -> None:
    random = Random(40)
    people = [
        Stroller(Phone(lookalike, number), Random(random.random()), lambda place: f"{place} in my words", PATIENCE)
        for number in range(1, PEOPLE + 1)
    ]
    async with asyncio.TaskGroup() as group:
        group.create_task(killer.spree())
        walked = [group.create_task(walk_while(killer, person)) for person in people]
    await until(lambda: not rows(file, "select * from outbox"))
    stored = [json.loads(answers) for (answers,) in rows(file, "select answers from responses")]
    expected = [walk for walks in walked for walk in walks.result()]
    assert Counter(map(as_line, stored)) == Counter(map(as_line, expected))
    assert rows(file, "select * from runs") == rows(file, "select * from answers") == []
    assert sum(person.pressed_again for person in people) == 0
    assert sum(person.repeated for person in people) <= KILLS * PEOPLE
    assert not [line for line in log_lines(tmp_path) if "error" in line or "warning" in line]


def as_line(stored: Stored) -> str:
    return json.dumps(stored, sort_keys=True)


def log_lines(folder: Path) -> list[str]:
    return (folder / "log").read_text().splitlines()
