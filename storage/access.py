"""Campaigns as their coordinators see them: without anybody in them."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import ColumnElement, Row, false, select

from flows.campaign import ResultsInfo
from flows.loader import is_known_flow
from storage.anonymity.participation import list_participated_campaigns
from storage.anonymity.releases import count_released_responses
from storage.campaigns.coordinators import find_coordinator
from storage.campaigns.repository import CODE_PATTERN, load_campaigns, to_date
from storage.db.database import Database
from storage.db.schema import campaigns
from storage.db.session import Session


@dataclass(frozen=True, slots=True)
class CampaignOverview:
    """A campaign: its codes, its flow, what it says, when it is open, and how many responses were released.

    `language`: the one that it was opened in. Empty: its flow's own.
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

    def find_state(self, today: date) -> Literal["open", "closed", "early", "over", "left"]:
        """Whether somebody can begin there today. `early`: not yet; `over`: its last day was, and it is not closed yet;
        `left`: its flow left the library.
        """
        if self.is_closed:
            return "closed"
        if not is_known_flow(self.flow):
            return "left"
        if self.closes_on and self.closes_on < today:
            return "over"
        return "early" if self.opens_on and self.opens_on > today else "open"


def load_overviews(database: Database) -> list[CampaignOverview]:
    """The campaigns, by what they are about."""
    with database.transaction() as session:
        return _load_overviews(session)


def load_organisation_campaigns(session: Session, organisation: str) -> list[CampaignOverview]:
    """The campaigns of one organisation, by what they are about."""
    return _load_overviews(session, campaigns.c.organisation == organisation)


def find_organisation_campaign(session: Session, organisation: str, code: str) -> CampaignOverview | None:
    """The campaign of this code, if it is this organisation's. None is no word on whether it exists."""
    if not CODE_PATTERN.fullmatch(code):
        return None
    return next(
        iter(_load_overviews(session, campaigns.c.organisation == organisation, campaigns.c.code == code)), None
    )


def _load_overviews(session: Session, *conditions: ColumnElement[bool]) -> list[CampaignOverview]:
    rows = session.execute(select(campaigns).where(*conditions).order_by(campaigns.c.about, campaigns.c.code)).all()
    released_counts = count_released_responses(session, [row.code for row in rows])
    return [_overview_from_row(row, released_counts.get(row.code, 0)) for row in rows]


def _overview_from_row(row: Row[tuple[object, ...]], released_count: int) -> CampaignOverview:
    return CampaignOverview(
        row.code,
        row.results_code,
        row.flow,
        row.about,
        row.asker,
        to_date(row.opens_on) if row.opens_on is not None else None,
        to_date(row.closes_on) if row.closes_on is not None else None,
        row.is_closed,
        row.release_count,
        released_count,
        row.language,
        row.organisation or "",
    )


# @@DOC Who may see a campaign's results: whoever took part in it, whoever holds the link to them, its coordinators, and
# @@ groups that joined it.
# @@
def find_results_by_key(session: Session, key: str) -> ResultsInfo | None:
    """The results that the link with this code leads to. Letters may be of any size, as in other links."""
    key = key.strip().casefold()
    row = (
        session.execute(select(campaigns).where(campaigns.c.results_code == key)).one_or_none()
        if CODE_PATTERN.fullmatch(key)
        else None
    )
    return _results_info_from_row(row) if row else None


def load_campaign_results(session: Session, code: str) -> ResultsInfo:
    """Those of the campaign of this code, for the groups that have joined it."""
    return _results_info_from_row(session.execute(select(campaigns).where(campaigns.c.code == code)).one())


def load_visible_results(session: Session, chat_id: int, *, is_configured: bool = False) -> tuple[ResultsInfo, ...]:
    """Those of the campaigns in which a mark says that this chat took part, and of the campaigns that it coordinates
    (`named`: by the operator's word); what there is something of comes first, then by what they are about.
    """
    coordinator = find_coordinator(session, chat_id, is_configured=is_configured)
    codes = list_participated_campaigns(session, load_campaigns(session), chat_id)
    is_coordinated = campaigns.c.organisation == coordinator.organisation if coordinator else false()
    query = select(campaigns).where(campaigns.c.code.in_(codes) | is_coordinated)
    ordering = (campaigns.c.release_count == 0, campaigns.c.about, campaigns.c.code)
    return tuple(_results_info_from_row(row) for row in session.execute(query.order_by(*ordering)))


def _results_info_from_row(row: Row[tuple[object, ...]]) -> ResultsInfo:
    """What opens the results of a campaign without a link to them is its own code: for whoever took part."""
    closes_on = to_date(row.closes_on) if row.closes_on is not None else None
    fields = (row.code, row.flow, row.results_code or row.code, row.about)
    return ResultsInfo(
        *fields, is_unreleased=not row.release_count, asker=row.asker, closes_on=closes_on, is_closed=row.is_closed
    )
