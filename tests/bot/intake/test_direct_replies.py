"""What is remembered of an absence of the database does not grow with it."""

from typing import cast

from telegram import Bot

from bot.emulator import PREVIEW_TOKEN
from bot.health import Absence
from bot.intake.direct_replies import REMEMBERED, Away, Helpline
from bot.telegram.updates import Incoming
from flows.models import Unreadable
from storage.db.database import Database

SOMEBODY = 7


def wordless(number: int) -> Incoming:
    return Incoming(number, SOMEBODY, Unreadable("sticker"))


async def test_of_the_updates_of_an_absence_only_so_many_are_remembered() -> None:
    bot = Bot(PREVIEW_TOKEN)
    away = Away(bot, Absence(cast(Database, None)), Helpline(bot))
    for number in range(REMEMBERED + 2):
        await away.tell(wordless(number))
    assert len(away._calm) == 2  # noqa: SLF001 - what it costs in memory shows nowhere else
