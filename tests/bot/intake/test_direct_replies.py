"""What is remembered of an absence of the database does not grow with it."""

from typing import cast

from telegram import Bot

from bot.emulator import PREVIEW_TOKEN
from bot.health import DatabaseOutage
from bot.intake.direct_replies import MAX_REMEMBERED_UPDATES, HelplineNotifier, OutageNotifier
from bot.telegram.updates import IncomingUpdate
from flows.models import UnreadableReply
from storage.db.database import Database

SOMEBODY = 7


def wordless(number: int) -> IncomingUpdate:
    return IncomingUpdate(number, SOMEBODY, UnreadableReply("sticker"))


async def test_of_the_updates_of_an_absence_only_so_many_are_remembered() -> None:
    bot = Bot(PREVIEW_TOKEN)
    away = OutageNotifier(bot, DatabaseOutage(cast(Database, None)), HelplineNotifier(bot))
    for number in range(MAX_REMEMBERED_UPDATES + 2):
        await away.notify(wordless(number))
    assert len(away._calm_updates) == MAX_REMEMBERED_UPDATES  # noqa: SLF001 - what it costs in memory shows nowhere else
