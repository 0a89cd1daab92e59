"""Coordinators by command line: who is one, what they did, and how one stops being one."""

from collections.abc import Collection, Iterator, Sequence

from bot.operating.findings import counted
from bot.operating.lined import lined
from storage.audit import OPERATOR, Act, all_acts, note_act
from storage.coordinators import (
    HOME,
    VALID_FOR,
    Coordinator,
    all_coordinators,
    end_invitations,
    find_coordinator,
    take_out,
)
from storage.database import Database

BY_COMMAND = "command line"


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
    names = " or ".join(BY_COMMAND if chat == OPERATOR else str(chat) for chat in by)
    return str(one.chat), one.organisation, f"an invitation of {names}", f"{joined:%Y-%m-%d %H:%M}"


def acts(database: Database) -> Iterator[str]:
    """A line for each thing that was done, oldest first: when, by whom, what, with which campaign."""
    rows = [
        (f"{one.at:%Y-%m-%d %H:%M}", BY_COMMAND if one.chat == OPERATOR else str(one.chat), one.name, one.campaign)
        for one in all_acts(database)
    ]
    yield from lined(("when (UTC)", "who", "what", "campaign"), *rows)


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
        note_act(tx, chat, "taken_out")
    yield f"{chat} is no coordinator any more. Their organisation's campaigns stay."
    if ended:
        yield f"{counted(ended, 'open invitation')} to that organisation ended too, or they could come back by one."


def revoke(database: Database) -> Iterator[str]:
    """Ends the invitations that nobody has followed yet."""
    with database.transaction() as tx:
        ended = end_invitations(tx)
        note_act(tx, OPERATOR, "revoked")
    yield f"{counted(ended, 'invitation')} ended. Whoever follows one now hears that it is over."
