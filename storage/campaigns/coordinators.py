"""Coordinators, their invitations, and the audit log of what coordinators do.

Coordinators listed in `COORDINATOR_IDS` share the organisation `home`, and may invite people to it or to new
organisations. Others joined by a single-use invitation, and may invite colleagues to their own organisation. For a
chat that is no coordinator's, `find_coordinator` returns None.
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

HOME_ORGANISATION = "home"
INVITATION_VALIDITY = timedelta(days=7)
INVITATION_TOKEN_LENGTH = 24  # of 32 characters: 120 bits
OPERATOR_ID = 0  # actions on the command line
BOT_ID = -1  # actions of the running bot itself; no person has this number
ACTIONS_WITH_TARGET = ("removed", "transferred")  # stored with the chat id of the coordinator they were done to
RECENT_ACTION_SECONDS = 600

_INSERT_ORGANISATION = text("INSERT INTO organisations (id, name) VALUES (:id, '') ON CONFLICT DO NOTHING")
_INSERT_COORDINATOR = text(
    "INSERT INTO coordinators (chat_id, organisation) VALUES (:chat_id, :organisation) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Coordinator:
    """Someone who opens campaigns for an organisation. `is_configured`: listed in `COORDINATOR_IDS`."""

    chat_id: int
    organisation: str
    is_configured: bool = False


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An action: no answers, and nobody who answers.

    `chat_id` is the coordinator's, `OPERATOR_ID` or `BOT_ID`. `campaign` may be empty. `target_chat_id` is the
    coordinator that the operator did this to, if the action is one of `ACTIONS_WITH_TARGET`.
    """

    happened_at: datetime
    chat_id: int
    action: str
    campaign: str
    target_chat_id: int | None = None


def record_action(
    session: Session, chat_id: int, action: str, campaign: str = "", *, target_chat_id: int | None = None
) -> None:
    """Records an action in the audit log, now. For the arguments see `AuditEntry`."""
    row = {
        "happened_at": int(datetime.now(UTC).timestamp()),
        "chat_id": chat_id,
        "action": action if target_chat_id is None else f"{action} {target_chat_id}",
        "campaign": campaign,
    }
    session.execute(insert(audit_log).values(row))


def has_done_recently(session: Session, chat_id: int, action: str) -> bool:
    """Whether this was the last action of the coordinator in this chat, and at most `RECENT_ACTION_SECONDS` ago."""
    query = select(audit_log).where(audit_log.c.chat_id == chat_id).order_by(audit_log.c.id.desc()).limit(1)
    latest = session.execute(query).one_or_none()
    if latest is None or latest.action != action:
        return False
    return bool(datetime.now(UTC).timestamp() - latest.happened_at < RECENT_ACTION_SECONDS)


def load_audit_log(database: Database) -> list[AuditEntry]:
    """Returns all actions, oldest first."""
    with database.transaction() as session:
        return _load_entries(session)


def load_audit_entries_of(session: Session, chat_id: int) -> list[AuditEntry]:
    """Returns what this coordinator did, and what the operator did to them, oldest first."""
    has_them_as_target = audit_log.c.action.in_([f"{action} {chat_id}" for action in ACTIONS_WITH_TARGET])
    is_done_to_them = and_(audit_log.c.chat_id == OPERATOR_ID, has_them_as_target)
    return _load_entries(session, or_(audit_log.c.chat_id == chat_id, is_done_to_them))


def find_coordinator(session: Session, chat_id: int, *, is_configured: bool) -> Coordinator | None:
    """Returns the coordinator of this chat, or None. `is_configured`: `COORDINATOR_IDS` lists the chat."""
    if is_configured:
        return Coordinator(chat_id, ensure_home_organisation(session), is_configured=True)
    query = select(coordinators.c.organisation).where(coordinators.c.chat_id == chat_id)
    organisation = session.execute(query).scalar_one_or_none()
    return Coordinator(chat_id, organisation) if organisation else None


