"""A clock that is far off does not lead to the deletion of unfinished answers."""

import time

from bot.emulator import TelegramEmulator
from tests.support.clock_skew import CLOCK_REFUSED_EVENT, SECONDS_PER_DAY
from tests.support.dead_letter_log import ON_ALL_DEPLOYMENTS
from tests.support.deployments import Deployment
from tests.support.phone import Phone
from tests.support.running_bot import running_bot, wait_until
from tests.support.telegram_clock import serve_with_clock_offset
from tests.support.walkers import Walker


@ON_ALL_DEPLOYMENTS
async def test_a_clock_forty_days_ahead_deletes_nothing(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    async with running_bot(emulator, emulator_url, deployment):
        await Walker(phone).walk_to("viewpoint")
    for table in ("runs", "chats"):
        deployment.execute_sql(f"update {table} set seen_at = ?", int(time.time()) - 41 * SECONDS_PER_DAY)
    async with (
        serve_with_clock_offset(emulator, -40 * SECONDS_PER_DAY) as telegram_url,
        running_bot(emulator, telegram_url, deployment) as bot,
    ):
        bot.allow_events(CLOCK_REFUSED_EVENT)
        await wait_until(lambda: bot.find_log_lines(CLOCK_REFUSED_EVENT))
        assert bot.find_log_lines(CLOCK_REFUSED_EVENT)[0]["days_ahead"] == 40
        assert deployment.fetch_rows("select count(*) from runs") == [(1,)]
    async with (
        serve_with_clock_offset(emulator, 0.9 * SECONDS_PER_DAY) as telegram_url,
        running_bot(emulator, telegram_url, deployment) as bot,
    ):
        await wait_until(lambda: bot.find_log_lines("expired data deleted"))
        assert deployment.fetch_rows("select count(*) from runs") == [(0,)]
