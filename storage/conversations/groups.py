"""Groups that the bot is in: which campaign each has joined, and what of it was told there last.

Whoever changes one has locked its chat. A group that has joined none belongs to `general`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from sqlalchemy import Connection, delete, exists, select, text, update

from storage.campaigns.repository import GENERAL
from storage.conversations.chats import let_go, lock_chat
from storage.conversations.outbox import silence
from storage.db.schema import campaigns, groups, outbox

ENOUGH = 600  # seconds in which the same is not told again: as long as it can be found by scrolling a little
AGAIN = " again"
HUSHED = " hushed "  # in `told`: what follows is when the group was last told not to answer there

_MEET = text("INSERT INTO groups (chat, campaign, told, told_at) VALUES (:chat, :none, '', 0) ON CONFLICT DO NOTHING")


@dataclass(frozen=True, slots=True)
class Group:
    """A group, and the campaign that it has joined. `results`: what changes with what may be shown of it."""

    chat: int
    campaign: str
    language: str
    results: str
    told: str
    told_at: int
    hushed_at: int = 0


class Asked(Enum):
    """How often the same was asked for within `ENOUGH`: only the first two are answered."""

    FIRST = auto()
    AGAIN = auto()
    OFTEN = auto()


def meet(tx: Connection, chat: int) -> bool:
    """The bot is in this group. False: that was known."""
    return bool(tx.execute(_MEET, {"chat": chat, "none": GENERAL}).rowcount)


def find_group(tx: Connection, chat: int) -> Group | None:
    """What is known of a group; None where the bot is in none of this number."""
    wanted = select(groups, campaigns).join(campaigns, campaigns.c.code == groups.c.campaign)
    row = tx.execute(wanted.where(groups.c.chat == chat)).one_or_none()
    if row is None:
        return None
    results = f"{row.code} {row.releases} {int(row.closed)}"
    told, _, hushed = row.told.partition(HUSHED)
    return Group(chat, row.code, row.language, results, told, row.told_at, int(hushed or 0))


def join(tx: Connection, chat: int, campaign: str) -> None:
    """The group has joined this campaign."""
    tx.execute(update(groups).where(groups.c.chat == chat).values(campaign=campaign, told="", told_at=0))


def leave_group(tx: Connection, chat: int) -> None:
    """The bot is in this group no more: nothing is kept of it, nor said there."""
    tx.execute(delete(groups).where(groups.c.chat == chat))
    silence(tx, chat)
    let_go(tx, chat)


def lock_both(tx: Connection, *numbers: int) -> None:
    """Locks the chats of a group that moves, in order: else two workers, each told by one, wait for each other."""
    for chat in sorted(numbers):
        lock_chat(tx, chat)


def move(tx: Connection, old: int, new: int) -> bool:
    """The group goes on under another number, with what is to be said there. Both chats must be locked.

    Gives whether it was met there as if it were new, while it is still known under its old number.
    """
    before = find_group(tx, old)
    known = not meet(tx, new)
    if before:
        here = (groups.c.chat == new, groups.c.campaign == GENERAL)
        kept = {"campaign": before.campaign, "told": before.told, "told_at": before.told_at}
        known = bool(tx.execute(update(groups).where(*here).values(**kept)).rowcount) and known
    tx.execute(delete(groups).where(groups.c.chat == old))
    tx.execute(update(outbox).where(outbox.c.chat == old).values(chat=new))
    let_go(tx, old)
    return known and before is not None


def shut_out(tx: Connection, chat: int, number: int) -> None:
    """Telegram says that the bot is in this group no more: unless something was left there after the saying of this
    number, by who has added it anew.
    """
    lock_chat(tx, chat)
    if tx.execute(select(exists().where(outbox.c.chat == chat, outbox.c.id > number))).scalar_one():
        tx.execute(delete(outbox).where(outbox.c.chat == chat, outbox.c.id <= number))
        forget_told(tx, chat)
    else:
        leave_group(tx, chat)


def forget_told(tx: Connection, chat: int) -> None:
    """What was to be told there did not come: it does not stand further up. The chat must be locked."""
    tx.execute(update(groups).where(groups.c.chat == chat).values(told="", told_at=0))


def note_told(tx: Connection, group: Group, what: str, now: datetime) -> Asked:
    """Notes that this is asked for now. Says whether it was told there lately."""
    at = int(now.timestamp())
    lately = abs(at - group.told_at) < ENOUGH
    if lately and group.told == what + AGAIN:
        return Asked.OFTEN
    again = lately and group.told == what
    noted = {"told": _told(what + AGAIN * again, group.hushed_at), "told_at": group.told_at if again else at}
    tx.execute(update(groups).where(groups.c.chat == group.chat).values(**noted))
    return Asked.AGAIN if again else Asked.FIRST


def may_hush(tx: Connection, group: Group, now: datetime) -> bool:
    """Whether the group was not told lately not to answer there. It is noted that it is told now."""
    at = int(now.timestamp())
    if abs(at - group.hushed_at) < ENOUGH:
        return False
    tx.execute(update(groups).where(groups.c.chat == group.chat).values(told=_told(group.told, at)))
    return True


def _told(what: str, hushed_at: int) -> str:
    return f"{what}{HUSHED}{hushed_at}" if hushed_at else what
