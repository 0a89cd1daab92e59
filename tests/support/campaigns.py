"""Campaigns opened beside the running bot, as the command line does."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from storage.campaigns.repository import CampaignPlan, open_campaign
from storage.db.readonly import open_existing
from storage.db.session import Session
from tests.support.running_bot import RunningBot

WILLOW_PLAN = CampaignPlan(
    "The <Willow> day centre", "Carers & friends", "What we heard", date(2057, 3, 1), "We are glad that you came"
)


OAK_HOUSE_PLAN = CampaignPlan("Oak House", "")


Result = TypeVar("Result")


async def run_in_transaction(bot: RunningBot, action: Callable[[Session], Result]) -> Result:
    """Done to the running bot's database, as the command line does."""

    def done() -> Result:
        secret = bot.deployment.settings.get("secret_key")
        database = open_existing(bot.deployment.database_url, secret)
        try:
            with database.transaction() as session:
                return action(session)
        finally:
            database.close()

    await bot.wait_for_intake()
    return await asyncio.to_thread(done)


async def create_campaign(bot: RunningBot, plan: CampaignPlan = WILLOW_PLAN) -> str:
    """A campaign's code."""
    return await run_in_transaction(bot, lambda session: open_campaign(session, plan))
