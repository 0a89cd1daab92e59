"""Campaigns: opened, found by the code of their link, and locked for changes.

People who come without a link belong to the campaign `general`, which always exists. Relies on `storage.db.statements`
for what every turn of a campaign loads.
"""

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
PARTICIPATION_KEY_BYTES = 32
EPOCH = date(1970, 1, 1)
CODE_PATTERN = re.compile(r"[a-z0-9_-]{1,64}")  # what deep links may contain, in lower case
RESERVED_CODES = frozenset({"", GENERAL_CAMPAIGN, "group"})  # `group` is the parameter of the bot's button in groups
# Without letters and digits that look alike, as codes are typed from posters. 12 of 32 characters are 60 bits: at the
# rate limit of a chat (ten a second), guessing finds none of a million campaigns.
CODE_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
CAMPAIGN_CODE_LENGTH = 12
MAX_TEXT_LENGTHS = {"about": 80, "asker": 80, "promise": 200, "welcome": 200}  # characters
DURATION_DAYS = {"two_weeks": 14, "four_weeks": 28, "eight_weeks": 56, "three_months": 91}  # choices of `open_campaign`

_WANTED_CODE: BindParameter[str] = bindparam("wanted_code", type_=campaigns.c.code.type)
_CAMPAIGN_QUERY = select(campaigns).where(campaigns.c.code == _WANTED_CODE)
_FIND_CAMPAIGN = PreparedStatement(_CAMPAIGN_QUERY)
_LOCK_CAMPAIGN = PreparedStatement(_CAMPAIGN_QUERY.with_for_update())
_ALL_CAMPAIGNS = PreparedStatement(select(campaigns).order_by(campaigns.c.code))
_ADD_PARTICIPANTS = PreparedStatement(
    update(campaigns)
    .where(campaigns.c.code == _WANTED_CODE)
    .values(new_participants=campaigns.c.new_participants + bindparam("added_participants"))
)


class UnknownCampaignError(StorageError):
    """There is no campaign with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(f"There is no campaign {code}: `campaign list` shows all campaigns.")


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it is stored now (see `storage.db.schema.CampaignRow`), without its texts and dates.

    `participation_key` is None once the campaign is closed.
    """

    code: str
    flow: str
    participation_key: bytes | None
    release_count: int
    withdrawn_count: int
    new_participants: int
    is_closed: bool

    def has_same_results_as(self, later: "Campaign") -> bool:
        """Whether the same results may be shown as later. Withdrawals do not change them."""
        return (self.release_count, self.flow, self.is_closed) == (later.release_count, later.flow, later.is_closed)


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """Where a link leads: to a campaign, its flow and its language. Otherwise `problem` is the key of the reason."""

    campaign: str = GENERAL_CAMPAIGN
    flow: str = ""
    language: str = ""
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """A campaign to be opened. Days are in UTC; it is open from the first to the last, both included."""

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


def find_campaign(session: Session, code: str) -> Campaign:
    """Returns the campaign with this code. Raises `UnknownCampaignError`."""
    return _campaign_from_row(code, _FIND_CAMPAIGN.fetch_one(session, {"wanted_code": code}))


def load_campaigns(session: Session) -> list[Campaign]:
    """Returns all campaigns, in the order of their codes."""
    return [_campaign_from_row(row.code, row) for row in _ALL_CAMPAIGNS.fetch_all(session, {})]


def lock_campaign(session: Session, code: str) -> Campaign:
    """Locks a campaign until the transaction ends: nobody else adds responses or releases them.

    Raises `UnknownCampaignError`.
    """
    return _campaign_from_row(code, _LOCK_CAMPAIGN.fetch_one(session, {"wanted_code": code}))


def add_participants(session: Session, code: str, added: int) -> None:
    """Adds people who have taken part since the newest release. The campaign must be locked."""
    _ADD_PARTICIPANTS.execute(session, {"wanted_code": code, "added_participants": added})


