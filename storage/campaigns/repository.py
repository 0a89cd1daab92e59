"""Campaigns: the links that groups share. Whoever comes without a link belongs to `general`, which always exists."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, insert, select, text, update

from flows.campaign import Link
from flows.loader import DEFAULT
from storage.db.schema import campaigns
from storage.db.statements import Ready
from storage.errors import StorageFault

GENERAL = "general"
KEY_BYTES = 32

_CODE = bindparam("of_code", type_=campaigns.c.code.type)
_BY_CODE = select(campaigns).where(campaigns.c.code == _CODE)
_FIND, _LOCK = Ready(_BY_CODE), Ready(_BY_CODE.with_for_update())
_ALL = Ready(select(campaigns).order_by(campaigns.c.code))
_COUNT = Ready(
    update(campaigns)
    .where(campaigns.c.code == bindparam("of_code"))
    .values(people=campaigns.c.people + bindparam("more"))
)
_OPEN = text(
    "INSERT INTO campaigns (code, flow, about, key, closed, releases, taken_back, people)"
    " VALUES (:code, :flow, '', :key, :no, 0, 0, 0)"
    " ON CONFLICT DO NOTHING"
)


class CampaignUnknown(StorageFault):
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
    key: bytes | None
    releases: int
    taken_back: int
    people: int
    closed: bool

    def shows_as(self, later: "Campaign") -> bool:
        """Whether what may be shown of it is what may be shown later: whoever takes theirs back changes nothing."""
        return (self.releases, self.flow, self.closed) == (later.releases, later.flow, later.closed)


def open_general(tx: Connection) -> None:
    """Makes the campaign of those who came without a link, unless it is there."""
    tx.execute(_OPEN, {"code": GENERAL, "flow": DEFAULT, "key": secrets.token_bytes(KEY_BYTES), "no": False})


def find_campaign(tx: Connection, code: str) -> Campaign:
    """The campaign of this code. Raises `CampaignUnknown`."""
    return _read(code, _FIND.one(tx, {"of_code": code}))


def all_campaigns(tx: Connection) -> list[Campaign]:
    """Every campaign, by its code."""
    return [_read(row.code, row) for row in _ALL.all(tx, {})]


def lock_campaign(tx: Connection, code: str) -> Campaign:
    """The campaign; nobody else adds to it or releases it until the transaction ends. Raises `CampaignUnknown`."""
    return _read(code, _LOCK.one(tx, {"of_code": code}))


def count_people(tx: Connection, code: str, more: int) -> None:
    """So many more people have taken part since the newest release; the campaign must be locked."""
    _COUNT.run(tx, {"of_code": code, "more": more})


def _read(code: str, row: Any | None) -> Campaign:
    if row is None:
        raise CampaignUnknown(code)
    return Campaign(row.code, row.flow, row.key, row.releases, row.taken_back, row.people, bool(row.closed))


# @@DOC Links of campaigns: what a code leads to today.
EPOCH = date(1970, 1, 1)
CODE = re.compile(r"[a-z0-9_-]{1,64}")  # as deep links may have them, once letters are small
PLAIN = frozenset({"", GENERAL, "group"})  # what is no campaign's code; `group`: the bot's button in groups

_LINK_CODE: BindParameter[str] = bindparam("of_code", type_=campaigns.c.code.type)
_FIND_LINK = Ready(select(campaigns).where(campaigns.c.code == _LINK_CODE))


@dataclass(frozen=True, slots=True)
class Found:
    """Where a code leads: to a campaign's flow, in its language. Or nowhere: `fault` names the text that says why."""

    campaign: str = GENERAL
    flow: str = ""
    language: str = ""
    fault: str | None = None


def find(tx: Connection, code: str, today: date) -> Found:
    """Where this code leads today. Letters may be of any size: it may have been typed from a poster."""
    code = code.strip().casefold()
    row = _FIND_LINK.one(tx, {"of_code": code}) if CODE.fullmatch(code) else None
    if row is None or code == GENERAL:
        return Found(fault="link_unknown")
    if row.closed or (row.closes_on is not None and day_of(row.closes_on) < today):
        return Found(fault="link_closed")
    if row.opens_on is not None and day_of(row.opens_on) > today:
        return Found(fault="link_early")
    return Found(row.code, row.flow, row.language)