def load_invited_coordinators(session: Session) -> list[Coordinator]:
    """Returns the coordinators who joined by invitation, by organisation."""
    rows = session.execute(select(coordinators).order_by(coordinators.c.organisation, coordinators.c.chat_id)).all()
    return [Coordinator(row.chat_id, row.organisation) for row in rows]


def remove_coordinator(session: Session, chat_id: int) -> bool:
    """Removes a coordinator who joined by invitation. Returns False if there was none."""
    return session.execute(delete(coordinators).where(coordinators.c.chat_id == chat_id)).rowcount > 0


def ensure_home_organisation(session: Session) -> str:
    """Creates the organisation of the configured coordinators if necessary, and returns its id."""
    session.execute(_INSERT_ORGANISATION, {"id": HOME_ORGANISATION})
    return HOME_ORGANISATION


def is_existing_organisation(session: Session, organisation: str) -> bool:
    """Whether there is an organisation with this id. `home` always exists."""
    query = select(organisations.c.id).where(organisations.c.id == organisation)
    return organisation == HOME_ORGANISATION or session.execute(query).one_or_none() is not None


def create_invitation(session: Session, inviter: Coordinator, now: datetime, *, is_for_colleague: bool) -> str:
    """Creates an invitation to the inviter's organisation, or to a new one. Returns its token, which is not stored."""
    assert inviter.is_configured or is_for_colleague
    token, _ = create_invitation_to(session, inviter.chat_id, inviter.organisation if is_for_colleague else None, now)
    return token


def create_invitation_to(session: Session, inviter_id: int, organisation: str | None, now: datetime) -> tuple[str, str]:
    """Creates an invitation to this organisation (None: to a new one). Returns its token and the organisation."""
    delete_expired_invitations(session, now)
    organisation = organisation or generate_code()
    session.execute(_INSERT_ORGANISATION, {"id": organisation})
    token = "".join(secrets.choice(CODE_ALPHABET) for _ in range(INVITATION_TOKEN_LENGTH))
    row = {
        "token_hash": _hash_invitation(session.cipher, token),
        "organisation": organisation,
        "expires_at": int((now + INVITATION_VALIDITY).timestamp()),
    }
    session.execute(insert(invitations).values(row))
    record_action(session, inviter_id, "invited")
    return token, organisation


def accept_invitation(session: Session, token: str, chat_id: int, now: datetime) -> bool:
    """Makes a chat a coordinator's, once for each invitation. Returns False if it was used, expired or never made."""
    has_token = invitations.c.token_hash == _hash_invitation(session.cipher, token)
    deletion = delete(invitations).where(has_token, invitations.c.expires_at > int(now.timestamp()))
    organisation = session.execute(deletion.returning(invitations.c.organisation)).scalar_one_or_none()
    if organisation is None:
        return False
    session.execute(_INSERT_COORDINATOR, {"chat_id": chat_id, "organisation": organisation})
    record_action(session, chat_id, "joined")
    return True


def revoke_invitations(session: Session, organisation: str | None = None) -> int:
    """Deletes the unused invitations to an organisation (None: to any). Returns their number."""
    conditions = [] if organisation is None else [invitations.c.organisation == organisation]
    return session.execute(delete(invitations).where(*conditions)).rowcount


def delete_expired_invitations(session: Session, now: datetime) -> None:
    """Deletes expired invitations."""
    session.execute(delete(invitations).where(invitations.c.expires_at <= int(now.timestamp())))


def _load_entries(session: Session, *conditions: ColumnElement[bool]) -> list[AuditEntry]:
    rows = session.execute(select(audit_log).where(*conditions).order_by(audit_log.c.id)).all()
    return [_entry_from_row(row) for row in rows]


def _entry_from_row(row: Row[tuple[object, ...]]) -> AuditEntry:
    action, _, target = row.action.partition(" ")
    target_chat_id = int(target) if target else None
    return AuditEntry(datetime.fromtimestamp(row.happened_at, UTC), row.chat_id, action, row.campaign, target_chat_id)


def _hash_invitation(cipher: Cipher, token: str) -> bytes:
    return cipher.hash_token(f"invitation {token.strip().casefold()}")
