"""How much longer others wait while one person sends a hundred updates a second, with the flood control and without.

    python -m benchmarks.flood

20 people walk, 10 turns a second of all of them, against one bot on SQLite and the look-alike, all on this machine.
Waits are from a tap to the next question. The flood comes and goes, and each time with it is held against the one
before it, so that what else the machine does weighs on both alike. Fails where, with the control, others wait three
times as long.
"""

import asyncio
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bot.emulator import Lookalike, serving
from bot.intake import rate_limit
from bot.runtime import beside
from tests.support.crowd import Crowd, crowd
from tests.support.pace import Pace
from tests.support.phone import Phone
from tests.support.raw_sql import rows
from tests.support.running_bot import until
from tests.support.worker_processes import Worker, as_operators_do, settings_for, working

PEOPLE, TURNS = 20, 10
FLOODER, FLOOD = 7, 100
ROUNDS, SECONDS = 3, 6.0
SLOWER = 3.0


def without_control() -> None:
    """A worker for whom no flood is one."""
    rate_limit.BURST = 10**9
    as_operators_do()


async def flooding(phone: Phone) -> None:
    pace = Pace(FLOOD)
    while True:
        await pace()
        phone.type("and another thing")


async def wait(people: Crowd) -> float:
    """The middle one of some seconds."""
    for person in people.people:
        person.waits.clear()
    await asyncio.sleep(SECONDS)
    return median(each for person in people.people for each in person.waits)


async def over(lookalike: Lookalike, address: str) -> None:
    """Nothing of the flood is left: no update, and no word about one."""
    await until(lambda: not lookalike.updates.waiting, 120)
    await until(lambda: not rows(address, "SELECT 1 FROM outbox WHERE chat = ?", FLOODER), 120)


async def measure(folder: Path, *, control: bool) -> float:
    """How many times as long others wait."""
    lookalike, address = Lookalike(), f"sqlite:///{folder / 'bot.db'}"
    people, flooder, pace = crowd(lookalike, PEOPLE, 60), Phone(lookalike, FLOODER), Pace(TURNS)
    for person in people.people:
        person.pace = pace
    alone, among = [], []
    async with serving(lookalike) as url:
        run = as_operators_do if control else without_control
        with working(Worker(folder / "log", settings_for(url, address), run)):
            async with beside(people.walk(lambda: False)):
                await people.through(1)  # everything is warm
                for _ in range(ROUNDS):
                    alone.append(await wait(people))
                    async with beside(flooding(flooder)):
                        among.append(await wait(people))
                    await over(lookalike, address)
    times = median(one / other for one, other in zip(among, alone, strict=True))
    name = "with flood control" if control else "without flood control"
    waited = f"{median(alone) * 1000:.0f} ms alone, {median(among) * 1000:.0f} ms in a flood"
    print(f"{name}: {waited}, {times:.1f} times as long")
    return times


async def main() -> int:
    times = {}
    for control in (True, False):
        with TemporaryDirectory() as folder:
            times[control] = await measure(Path(folder), control=control)
    return 0 if times[True] <= SLOWER else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
