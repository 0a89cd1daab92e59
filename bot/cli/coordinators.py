"""Coordinators by command line: who is one, what they did, and how one stops being one."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from bot.cli.campaigns import about_name
from bot.cli.common import lined
from bot.cli.doctor.findings import counted
from bot.render.buttons import INVITATION, link
from storage.campaigns.coordinators import (
    HOME,
    ITSELF,
    OPERATOR,
    VALID_FOR,
    Act,
    Coordinator,
    all_acts,
    all_coordinators,
    end_invitations,
    find_coordinator,
    invite_to,
    is_organisation,
    note_act,
    take_out,
)
from storage.db.database import Database

NOBODY = {OPERATOR: "command line", ITSELF: "the bot"}  # who has no number


class NotInvited(Exception):
    """Nobody can be invited as it was asked for."""


class NotTakenOut(Exception):
    """Somebody can't be taken out as it was asked for."""


def table(database: Database, named: Collection[int]) -> Iterator[str]:
    """A line for each coordinator: their number, their organisation, how they became one, and since when."""
    done = all_acts(database)
    with database.transaction() as tx:
        invited = [_invited(one, done) for one in all_coordinators(tx)]
    rows = [*((str(chat), HOME, "COORDINATOR_IDS", "") for chat in sorted(named)), *invited]
    yield from lined(("number", "organisation", "by", "since (UTC)"), *rows)


def _invited(one: Coordinator, done: Sequence[Act]) -> tuple[str, str, str, str]:
    """Who invited is not kept with an invitation: named are all who made one in the time that it can have been."""
    joined = next((act.at for act in reversed(done) if (act.chat, act.name) == (one.chat, "joined")), None)
    if joined is None:
        return str(one.chat), one.organisation, "an invitation", ""
    since = joined - VALID_FOR
    by = sorted({act.chat for act in done if act.name == "invited" and since <= act.at <= joined})
    names = " or ".join(NOBODY.get(chat, str(chat)) for chat in by)
    return str(one.chat), one.organisation, f"an invitation of {names}", f"{joined:%Y-%m-%d %H:%M}"


def acts(database: Database) -> Iterator[str]:
    """A line for each thing that was done, oldest first: when, by whom, what, with which campaign."""
    rows = [
        (f"{one.at:%Y-%m-%d %H:%M}", NOBODY.get(one.chat, str(one.chat)), _what(one), one.campaign)
        for one in all_acts(database)
    ]
    yield from lined(("when (UTC)", "who", "what", "campaign"), *rows)


def _what(act: Act) -> str:
    return act.name if act.whom is None else f"{act.name} {act.whom}"


def invite(database: Database, organisation: str | None, me: str, now: datetime) -> Iterator[str]:
    """Gives a link with which one person joins this organisation, or a new one. Raises `NotInvited`, `StorageFault`."""
    with database.transaction() as tx:
        if organisation is not None and not is_organisation(tx, organisation):
            raise NotInvited(f"There is no organisation {organisation}: `coordinators list` shows those there are.")
        token, to = invite_to(tx, database.cipher, OPERATOR, organisation, now)
    yield f"{to}: whoever follows this link first is a coordinator there. It works once, for {VALID_FOR.days} days."
    yield f"The link: {link(me, INVITATION + token)}"
    yield from about_name(me)


def remove(database: Database, chat: int, named: Collection[int]) -> Iterator[str]:
    """Takes somebody out who came by an invitation, and ends what invitations there are to their organisation: nothing
    says who made or has one. Raises `NotTakenOut`, `StorageAway`.
    """
    if chat in named:
        raise NotTakenOut(f"{chat} is named in COORDINATOR_IDS: take the number out there, and restart the bot.")
    with database.transaction() as tx:
        who = find_coordinator(tx, chat, named=False)
        if who is None:
            raise NotTakenOut(f"{chat} is no coordinator: `coordinators list` shows who is.")
        take_out(tx, chat)
        ended = end_invitations(tx, who.organisation)
        note_act(tx, OPERATOR, "taken_out", whom=chat)
    yield f"{chat} is no coordinator any more. Their organisation's campaigns stay."
    if ended:
        yield f"{counted(ended, 'open invitation')} to that organisation ended too, or they could come back by one."


def revoke(database: Database) -> Iterator[str]:
    """Ends the invitations that nobody has followed yet."""
    with database.transaction() as tx:
        ended = end_invitations(tx)
        note_act(tx, OPERATOR, "revoked")
    yield f"{counted(ended, 'invitation')} ended. Whoever follows one now hears that it is over."
