"""Coordinators: who is one, of which organisation, and how they become one: by an invitation that counts once.

Those whom the operator names (COORDINATOR_IDS) share the organisation `home`, and invite whom they like; others invite
colleagues to their own. Whoever is not a coordinator
gets None everywhere, whatever they ask for.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, or_, select, text

from storage.campaigns.repository import SIGNS, new_code
from storage.db.database import Database
from storage.db.encryption import Cipher
from storage.db.schema import audit, coordinators, invitations, organisations

# @@DOC What coordinators did: who, what, with which campaign, when. No answers, and nobody who answers.
OPERATOR = 0  # who used the command line
ITSELF = -1  # the running bot, by the clock: no person has such a number
DONE_TO = ("taken_out", "handed_over")  # to a coordinator, whose number stands behind it
LATELY = 600  # seconds


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that was done. `chat`: the coordinator's, `OPERATOR` or `ITSELF`. `campaign`: empty where none is.
    `whom`: the coordinator it was done to, by the operator.
    """

    at: datetime
    chat: int
    name: str
    campaign: str
    whom: int | None = None


def note_act(tx: Connection, chat: int, name: str, campaign: str = "", *, whom: int | None = None) -> None:
    """Notes that somebody did this, now. `whom`: to which coordinator, where it is one of `DONE_TO`."""
    at = int(datetime.now(UTC).timestamp())
    act = name if whom is None else f"{name} {whom}"
    tx.execute(insert(audit).values(at=at, chat=chat, act=act, campaign=campaign))


def has_done_lately(tx: Connection, chat: int, name: str) -> bool:
    """Whether this is the last thing that the coordinator of this chat did, some minutes ago at the most."""
    last = tx.execute(select(audit).where(audit.c.chat == chat).order_by(audit.c.id.desc()).limit(1)).one_or_none()
    return last is not None and last.act == name and datetime.now(UTC).timestamp() - last.at < LATELY


def all_acts(database: Database) -> list[Act]:
    """All that was done, oldest first."""
    with database.transaction() as tx:
        return _acts(tx)


def acts_of(tx: Connection, chat: int) -> list[Act]:
    """What this coordinator did, or was done to them, oldest first."""
    done_to = audit.c.act.in_([f"{name} {chat}" for name in DONE_TO])
    return _acts(tx, or_(audit.c.chat == chat, and_(audit.c.chat == OPERATOR, done_to)))


def _acts(tx: Connection, *of: ColumnElement[bool]) -> list[Act]:
    rows = tx.execute(select(audit).where(*of).order_by(audit.c.id)).all()
    return [_read(row) for row in rows]


def _read(row: Row[tuple[object, ...]]) -> Act:
    name, _, whom = row.act.partition(" ")
    return Act(datetime.fromtimestamp(row.at, UTC), row.chat, name, row.campaign, int(whom) if whom else None)


HOME = "home"
VALID_FOR = timedelta(days=7)
TOKEN_LENGTH = 24  # of 32 signs: 120 bits

_MEET = text("INSERT INTO organisations (id, name) VALUES (:id, '') ON CONFLICT DO NOTHING")
_JOIN = text("INSERT INTO coordinators (chat, organisation) VALUES (:chat, :organisation) ON CONFLICT DO NOTHING")


@dataclass(frozen=True, slots=True)
class Coordinator:
    """Somebody who opens campaigns for an organisation. `named`: by the operator, and so may invite other groups."""

    chat: int
    organisation: str
    named: bool = False


def find_coordinator(tx: Connection, chat: int, *, named: bool) -> Coordinator | None:
    """The coordinator of this chat; None where there is none. `named`: COORDINATOR_IDS has it."""
    if named:
        return Coordinator(chat, home(tx), named=True)
    found = tx.execute(select(coordinators.c.organisation).where(coordinators.c.chat == chat)).scalar_one_or_none()
    return Coordinator(chat, found) if found else None


def home(tx: Connection) -> str:
    """The organisation of the operator's own coordinators, made when it is first needed."""
    tx.execute(_MEET, {"id": HOME})
    return HOME


def invite(tx: Connection, cipher: Cipher, by: Coordinator, now: datetime, *, colleague: bool) -> str:
    """An invitation to the same organisation (`colleague`), or to a new one. Its token, which nobody else knows."""
    assert by.named or colleague
    token, _ = invite_to(tx, cipher, by.chat, by.organisation if colleague else None, now)
    return token


def invite_to(tx: Connection, cipher: Cipher, by: int, organisation: str | None, now: datetime) -> tuple[str, str]:
    """An invitation to this organisation (None: to a new one), `by` whom: its token, and the organisation."""
    forget_invitations(tx, now)
    organisation = organisation or new_code()
    tx.execute(_MEET, {"id": organisation})
    token = "".join(secrets.choice(SIGNS) for _ in range(TOKEN_LENGTH))
    ends = int((now + VALID_FOR).timestamp())
    row = {"mark": _mark(cipher, token), "organisation": organisation, "expires_at": ends}
    tx.execute(insert(invitations).values(row))
    note_act(tx, by, "invited")
    return token, organisation


def is_organisation(tx: Connection, organisation: str) -> bool:
    """Whether there is one of this id. `home` always is."""
    wanted = select(organisations.c.id).where(organisations.c.id == organisation)
    return organisation == HOME or tx.execute(wanted).one_or_none() is not None


def accept(tx: Connection, cipher: Cipher, token: str, chat: int, now: datetime) -> bool:
    """Makes whoever follows the invitation a coordinator, once. False: it is used, over, or was never made."""
    ours = invitations.c.mark == _mark(cipher, token)
    wanted = delete(invitations).where(ours, invitations.c.expires_at > int(now.timestamp()))
    organisation = tx.execute(wanted.returning(invitations.c.organisation)).scalar_one_or_none()
    if organisation is None:
        return False
    tx.execute(_JOIN, {"chat": chat, "organisation": organisation})
    note_act(tx, chat, "joined")
    return True


def all_coordinators(tx: Connection) -> list[Coordinator]:
    """Those who came by an invitation, by organisation."""
    rows = tx.execute(select(coordinators).order_by(coordinators.c.organisation, coordinators.c.chat)).all()
    return [Coordinator(row.chat, row.organisation) for row in rows]


def take_out(tx: Connection, chat: int) -> bool:
    """Makes who came by an invitation a coordinator no more. False: they were none."""
    return tx.execute(delete(coordinators).where(coordinators.c.chat == chat)).rowcount > 0


def end_invitations(tx: Connection, organisation: str | None = None) -> int:
    """Erases the invitations that nobody has followed: all, or those to one organisation. How many there were."""
    of = [] if organisation is None else [invitations.c.organisation == organisation]
    return tx.execute(delete(invitations).where(*of)).rowcount


def forget_invitations(tx: Connection, now: datetime) -> None:
    """Invitations that are over are erased."""
    tx.execute(delete(invitations).where(invitations.c.expires_at <= int(now.timestamp())))


def _mark(cipher: Cipher, token: str) -> bytes:
    return cipher.mark(f"invitation {token.strip().casefold()}")
