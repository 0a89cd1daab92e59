"""Which campaigns and results a chat may see.

People who took part see a campaign's results, and so do those who hold the link to them, its coordinators, and the
groups that have joined it. Nothing here identifies anybody in a campaign.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import ColumnElement, Row, false, select

from flows.campaign import ResultsInfo
from flows.loader import is_known_flow
from storage.anonymity.participation import list_participated_campaigns
from storage.anonymity.releases import count_released_responses
from storage.campaigns.coordinators import find_coordinator
from storage.campaigns.repository import CODE_PATTERN, load_campaigns, to_optional_date
from storage.db.database import Database
from storage.db.schema import campaigns
from storage.db.session import Session


@dataclass(frozen=True, slots=True)
class CampaignOverview:
    """A campaign as its coordinators see it (see `storage.db.schema.CampaignRow`).

    `released_count` is the number of released responses. `language` is the one that it was opened in, or empty for
    the flow's own.
    """

    code: str
    results_code: str | None
    flow: str
    about: str
    asker: str
    opens_on: date | None
    closes_on: date | None
    is_closed: bool
    release_count: int
    released_count: int
    language: str = ""
    organisation: str = ""

    def find_state(self, today: date) -> Literal["open", "closed", "upcoming", "ended", "flow_missing"]:
        """Returns whether people can start today.

        `upcoming`: its first day is still to come. `ended`: its last day has passed, but it is not closed yet.
        `flow_missing`: its flow is not in the library any more.
        """
        if self.is_closed:
            return "closed"
        if not is_known_flow(self.flow):
            return "flow_missing"
        if self.closes_on and self.closes_on < today:
            return "ended"
        return "upcoming" if self.opens_on and self.opens_on > today else "open"


def load_overviews(database: Database) -> list[CampaignOverview]:
    """Returns all campaigns, sorted by what they are about."""
    with database.transaction() as session:
        return _load_overviews(session)


def load_organisation_campaigns(session: Session, organisation: str) -> list[CampaignOverview]:
    """Returns the campaigns of an organisation, sorted by what they are about."""
    return _load_overviews(session, campaigns.c.organisation == organisation)


def find_organisation_campaign(session: Session, organisation: str, code: str) -> CampaignOverview | None:
    """Returns the campaign with this code if it is this organisation's. None does not tell whether it exists."""
    if not CODE_PATTERN.fullmatch(code):
        return None
    overviews = _load_overviews(session, campaigns.c.organisation == organisation, campaigns.c.code == code)
    return next(iter(overviews), None)


def find_results_by_key(session: Session, key: str) -> ResultsInfo | None:
    """Returns the results that the link with this code leads to. Upper and lower case are the same, as in all links."""
    key = key.strip().casefold()
    if not CODE_PATTERN.fullmatch(key):
        return None
    row = session.execute(select(campaigns).where(campaigns.c.results_code == key)).one_or_none()
    return _results_info_from_row(row) if row else None


def load_campaign_results(session: Session, code: str) -> ResultsInfo:
    """Returns the results of a campaign, for the groups that have joined it."""
    return _results_info_from_row(session.execute(select(campaigns).where(campaigns.c.code == code)).one())


def load_visible_results(session: Session, chat_id: int, *, is_configured: bool = False) -> tuple[ResultsInfo, ...]:
    """Returns the results of the campaigns in which this chat took part, and of those that it coordinates.

    `is_configured`: `COORDINATOR_IDS` lists the chat. Campaigns with a release come first, then sorted by what they
    are about.
    """
    coordinator = find_coordinator(session, chat_id, is_configured=is_configured)
    codes = list_participated_campaigns(session, load_campaigns(session), chat_id)
    is_coordinated = campaigns.c.organisation == coordinator.organisation if coordinator else false()
    query = select(campaigns).where(campaigns.c.code.in_(codes) | is_coordinated)
    ordering = (campaigns.c.release_count == 0, campaigns.c.about, campaigns.c.code)
    return tuple(_results_info_from_row(row) for row in session.execute(query.order_by(*ordering)))


def _load_overviews(session: Session, *conditions: ColumnElement[bool]) -> list[CampaignOverview]:
    rows = session.execute(select(campaigns).where(*conditions).order_by(campaigns.c.about, campaigns.c.code)).all()
    released_counts = count_released_responses(session, [row.code for row in rows])
    return [_overview_from_row(row, released_counts.get(row.code, 0)) for row in rows]


def _overview_from_row(row: Row[tuple[object, ...]], released_count: int) -> CampaignOverview:
    return CampaignOverview(
        code=row.code,
        results_code=row.results_code,
        flow=row.flow,
        about=row.about,
        asker=row.asker,
        opens_on=to_optional_date(row.opens_on),
        closes_on=to_optional_date(row.closes_on),
        is_closed=row.is_closed,
        release_count=row.release_count,
        released_count=released_count,
        language=row.language,
        organisation=row.organisation or "",
    )


def _results_info_from_row(row: Row[tuple[object, ...]]) -> ResultsInfo:
    return ResultsInfo(
        campaign=row.code,
        flow=row.flow,
        key=row.results_code
        or row.code,  # without a link, people who took part open the results by the campaign's code
        about=row.about,
        is_unreleased=not row.release_count,
        asker=row.asker,
        closes_on=to_optional_date(row.closes_on),
        is_closed=row.is_closed,
    )
