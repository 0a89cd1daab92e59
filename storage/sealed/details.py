"""What tells people apart in a released row: who they are, for whom they answer, their language, and when, roughly."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from flows.definition import Flow
from flows.loading import load
from storage.campaigns import Campaign
from storage.sealed.classes import MASKED, NOT_ASKED, SKIPPED, Class
from storage.sealed.tables import releases

Released = Row[tuple[Any, ...]]
Parted = tuple[Class, dict[str, str]]
OTHERS = ("language", "version", "release")  # details that no question asks for, in the order in which they are kept
DOUBLED_UP_TO = 8  # times *k*: periods want k, 2k, 4k, 8k responses; then a tenth of all that were released before
TENTH = 10


def detail_questions(flow: Flow) -> tuple[str, ...]:
    """The questions that tell people apart: those whose choices are no steps of a scale."""
    return tuple(place.id for place in flow.questions if place.kind == "choice" and not place.is_scale)


def detail_names(flow: Flow) -> tuple[str, ...]:
    """The columns that tell people apart, as they stand in a class."""
    return (*detail_questions(flow), *OTHERS)


def scale_questions(flow: Flow) -> tuple[str, ...]:
    """The questions that are answered in steps."""
    return tuple(place.id for place in flow.questions if place.is_scale)


def parts_of(row: Released, flow: Flow, periods: Mapping[int, str]) -> Parted:
    """The details of a row, those first that are given up last; and its answers to the questions with steps.

    Each answer is something: a choice's id, skipped, or not asked.
    """
    given = json.loads(row.answers)
    told, steps = _questions(flow.id)
    details = (*(_answer(given, one) for one in told), row.language, str(row.version), periods[row.release])
    return details, {one: _answer(given, one) for one in steps}


def periods_of(tx: Connection, campaign: Campaign, *numbers: int) -> dict[int, str]:
    """The period of each release, or of these: the number of its first release. `*` for the one that goes on.

    A period that is over never changes, so two downloads tell no more of a row than one.
    """
    until, wanted = over_up_to(tx, campaign), select(releases.c.number, releases.c.first)
    wanted = wanted.where(releases.c.campaign == campaign.code)
    rows = tx.execute(wanted.where(releases.c.number.in_(numbers)) if numbers else wanted).all()
    return {number: str(first) if number <= until else MASKED for number, first in rows}


def over_up_to(tx: Connection, campaign: Campaign) -> int:
    """The newest release whose period is over; 0 where there is none. With the campaign, each period is over."""
    newest = _newest(tx, campaign)
    if newest is None or campaign.closed or newest.so_far >= newest.wanted:
        return campaign.releases
    return int(newest.first) - 1


def _newest(tx: Connection, campaign: Campaign) -> Row[tuple[Any, ...]] | None:
    of = releases.c.campaign == campaign.code, releases.c.number == campaign.releases
    return tx.execute(select(releases).where(*of)).one_or_none()


def add_release(tx: Connection, campaign: Campaign, size: int, k: int) -> int:
    """Adds a release of so many responses to its campaign's. Its number."""
    before = _newest(tx, campaign)
    number = campaign.releases + 1
    row = {"campaign": campaign.code, "number": number, "size": size, "total": size}
    if before is None:
        row |= {"first": number, "so_far": size, "wanted": k}
    elif campaign.closed or before.so_far >= before.wanted:
        row |= {"first": number, "so_far": size, "wanted": _wanted_next(before, k), "total": before.total + size}
    else:
        row |= {"first": before.first, "so_far": before.so_far + size, "wanted": before.wanted}
        row |= {"total": before.total + size}
    tx.execute(insert(releases).values(row))
    return number


def _wanted_next(before: Row[tuple[Any, ...]], k: int) -> int:
    """How many responses the next period wants: few enough that most of a campaign is shown, whatever its size."""
    return int(min(2 * before.wanted, max(DOUBLED_UP_TO * k, before.total // TENTH)))


@cache
def _questions(flow: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A library's flow's questions of each sort: asked for once, and not for each of a million rows."""
    asked = load(flow).flow
    return detail_questions(asked), scale_questions(asked)


def _answer(given: Mapping[str, str | None], question: str) -> str:
    if question not in given:
        return NOT_ASKED
    return given[question] or SKIPPED
