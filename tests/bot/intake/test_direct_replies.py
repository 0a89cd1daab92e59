"""The updates remembered during a database outage are limited in number."""

from typing import cast

from telegram import Bot

from bot.emulator import PREVIEW_TOKEN
from bot.health import DatabaseOutage
from bot.intake.direct_replies import MAX_REMEMBERED_UPDATES, HelplineNotifier, OutageNotifier
from bot.telegram.updates import IncomingUpdate
from flows.models import UnreadableReply
from storage.db.database import Database

CHAT_ID = 7


def make_sticker_update(number: int) -> IncomingUpdate:
    return IncomingUpdate(number, CHAT_ID, UnreadableReply("sticker"))


async def test_an_outage_remembers_a_limited_number_of_updates() -> None:
    bot = Bot(PREVIEW_TOKEN)
    notifier = OutageNotifier(bot, DatabaseOutage(cast(Database, None)), HelplineNotifier(bot))
    for number in range(MAX_REMEMBERED_UPDATES + 2):
        await notifier.notify(make_sticker_update(number))
    assert len(notifier._calm_updates) == MAX_REMEMBERED_UPDATES  # noqa: SLF001 - memory use is visible nowhere else
