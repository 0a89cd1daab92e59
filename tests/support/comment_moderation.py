"""Buttons and steps of moderation, and comments sealed past the chat."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from flows.models import Run
from storage.anonymity.releases import release_due_responses
from storage.anonymity.sealing import seal_response
from storage.campaigns.coordinators import HOME_ORGANISATION
from storage.campaigns.repository import CampaignPlan
from storage.db.database import Database
from storage.db.readonly import open_existing
from tests.support.coordinator_chat import (
    perform,
)
from tests.support.phone import Phone, PhoneMessage
from tests.support.running_bot import RunningBot
from tests.support.walkers import tap_last_button

RELEASE_SIZE = 10


WILLOW_PLAN = CampaignPlan("The <Willow>", "Leeds carers", organisation=HOME_ORGANISATION)


APPROVE_LABEL, WITHHOLD_LABEL = "Approve: everybody may read it", "Withhold: nobody gets it"


REDACT_LABEL, LATER_LABEL, NEXT_LABEL, UNDO_LABEL = (
    "Hide a word",
    "Leave it for later",
    "Leave it as it is",
    "‹ Undo the last one",
)


READ_COMMENTS_LABEL, BACK_LABEL = "Read the comments", "‹ Back to the campaign"


SAMPLE_COMMENTS = [f"Word{number} <b>said</b> this & that, word{number}!" for number in range(12)]


Result = TypeVar("Result")


async def run_on_database(bot: RunningBot, action: Callable[[Database], Result]) -> Result:
    """Done to the running bot's database, as by somebody beside it."""

    def done() -> Result:
        database = open_existing(bot.deployment.database_url, bot.deployment.settings.get("secret_key"))
        try:
            return action(database)
        finally:
            database.close()

    await bot.wait_for_intake()
    return await asyncio.to_thread(done)


async def add_released_comments(bot: RunningBot, code: str, said: list[str], first: int = 1000) -> None:
    """So many people answer, say this, and it is released."""
    await run_on_database(bot, lambda database: seal_and_release_comments(database, code, said, first))


def seal_and_release_comments(database: Database, code: str, said: list[str], first: int = 1000) -> None:
    for person, words in enumerate(said, first):
        run = Run("", "connection_test", 1, "en", campaign=code)
        with database.transaction() as session:
            seal_response(session, run, person, {"informed": "1", "informed_why": words}, f"of {person}")
    assert release_due_responses(database, RELEASE_SIZE)


async def open_first_comment(phone: Phone) -> PhoneMessage:
    """From the menu to the first comment."""
    return await perform(phone, "/coordinator", "The <Willow>", READ_COMMENTS_LABEL)


async def tap_and_wait_for_edit(phone: Phone, label: str) -> PhoneMessage:
    """Presses a button that changes its message; gives it as it is then."""
    message = phone.latest_prompt
    versions = len(phone.versions[message.id])
    tap_last_button(phone, message, label)
    await phone.wait_until(lambda: len(phone.versions[message.id]) > versions)
    return phone.versions[message.id][-1]


def extract_quoted_text(message: PhoneMessage) -> str:
    return message.text.partition("“")[2].rpartition("”")[0]


def count_comment_states(bot: RunningBot) -> dict[str, int]:
    return dict(bot.fetch_rows("select state, count(*) from comments group by state"))
