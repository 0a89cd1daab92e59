"""Campaigns created in storage without the chat."""

from datetime import date, timedelta

from storage.campaigns.repository import (
    CampaignPlan,
    open_campaign,
)
from storage.db.database import Database

TODAY = date(2027, 3, 1)


DAY = timedelta(days=1)


WILLOW = CampaignPlan(
    "The Willow", "Leeds carers", "A page with what we heard", TODAY + 30 * DAY, "We are glad that you came"
)


def create_campaign(database: Database, plan: CampaignPlan = WILLOW) -> str:
    with database.transaction() as session:
        return open_campaign(session, plan)
