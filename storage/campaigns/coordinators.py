"""Coordinators: who is one, of which organisation, and how they become one: by an invitation that counts once.

Those whom the operator names (COORDINATOR_IDS) share the organisation `home`, and invite whom they like; others invite
colleagues to their own. Whoever is not a coordinator
gets None everywhere, whatever they ask for.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Row, and_, delete, insert, or_, select, text

from storage.campaigns.repository import CODE_ALPHABET, generate_code
from storage.db.database import Database
from storage.db.encryption import Cipher
from storage.db.schema import audit_log, coordinators, invitations, organisations
from storage.db.session import Session

# @@DOC What coordinators did: who, what, with which campaign, when. No answers, and nobody who answers.
OPERATOR_ID = 0  # who used the command line
BOT_ID = -1  # the running bot, by the clock: no person has such a number
ACTIONS_WITH_TARGET = ("taken_out", "handed_over")  # to a coordinator, whose number stands behind it
RECENT_SECONDS = 600  # seconds


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that was done. `chat`: the coordinator's, `OPERATOR` or `ITSELF`. `campaign`: empty where none is.
    `whom`: the coordinator it was done to, by the operator.
    """

    happened_at: datetime
    chat_id: int
    action: str
    campaign: str
    target_chat_id: int | None = None


def record_action(
    session: Session, chat_id: int, action: str, campaign: str = "", *, target_chat_id: int | None = None
) -> None:
    """Notes that somebody did this, now. `whom`: to which coordinator, where it is one of `DONE_TO`."""
    happened_at = int(datetime.now(UTC).timestamp())
    stored_action = action if target_chat_id is None else f"{action} {target_chat_id}"
    session.execute(
        insert(audit_log).values(happened_at=happened_at, chat_id=chat_id, action=stored_action, campaign=campaign)
    )


def has_done_recently(session: Session, chat_id: int, action: str) -> bool:
    """Whether this is the last thing that the coordinator of this chat did, some minutes ago at the most."""
    latest = session.execute(
        select(audit_log).where(audit_log.c.chat_id == chat_id).order_by(audit_log.c.id.desc()).limit(1)
    ).one_or_none()
    return latest is not None and latest.action == action and datetime.now(UTC).timestamp() - latest.happened_at < RECENT_SECONDS


def load_audit_log(database: Database) -> list[AuditEntry]:
    """All that was done, oldest first."""
    with database.transaction() as session:
        return _load_entries(session)


def load_audit_entries_of(session: Session, chat_id: int) -> list[AuditEntry]:
    """What this coordinator did, or was done to them, oldest first."""
    targeted_at_them = audit_log.c.action.in_([f"{action} {chat_id}" for action in ACTIONS_WITH_TARGET])
    return _load_entries(
        session, or_(audit_log.c.chat_id == chat_id, and_(audit_log.c.chat_id == OPERATOR_ID, targeted_at_them))
    )


def _load_entries(session: Session, *conditions: ColumnElement[bool]) -> list[AuditEntry]:
    rows = session.execute(select(audit_log).where(*conditions).order_by(audit_log.c.id)).all()
    return [_entry_from_row(row) for row in rows]


def _entry_from_row(row: Row[tuple[object, ...]]) -> AuditEntry:
    action, _, target = row.action.partition(" ")
    return AuditEntry(
        datetime.fromtimestamp(row.happened_at, UTC), row.chat_id, action, row.campaign, int(target) if target else None
    )


HOME_ORGANISATION = "home"
INVITATION_VALIDITY = timedelta(days=7)
INVITATION_TOKEN_LENGTH = 24  # of 32 signs: 120 bits

