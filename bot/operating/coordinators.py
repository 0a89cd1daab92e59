"""Coordinators by command line: who is one, what they did, and how one stops being one."""

from collections.abc import Collection, Iterator
from datetime import datetime

from bot.coordinator.desk import INVITATION
from bot.linking import link
from bot.operating.campaigns import about_name
from bot.operating.findings import counted
from bot.operating.lined import lined
from storage.audit import ITSELF, OPERATOR, Act, all_acts, note_act
from storage.coordinators import (
    HOME,
    VALID_FOR,
    all_coordinators,
    end_invitations,
    invite_to,
    is_organisation,
    take_out,
)
from storage.database import Database

NOBODY = {OPERATOR: "command line", ITSELF: "the bot"}  # who has no number


class NotInvited(Exception):
    """Nobody can be invited as it was asked for."""


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
    """Takes somebody out who came by an invitation. Raises `NotTakenOut`, `StorageAway`."""
    if chat in named:
        raise NotTakenOut(f"{chat} is named in COORDINATOR_IDS: take the number out there, and restart the bot.")
    with database.transaction() as tx:
        if not take_out(tx, chat):
            raise NotTakenOut(f"{chat} is no coordinator: `coordinators list` shows who is.")
        note_act(tx, OPERATOR, "taken_out", whom=chat)
    yield f"{chat} is no coordinator any more. Their organisation's campaigns stay."


def revoke(database: Database) -> Iterator[str]:
    """Ends the invitations that nobody has followed yet."""
    with database.transaction() as tx:
        ended = end_invitations(tx)
        note_act(tx, OPERATOR, "revoked")
    yield f"{counted(ended, 'invitation')} ended. Whoever follows one now hears that it is over."
