"""Coordinators by command line: who is one, what they did, and how one stops being one."""

from collections.abc import Collection, Iterator

from bot.operating.findings import counted
from bot.operating.lined import lined
from storage.audit import OPERATOR, all_acts, note_act
from storage.coordinators import HOME, all_coordinators, end_invitations, take_out
from storage.database import Database

BY_COMMAND = "command line"


class NotTakenOut(Exception):
    """Somebody can't be taken out as it was asked for."""


def table(database: Database, named: Collection[int]) -> Iterator[str]:
    """A line for each coordinator: their number, their organisation, and how they became one."""
    with database.transaction() as tx:
        invited = [(str(one.chat), one.organisation, "an invitation") for one in all_coordinators(tx)]
    rows = [*((str(chat), HOME, "COORDINATOR_IDS") for chat in sorted(named)), *invited]
    yield from lined(("number", "organisation", "by"), *rows)


def acts(database: Database) -> Iterator[str]:
    """A line for each thing that was done, oldest first: when, by whom, what, with which campaign."""
    rows = [
        (f"{one.at:%Y-%m-%d %H:%M}", BY_COMMAND if one.chat == OPERATOR else str(one.chat), one.name, one.campaign)
        for one in all_acts(database)
    ]
    yield from lined(("when (UTC)", "who", "what", "campaign"), *rows)


def remove(database: Database, chat: int, named: Collection[int]) -> Iterator[str]:
    """Takes somebody out who came by an invitation. Raises `NotTakenOut`, `StorageAway`."""
    if chat in named:
        raise NotTakenOut(f"{chat} is named in COORDINATOR_IDS: take the number out there, and restart the bot.")
    with database.transaction() as tx:
        if not take_out(tx, chat):
            raise NotTakenOut(f"{chat} is no coordinator: `coordinators list` shows who is.")
        note_act(tx, chat, "taken_out")
    yield f"{chat} is no coordinator any more. Their organisation's campaigns stay."


def revoke(database: Database) -> Iterator[str]:
    """Ends the invitations that nobody has followed yet."""
    with database.transaction() as tx:
        ended = end_invitations(tx)
        note_act(tx, OPERATOR, "revoked")
    yield f"{counted(ended, 'invitation')} ended. Whoever follows one now hears that it is over."