def resolve_link(session: Session, code: str, today: date) -> LinkTarget:
    """Returns where the link with this code leads today. Upper and lower case are the same: it may have been typed."""
    code = code.strip().casefold()
    row = _FIND_CAMPAIGN.fetch_one(session, {"wanted_code": code}) if CODE_PATTERN.fullmatch(code) else None
    if row is None or code == GENERAL_CAMPAIGN:
        return LinkTarget(problem="link_unknown")
    if row.is_closed or (row.closes_on is not None and to_date(row.closes_on) < today):
        return LinkTarget(problem="link_closed")
    if row.opens_on is not None and to_date(row.opens_on) > today:
        return LinkTarget(problem="link_early")
    return LinkTarget(row.code, row.flow, row.language)


def find_campaign_info(session: Session, code: str) -> CampaignInfo | None:
    """Returns what people are told about a campaign. None for `general`, and for an unknown code."""
    if code == GENERAL_CAMPAIGN:
        return None
    row = _FIND_CAMPAIGN.fetch_one(session, {"wanted_code": code})
    return _campaign_info_from_row(row) if row else None


def open_campaign(session: Session, plan: CampaignPlan) -> str:
    """Opens a campaign, and returns its code."""
    code = generate_code()
    row = {
        "code": code,
        "flow": plan.flow,
        "about": plan.about,
        "participation_key": secrets.token_bytes(PARTICIPATION_KEY_BYTES),
        "organisation": plan.organisation,
        "asker": plan.asker,
        "language": plan.language,
        "promise": plan.promise,
        "promised_by": _to_optional_day_number(plan.promised_by),
        "welcome": plan.welcome,
        "opens_on": _to_optional_day_number(plan.opens_on),
        "closes_on": _to_optional_day_number(plan.closes_on),
        "results_code": generate_code(),
        "is_closed": False,
        "release_count": 0,
        "withdrawn_count": 0,
        "new_participants": 0,
    }
    session.execute(insert(campaigns).values(row))
    return code


def transfer_campaign(session: Session, code: str, organisation: str) -> None:
    """Moves a campaign to another organisation. Raises `UnknownCampaignError`."""
    statement = update(campaigns).where(campaigns.c.code == code).values(organisation=organisation)
    if not session.execute(statement).rowcount:
        raise UnknownCampaignError(code)


def build_campaign_plan(answers: Mapping[str, str | None], organisation: str, today: date) -> CampaignPlan:
    """Makes a plan from a coordinator's answers in the flow `open_campaign`.

    Texts become single lines, as they appear in labels and on posters. Days are counted from today.
    """
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


def generate_code() -> str:
    """Returns a random code that can't be guessed."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CAMPAIGN_CODE_LENGTH))


def to_date(day_number: int) -> date:
    """Returns the day with this number (days since 1970)."""
    return EPOCH + timedelta(days=day_number)


def to_optional_date(day_number: int | None) -> date | None:
    """Returns the day with this number (days since 1970), if there is one."""
    return None if day_number is None else to_date(day_number)


def to_day_number(day: date) -> int:
    """Returns the number of this day (days since 1970)."""
    return (day - EPOCH).days


def collapse_whitespace(text: str) -> str:
    """Returns the words of the text, separated by single spaces."""
    return " ".join(text.split())


def _campaign_from_row(code: str, row: Any | None) -> Campaign:
    if row is None:
        raise UnknownCampaignError(code)
    return Campaign(
        code=row.code,
        flow=row.flow,
        participation_key=row.participation_key,
        release_count=row.release_count,
        withdrawn_count=row.withdrawn_count,
        new_participants=row.new_participants,
        is_closed=bool(row.is_closed),
    )


def _campaign_info_from_row(row: Any) -> CampaignInfo:
    return CampaignInfo(
        code=row.code,
        about=row.about,
        asker=row.asker,
        promise=row.promise,
        promised_by=to_optional_date(row.promised_by),
        welcome=row.welcome,
        results_code=row.results_code or "",
        has_results=row.release_count > 0,
        opens_on=to_optional_date(row.opens_on),
        closes_on=to_optional_date(row.closes_on),
        is_closed=bool(row.is_closed),
    )


def _to_optional_day_number(day: date | None) -> int | None:
    return None if day is None else to_day_number(day)


def _single_line_answer(answers: Mapping[str, str | None], question: str) -> str:
    return collapse_whitespace(answers.get(question) or "")


def _chosen_date(answers: Mapping[str, str | None], question: str, today: date) -> date | None:
    days = DURATION_DAYS.get(answers.get(question) or "")
    return today + timedelta(days=days) if days else None
