"""Campaigns: the links that groups share. Whoever comes without a link belongs to `general`, which always exists."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BindParameter, bindparam, insert, select, update

from flows.campaign import CampaignInfo
from flows.loader import DEFAULT_FLOW_ID
from storage.db.schema import campaigns
from storage.db.session import Session
from storage.db.statements import PreparedStatement
from storage.errors import StorageError

GENERAL_CAMPAIGN = "general"
KEY_BYTES = 32

_CODE_PARAM = bindparam("of_code", type_=campaigns.c.code.type)
_CAMPAIGN_QUERY = select(campaigns).where(campaigns.c.code == _CODE_PARAM)
_FIND_CAMPAIGN, _LOCK_CAMPAIGN = (
    PreparedStatement(_CAMPAIGN_QUERY),
    PreparedStatement(_CAMPAIGN_QUERY.with_for_update()),
)
_ALL_CAMPAIGNS = PreparedStatement(select(campaigns).order_by(campaigns.c.code))
_ADD_PARTICIPANTS = PreparedStatement(
    update(campaigns)
    .where(campaigns.c.code == bindparam("of_code"))
    .values(new_participants=campaigns.c.new_participants + bindparam("more"))
)


class UnknownCampaignError(StorageError):
    """There is no campaign of this code."""

    def __init__(self, code: str) -> None:
        super().__init__(f"There is no campaign {code}: `campaign list` shows those there are.")


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it stands: its flow, the key of its participations (None: destroyed), how many releases it has had,
    how many released responses were taken back, and how many people have come since the newest release; its link.
    """

    code: str
    flow: str
    participation_key: bytes | None
    release_count: int
    withdrawn_count: int
    new_participants: int
    is_closed: bool

    def has_same_results_as(self, later: "Campaign") -> bool:
        """Whether what may be shown of it is what may be shown later: whoever takes theirs back changes nothing."""
        return (self.release_count, self.flow, self.is_closed) == (later.release_count, later.flow, later.is_closed)


def find_campaign(session: Session, code: str) -> Campaign:
    """The campaign of this code. Raises `CampaignUnknown`."""
    return _campaign_from_row(code, _FIND_CAMPAIGN.fetch_one(session, {"of_code": code}))


def load_campaigns(session: Session) -> list[Campaign]:
    """Every campaign, by its code."""
    return [_campaign_from_row(row.code, row) for row in _ALL_CAMPAIGNS.fetch_all(session, {})]


def lock_campaign(session: Session, code: str) -> Campaign:
    """The campaign; nobody else adds to it or releases it until the transaction ends. Raises `CampaignUnknown`."""
    return _campaign_from_row(code, _LOCK_CAMPAIGN.fetch_one(session, {"of_code": code}))


def add_participants(session: Session, code: str, added: int) -> None:
    """So many more people have taken part since the newest release; the campaign must be locked."""
    _ADD_PARTICIPANTS.execute(session, {"of_code": code, "more": added})


def _campaign_from_row(code: str, row: Any | None) -> Campaign:
    if row is None:
        raise UnknownCampaignError(code)
    return Campaign(
        row.code,
        row.flow,
        row.participation_key,
        row.release_count,
        row.withdrawn_count,
        row.new_participants,
        bool(row.is_closed),
    )


# @@DOC Links of campaigns: what a code leads to today.
EPOCH = date(1970, 1, 1)
CODE_PATTERN = re.compile(r"[a-z0-9_-]{1,64}")  # as deep links may have them, once letters are small
RESERVED_CODES = frozenset(
    {"", GENERAL_CAMPAIGN, "group"}
)  # what is no campaign's code; `group`: the bot's button in groups

_LINK_CODE_PARAM: BindParameter[str] = bindparam("of_code", type_=campaigns.c.code.type)
_FIND_LINK = PreparedStatement(select(campaigns).where(campaigns.c.code == _LINK_CODE_PARAM))


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """Where a code leads: to a campaign's flow, in its language. Or nowhere: `fault` names the text that says why."""

    campaign: str = GENERAL_CAMPAIGN
    flow: str = ""
    language: str = ""
    problem: str | None = None


def resolve_link(session: Session, code: str, today: date) -> LinkTarget:
    """Where this code leads today. Letters may be of any size: it may have been typed from a poster."""
    code = code.strip().casefold()
    row = _FIND_LINK.fetch_one(session, {"of_code": code}) if CODE_PATTERN.fullmatch(code) else None
    if row is None or code == GENERAL_CAMPAIGN:
        return LinkTarget(problem="link_unknown")
    if row.is_closed or (row.closes_on is not None and to_date(row.closes_on) < today):
        return LinkTarget(problem="link_closed")
    if row.opens_on is not None and to_date(row.opens_on) > today:
        return LinkTarget(problem="link_early")
    return LinkTarget(row.code, row.flow, row.language)


