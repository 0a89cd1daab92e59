"""One person sends a hundred updates a second: most get no turn, and one word about it is said.

That others hardly wait longer meanwhile is a matter of figures: `python -m benchmarks.rate_limit`.
"""

from pathlib import Path

from bot.emulator import TelegramEmulator
from bot.intake.rate_limit import MAX_BURST_UPDATES, MAX_UPDATES_PER_SECOND
from bot.render.localization import DEFAULT_LANGUAGE, load_bot_texts
from bot.runtime import run_in_background
from tests.support.pace import Pace
from tests.support.phone import Phone
from tests.support.running_bot import wait_until
from tests.support.worker_processes import WorkerProcess, make_worker_environment, run_workers

FLOOD = 100  # updates a second
AFTER = 5  # seconds in which what the flood left with Telegram is taken in, at most
TOLD = load_bot_texts(DEFAULT_LANGUAGE).format_text("too_many")


async def flood(phone: Phone) -> None:
    pace = Pace(FLOOD)
    while True:
        await pace()
        phone.type_text("and another thing")


async def test_beyond_the_burst_there_is_no_turn_and_one_word_about_it(
    emulator: TelegramEmulator, emulator_url: str, sqlite_url: str, tmp_path: Path
) -> None:
    flooder = Phone(emulator, 7)
    worker = WorkerProcess(tmp_path / "log", make_worker_environment(emulator_url, sqlite_url))
    with run_workers(worker):
        flooder.type_text("/start")
        await flooder.receive()
        async with run_in_background(flood(flooder)):
            await flooder.wait_until(lambda: TOLD in said_by(flooder, bot=True))
            await flooder.wait_until(lambda: len(said_by(flooder, bot=False)) > 5 * MAX_BURST_UPDATES)
        await wait_until(lambda: not emulator.updates.pending)
    updates, turns = (
        len(said_by(flooder, bot=False)),
        len([line for line in worker.read_log_lines() if " turn " in line]),
    )
    print(f"updates: {updates}, turns: {turns}")  # noqa: T201
    assert MAX_BURST_UPDATES <= turns <= MAX_BURST_UPDATES + MAX_UPDATES_PER_SECOND * (updates / FLOOD + AFTER)
    assert said_by(flooder, bot=True).count(TOLD) == 1


def said_by(phone: Phone, *, bot: bool) -> list[str]:
    return [message.text for message in phone.messages if message.is_from_bot is bot]
