"""A clock that is set far off: what people have begun is not erased by it."""

import time

from bot.emulator import Lookalike
from tests.bot.cli.doctor.test_telegram import telegram_of_another_time
from tests.bot.intake.test_dead_letters import EVERYWHERE
from tests.support.deployments import Way
from tests.support.phone import Phone
from tests.support.running_bot import running, until
from tests.support.walkers import Walker

A_DAY = 86_400
REFUSED = "the clock is not Telegram's, so nothing is erased"


@EVERYWHERE
async def test_a_clock_forty_days_ahead_erases_nothing(lookalike: Lookalike, url: str, way: Way, phone: Phone) -> None:
    async with running(lookalike, url, way):
        await Walker(phone).to("viewpoint")
    for table in ("runs", "chats"):
        way.change(f"update {table} set seen_at = ?", int(time.time()) - 41 * A_DAY)
    async with telegram_of_another_time(lookalike, -40 * A_DAY) as behind, running(lookalike, behind, way) as bot:
        bot.allow(REFUSED)
        await until(lambda: bot.said(REFUSED))
        assert bot.said(REFUSED)[0]["days_ahead"] == 40
        assert way.rows("select count(*) from runs") == [(1,)]
    async with telegram_of_another_time(lookalike, 0.9 * A_DAY) as agreeing, running(lookalike, agreeing, way) as bot:
        await until(lambda: bot.said("erased what is over"))
        assert way.rows("select count(*) from runs") == [(0,)]