def link_of(tx: Connection, code: str) -> Link | None:
    """What the campaign of this code tells. None for `general`, which has no link."""
    if code == GENERAL:
        return None
    row = _FIND_LINK.one(tx, {"of_code": code})
    return _link(row) if row else None


def day_of(number: int) -> date:
    """The day with this number: days since 1970."""
    return EPOCH + timedelta(days=number)


def number_of(day: date) -> int:
    """Days since 1970."""
    return (day - EPOCH).days


def _link(row: Any) -> Link:
    by, opens, closes = (
        day_of(day) if day is not None else None for day in (row.promised_by, row.opens_on, row.closes_on)
    )
    said = (row.code, row.about, row.asker, row.promise, by, row.welcome, row.results or "")
    return Link(*said, shown=row.releases > 0, opens_on=opens, closes_on=closes, closed=bool(row.closed))


# @@DOC Campaigns opened and closed.
# No letter or digit that is taken for another, as codes are typed from posters: 12 of 32 signs are 60 bits. Nobody
# comes upon one of a million campaigns by guessing, at what a chat lets through (ten a second).
SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
CODE_LENGTH = 12
LONGEST = {"about": 80, "asker": 80, "promise": 200, "welcome": 200}  # characters, of what a campaign says


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign to be opened. Days are by UTC; it is open from the first up to and with the last."""

    about: str
    asker: str
    promise: str = ""
    promised_by: date | None = None
    welcome: str = ""
    opens_on: date | None = None
    closes_on: date | None = None
    flow: str = DEFAULT
    language: str = ""
    organisation: str | None = None


def open_campaign(tx: Connection, plan: Plan) -> str:
    """Opens a campaign. Its code."""
    code = new_code()
    row = {
        "code": code,
        "flow": plan.flow,
        "about": plan.about,
        "key": secrets.token_bytes(KEY_BYTES),
        "organisation": plan.organisation,
        "asker": plan.asker,
        "language": plan.language,
        "promise": plan.promise,
        "welcome": plan.welcome,
        "results": new_code(),
        "closed": False,
        "releases": 0,
        "taken_back": 0,
        "people": 0,
    }
    days = {"promised_by": plan.promised_by, "opens_on": plan.opens_on, "closes_on": plan.closes_on}
    row |= {name: number_of(day) if day else None for name, day in days.items()}
    tx.execute(insert(campaigns).values(row))
    return code


def move_to(tx: Connection, code: str, organisation: str) -> None:
    """Gives a campaign to an organisation. Raises `CampaignUnknown`."""
    if not tx.execute(update(campaigns).where(campaigns.c.code == code).values(organisation=organisation)).rowcount:
        raise CampaignUnknown(code)


def new_code() -> str:
    """A code that nobody guesses."""
    return "".join(secrets.choice(SIGNS) for _ in range(CODE_LENGTH))


# @@DOC What a coordinator answered in the flow `open_campaign`, as a campaign to be opened.
DAYS = {"two_weeks": 14, "four_weeks": 28, "eight_weeks": 56, "three_months": 91}


def plan_of(answers: Mapping[str, str | None], organisation: str, today: date) -> Plan:
    """The plan. Line breaks are taken out: it stands in labels and on posters. Days are counted from today."""
    promise = _line(answers, "promise")
    return Plan(
        about=_line(answers, "about_what"),
        asker=_line(answers, "asker"),
        promise=promise,
        promised_by=_after(answers, "back_in", today) if promise else None,
        welcome=_line(answers, "welcome_line"),
        closes_on=_after(answers, "open_for", today),
        organisation=organisation,
    )


def one_line(words: str) -> str:
    """The words without line breaks, and without room around them or twice between them."""
    return " ".join(words.split())


def _line(answers: Mapping[str, str | None], question: str) -> str:
    return one_line(answers.get(question) or "")


def _after(answers: Mapping[str, str | None], question: str, today: date) -> date | None:
    """The day that was chosen; None where none was."""
    days = DAYS.get(answers.get(question) or "")
    return today + timedelta(days=days) if days else None