def find_campaign_info(session: Session, code: str) -> CampaignInfo | None:
    """What the campaign of this code tells. None for `general`, which has no link."""
    if code == GENERAL_CAMPAIGN:
        return None
    row = _FIND_LINK.fetch_one(session, {"of_code": code})
    return _campaign_info_from_row(row) if row else None


def to_date(day_number: int) -> date:
    """The day with this number: days since 1970."""
    return EPOCH + timedelta(days=day_number)


def to_day_number(day: date) -> int:
    """Days since 1970."""
    return (day - EPOCH).days


def _campaign_info_from_row(row: Any) -> CampaignInfo:
    promised_by, opens_on, closes_on = (
        to_date(day) if day is not None else None for day in (row.promised_by, row.opens_on, row.closes_on)
    )
    fields = (row.code, row.about, row.asker, row.promise, promised_by, row.welcome, row.results_code or "")
    return CampaignInfo(
        *fields,
        has_results=row.release_count > 0,
        opens_on=opens_on,
        closes_on=closes_on,
        is_closed=bool(row.is_closed),
    )


# @@DOC Campaigns opened and closed.
# No letter or digit that is taken for another, as codes are typed from posters: 12 of 32 signs are 60 bits. Nobody
# comes upon one of a million campaigns by guessing, at what a chat lets through (ten a second).
CODE_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
CODE_LENGTH = 12
MAX_TEXT_LENGTHS = {"about": 80, "asker": 80, "promise": 200, "welcome": 200}  # characters, of what a campaign says


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """A campaign to be opened. Days are by UTC; it is open from the first up to and with the last."""

    about: str
    asker: str
    promise: str = ""
    promised_by: date | None = None
    welcome: str = ""
    opens_on: date | None = None
    closes_on: date | None = None
    flow: str = DEFAULT_FLOW_ID
    language: str = ""
    organisation: str | None = None


def open_campaign(session: Session, plan: CampaignPlan) -> str:
    """Opens a campaign. Its code."""
    code = generate_code()
    row = {
        "code": code,
        "flow": plan.flow,
        "about": plan.about,
        "participation_key": secrets.token_bytes(KEY_BYTES),
        "organisation": plan.organisation,
        "asker": plan.asker,
        "language": plan.language,
        "promise": plan.promise,
        "welcome": plan.welcome,
        "results_code": generate_code(),
        "is_closed": False,
        "release_count": 0,
        "withdrawn_count": 0,
        "new_participants": 0,
    }
    days = {"promised_by": plan.promised_by, "opens_on": plan.opens_on, "closes_on": plan.closes_on}
    row |= {name: to_day_number(day) if day else None for name, day in days.items()}
    session.execute(insert(campaigns).values(row))
    return code


def transfer_campaign(session: Session, code: str, organisation: str) -> None:
    """Gives a campaign to an organisation. Raises `CampaignUnknown`."""
    if not session.execute(
        update(campaigns).where(campaigns.c.code == code).values(organisation=organisation)
    ).rowcount:
        raise UnknownCampaignError(code)


def generate_code() -> str:
    """A code that nobody guesses."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


# @@DOC What a coordinator answered in the flow `open_campaign`, as a campaign to be opened.
DURATION_DAYS = {"two_weeks": 14, "four_weeks": 28, "eight_weeks": 56, "three_months": 91}


def build_campaign_plan(answers: Mapping[str, str | None], organisation: str, today: date) -> CampaignPlan:
    """The plan. Line breaks are taken out: it stands in labels and on posters. Days are counted from today."""
    promise = _single_line_answer(answers, "promise")
    return CampaignPlan(
        about=_single_line_answer(answers, "about_what"),
        asker=_single_line_answer(answers, "asker"),
        promise=promise,
        promised_by=_chosen_date(answers, "back_in", today) if promise else None,
        welcome=_single_line_answer(answers, "welcome_line"),
        closes_on=_chosen_date(answers, "open_for", today),
        organisation=organisation,
    )


def collapse_whitespace(text: str) -> str:
    """The words without line breaks, and without room around them or twice between them."""
    return " ".join(text.split())


def _single_line_answer(answers: Mapping[str, str | None], question: str) -> str:
    return collapse_whitespace(answers.get(question) or "")


def _chosen_date(answers: Mapping[str, str | None], question: str, today: date) -> date | None:
    """The day that was chosen; None where none was."""
    days = DURATION_DAYS.get(answers.get(question) or "")
    return today + timedelta(days=days) if days else None
