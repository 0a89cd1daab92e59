"""One person sends a hundred updates a second: most get no turn, and one notice is sent.

That others hardly wait longer is measured by `python -m benchmarks.rate_limit`.
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

UPDATES_PER_SECOND = 100
BACKLOG_SECONDS = 5  # the longest that processing the flood's backlog may take
NOTICE = load_bot_texts(DEFAULT_LANGUAGE).format_text("too_many")


async def send_updates(phone: Phone) -> None:
    pace = Pace(UPDATES_PER_SECOND)
    while True:
        await pace()
        phone.type_text("and another thing")


async def test_updates_beyond_the_burst_get_no_turn_and_one_notice(
    emulator: TelegramEmulator, emulator_url: str, sqlite_url: str, tmp_path: Path
) -> None:
    flooder = Phone(emulator, 7)
    worker = WorkerProcess(tmp_path / "log", make_worker_environment(emulator_url, sqlite_url))
    with run_workers(worker):
        flooder.type_text("/start")
        await flooder.receive()
        async with run_in_background(send_updates(flooder)):
            await flooder.wait_until(lambda: NOTICE in texts_of(flooder, bot=True))
            await flooder.wait_until(lambda: len(texts_of(flooder, bot=False)) > 5 * MAX_BURST_UPDATES)
        await wait_until(lambda: not emulator.updates.pending)
    updates, turns = (
        len(texts_of(flooder, bot=False)),
        len([line for line in worker.read_log_lines() if " turn " in line]),
    )
    print(f"updates: {updates}, turns: {turns}")  # noqa: T201
    assert (
        MAX_BURST_UPDATES
        <= turns
        <= MAX_BURST_UPDATES + MAX_UPDATES_PER_SECOND * (updates / UPDATES_PER_SECOND + BACKLOG_SECONDS)
    )
    assert texts_of(flooder, bot=True).count(NOTICE) == 1


def texts_of(phone: Phone, *, bot: bool) -> list[str]:
    return [message.text for message in phone.messages if message.is_from_bot is bot]
