"""Links of campaigns: what a code leads to today."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from flows.link import Link
from storage.campaigns import GENERAL
from storage.ready import Ready
from storage.tables import campaigns

EPOCH = date(1970, 1, 1)
CODE = re.compile(r"[a-z0-9_-]{1,64}")  # as deep links may have them, once letters are small
PLAIN = frozenset({"", GENERAL, "group"})  # what is no campaign's code; `group`: the bot's button in groups

_CODE: BindParameter[str] = bindparam("of_code", type_=campaigns.c.code.type)
_FIND = Ready(select(campaigns).where(campaigns.c.code == _CODE))


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
    row = _FIND.one(tx, {"of_code": code}) if CODE.fullmatch(code) else None
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
    row = _FIND.one(tx, {"of_code": code})
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
