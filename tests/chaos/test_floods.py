"""One person sends a hundred updates a second: most get no turn, and one word about it is said.

That others hardly wait longer meanwhile is a matter of figures: `python -m benchmarks.flood`.
"""

from pathlib import Path

from bot.emulator import Lookalike
from bot.intake.rate_limit import BURST, RATE
from bot.render.localization import FIRST, spoken
from bot.runtime import beside
from tests.support.pace import Pace
from tests.support.phone import Phone
from tests.support.running_bot import until
from tests.support.worker_processes import Worker, settings_for, working

FLOOD = 100  # updates a second
AFTER = 5  # seconds in which what the flood left with Telegram is taken in, at most
TOLD = spoken(FIRST).text("too_many")


async def flood(phone: Phone) -> None:
    pace = Pace(FLOOD)
    while True:
        await pace()
        phone.type("and another thing")


async def test_beyond_the_burst_there_is_no_turn_and_one_word_about_it(
    lookalike: Lookalike, url: str, on_file: str, tmp_path: Path
) -> None:
    flooder = Phone(lookalike, 7)
    worker = Worker(tmp_path / "log", settings_for(url, on_file))
    with working(worker):
        flooder.type("/start")
        await flooder.hears()
        async with beside(flood(flooder)):
            await flooder.until(lambda: TOLD in said_by(flooder, bot=True))
            await flooder.until(lambda: len(said_by(flooder, bot=False)) > 5 * BURST)
        await until(lambda: not lookalike.updates.waiting)
    updates, turns = len(said_by(flooder, bot=False)), len([line for line in worker.lines() if " turn " in line])
    print(f"updates: {updates}, turns: {turns}")  # noqa: T201
    assert BURST <= turns <= BURST + RATE * (updates / FLOOD + AFTER)
    assert said_by(flooder, bot=True).count(TOLD) == 1


def said_by(phone: Phone, *, bot: bool) -> list[str]:
    return [message.text for message in phone.messages if message.from_bot is bot]
