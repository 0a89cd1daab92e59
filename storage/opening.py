"""Campaigns opened and closed."""

import secrets
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, insert, update

from flows.loading import DEFAULT
from storage.campaigns import KEY_BYTES, CampaignUnknown
from storage.links import number_of
from storage.tables import campaigns

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
