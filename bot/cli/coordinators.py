"""What the commands on coordinators do: list, invite, remove, and show the audit log."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from bot.cli.campaigns import warn_missing_bot_name
from bot.cli.common import format_table
from bot.cli.doctor.findings import format_count
from bot.render.buttons import INVITATION_PREFIX, make_chat_link
from storage.campaigns.coordinators import (
    BOT_ID,
    HOME_ORGANISATION,
    INVITATION_VALIDITY,
    OPERATOR_ID,
    AuditEntry,
    Coordinator,
    create_invitation_to,
    find_coordinator,
    is_existing_organisation,
    load_audit_log,
    load_invited_coordinators,
    record_action,
    remove_coordinator,
    revoke_invitations,
)
from storage.db.database import Database

ACTOR_NAMES = {OPERATOR_ID: "command line", BOT_ID: "the bot"}  # actors without a chat


class InvitationRefusedError(Exception):
    """The organisation to invite somebody to does not exist."""


class RemovalRefusedError(Exception):
    """A coordinator cannot be removed as requested."""


def format_coordinator_table(database: Database, configured_ids: Collection[int]) -> Iterator[str]:
    """Yields a table of all coordinators: number, organisation, how and when they joined."""
    entries = load_audit_log(database)
    with database.transaction() as session:
        invited_rows = [_invited_row(coordinator, entries) for coordinator in load_invited_coordinators(session)]
    rows = [*((str(chat), HOME_ORGANISATION, "COORDINATOR_IDS", "") for chat in sorted(configured_ids)), *invited_rows]
    yield from format_table(("number", "organisation", "by", "since (UTC)"), *rows)


def _invited_row(coordinator: Coordinator, entries: Sequence[AuditEntry]) -> tuple[str, str, str, str]:
    # An invitation does not record who made it, so all who made one while it can have been valid are named.
    joined_at = next(
        (
            entry.happened_at
            for entry in reversed(entries)
            if (entry.chat_id, entry.action) == (coordinator.chat_id, "joined")
        ),
        None,
    )
    if joined_at is None:
        return str(coordinator.chat_id), coordinator.organisation, "an invitation", ""
    earliest_invitation = joined_at - INVITATION_VALIDITY
    inviters = sorted(
        {
            entry.chat_id
            for entry in entries
            if entry.action == "invited" and earliest_invitation <= entry.happened_at <= joined_at
        }
    )
    names = " or ".join(ACTOR_NAMES.get(chat, str(chat)) for chat in inviters)
    return (
        str(coordinator.chat_id),
        coordinator.organisation,
        f"an invitation of {names}",
        f"{joined_at:%Y-%m-%d %H:%M}",
    )


def format_audit_log(database: Database) -> Iterator[str]:
    """Yields a table of the audit log, oldest first: when, who, what, campaign."""
    rows = [
        (
            f"{entry.happened_at:%Y-%m-%d %H:%M}",
            ACTOR_NAMES.get(entry.chat_id, str(entry.chat_id)),
            _describe_action(entry),
            entry.campaign,
        )
        for entry in load_audit_log(database)
    ]
    yield from format_table(("when (UTC)", "who", "what", "campaign"), *rows)


def _describe_action(entry: AuditEntry) -> str:
    return entry.action if entry.target_chat_id is None else f"{entry.action} {entry.target_chat_id}"


def invite_and_report(database: Database, organisation: str | None, bot_username: str, now: datetime) -> Iterator[str]:
    """Yields a link with which one person joins this organisation, or a new one.

    Raises `InvitationRefusedError` or `StorageError`.
    """
    with database.transaction() as session:
        if organisation is not None and not is_existing_organisation(session, organisation):
            raise InvitationRefusedError(
                f"There is no organisation {organisation}: `coordinators list` shows those there are."
            )
        token, organisation_id = create_invitation_to(session, OPERATOR_ID, organisation, now)
    yield (
        f"{organisation_id}: the first person to open this link becomes a coordinator. "
        f"It works once, for {INVITATION_VALIDITY.days} days."
    )
    yield f"The link: {make_chat_link(bot_username, INVITATION_PREFIX + token)}"
    yield from warn_missing_bot_name(bot_username)


def remove_and_report(database: Database, chat_id: int, configured_ids: Collection[int]) -> Iterator[str]:
    """Removes an invited coordinator and ends all open invitations to their organisation.

    Raises `RemovalRefusedError` or `StorageError`.
    """
    # Nothing records who made or holds an invitation, so all of them end: the person could come back by one.
    if chat_id in configured_ids:
        raise RemovalRefusedError(
            f"{chat_id} is listed in COORDINATOR_IDS: remove the number there, and restart the bot."
        )
    with database.transaction() as session:
        coordinator = find_coordinator(session, chat_id, is_configured=False)
        if coordinator is None:
            raise RemovalRefusedError(f"{chat_id} is not a coordinator: `coordinators list` shows who is.")
        remove_coordinator(session, chat_id)
        ended_count = revoke_invitations(session, coordinator.organisation)
        record_action(session, OPERATOR_ID, "removed", target_chat_id=chat_id)
    yield f"{chat_id} is no longer a coordinator. Their organisation's campaigns stay."
    if ended_count:
        ended = format_count(ended_count, "open invitation")
        yield f"{ended} to that organisation ended too, or they could come back by one."


def revoke_and_report(database: Database) -> Iterator[str]:
    """Ends all invitations that were not used yet."""
    with database.transaction() as session:
        ended_count = revoke_invitations(session)
        record_action(session, OPERATOR_ID, "revoked")
    yield f"{format_count(ended_count, 'invitation')} ended. Their links no longer work."