_INSERT_ORGANISATION = text("INSERT INTO organisations (id, name) VALUES (:id, '') ON CONFLICT DO NOTHING")
_INSERT_COORDINATOR = text(
    "INSERT INTO coordinators (chat_id, organisation) VALUES (:chat_id, :organisation) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Coordinator:
    """Somebody who opens campaigns for an organisation. `named`: by the operator, and so may invite other groups."""

    chat_id: int
    organisation: str
    is_configured: bool = False


def find_coordinator(session: Session, chat_id: int, *, is_configured: bool) -> Coordinator | None:
    """The coordinator of this chat; None where there is none. `named`: COORDINATOR_IDS has it."""
    if is_configured:
        return Coordinator(chat_id, ensure_home_organisation(session), is_configured=True)
    organisation = session.execute(
        select(coordinators.c.organisation).where(coordinators.c.chat_id == chat_id)
    ).scalar_one_or_none()
    return Coordinator(chat_id, organisation) if organisation else None


def ensure_home_organisation(session: Session) -> str:
    """The organisation of the operator's own coordinators, made when it is first needed."""
    session.execute(_INSERT_ORGANISATION, {"id": HOME_ORGANISATION})
    return HOME_ORGANISATION


def create_invitation(session: Session, inviter: Coordinator, now: datetime, *, is_for_colleague: bool) -> str:
    """An invitation to the same organisation (`colleague`), or to a new one. Its token, which nobody else knows."""
    assert inviter.is_configured or is_for_colleague
    token, _ = create_invitation_to(session, inviter.chat_id, inviter.organisation if is_for_colleague else None, now)
    return token


def create_invitation_to(session: Session, inviter_id: int, organisation: str | None, now: datetime) -> tuple[str, str]:
    """An invitation to this organisation (None: to a new one), `by` whom: its token, and the organisation."""
    delete_expired_invitations(session, now)
    organisation = organisation or generate_code()
    session.execute(_INSERT_ORGANISATION, {"id": organisation})
    token = "".join(secrets.choice(CODE_ALPHABET) for _ in range(INVITATION_TOKEN_LENGTH))
    expires_at = int((now + INVITATION_VALIDITY).timestamp())
    row = {
        "token_hash": _hash_invitation(session.cipher, token),
        "organisation": organisation,
        "expires_at": expires_at,
    }
    session.execute(insert(invitations).values(row))
    record_action(session, inviter_id, "invited")
    return token, organisation


def is_existing_organisation(session: Session, organisation: str) -> bool:
    """Whether there is one of this id. `home` always is."""
    query = select(organisations.c.id).where(organisations.c.id == organisation)
    return organisation == HOME_ORGANISATION or session.execute(query).one_or_none() is not None


def accept_invitation(session: Session, token: str, chat_id: int, now: datetime) -> bool:
    """Makes whoever follows the invitation a coordinator, once. False: it is used, over, or was never made."""
    has_token = invitations.c.token_hash == _hash_invitation(session.cipher, token)
    deletion = delete(invitations).where(has_token, invitations.c.expires_at > int(now.timestamp()))
    organisation = session.execute(deletion.returning(invitations.c.organisation)).scalar_one_or_none()
    if organisation is None:
        return False
    session.execute(_INSERT_COORDINATOR, {"chat_id": chat_id, "organisation": organisation})
    record_action(session, chat_id, "joined")
    return True


def load_invited_coordinators(session: Session) -> list[Coordinator]:
    """Those who came by an invitation, by organisation."""
    rows = session.execute(select(coordinators).order_by(coordinators.c.organisation, coordinators.c.chat_id)).all()
    return [Coordinator(row.chat_id, row.organisation) for row in rows]


def remove_coordinator(session: Session, chat_id: int) -> bool:
    """Makes who came by an invitation a coordinator no more. False: they were none."""
    return session.execute(delete(coordinators).where(coordinators.c.chat_id == chat_id)).rowcount > 0


def revoke_invitations(session: Session, organisation: str | None = None) -> int:
    """Erases the invitations that nobody has followed: all, or those to one organisation. How many there were."""
    conditions = [] if organisation is None else [invitations.c.organisation == organisation]
    return session.execute(delete(invitations).where(*conditions)).rowcount


def delete_expired_invitations(session: Session, now: datetime) -> None:
    """Invitations that are over are erased."""
    session.execute(delete(invitations).where(invitations.c.expires_at <= int(now.timestamp())))


def _hash_invitation(cipher: Cipher, token: str) -> bytes:
    return cipher.hash_token(f"invitation {token.strip().casefold()}")
