"""Releases: once at least *k* responses of a campaign wait, they are mixed and become visible together.

Mixing (D. Chaum, Untraceable electronic mail, 1981): the batch is written in random order and in one transaction. The
cost grows with the batch, not with what is stored.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter

from sqlalchemy import ColumnElement, delete, func, insert, select, update

from storage.anonymity.drop_off import snapshot_drop_offs
from storage.anonymity.periods import add_release, find_last_complete_release
from storage.anonymity.schema import comments, generate_random_id, pending_parts, released_responses, releases, shuffle
from storage.anonymity.sealing import CHOICES_PART, ResponsePart, extract_comment_text
from storage.anonymity.snapshots import delete_withdrawn_rows
from storage.campaigns.repository import find_campaign, lock_campaign
from storage.db.database import Database
from storage.db.encryption import Cipher
from storage.db.schema import campaigns
from storage.db.session import Session


@dataclass(frozen=True, slots=True)
class Release:
    """A batch that became visible: the campaign's code, the release's number from 1, the number of responses."""

    campaign: str
    number: int
    response_count: int


def release_due_responses(database: Database, release_size: int, campaign: str | None = None) -> list[Release]:
    """Releases what is due, of all campaigns or of one: at least `release_size` responses of as many new participants.

    Counting responses alone would let one person with many responses be alone in a release with one other (the n-1
    attack on a mix). Raises `UnknownCampaignError`.
    """
    with database.transaction() as session:
        if campaign is not None:
            lock_campaign(session, campaign)
        due = [
            code
            for code, response_count, new_participants in _count_pending(session)
            if min(response_count, new_participants) >= release_size and campaign in {None, code}
        ]
    made_releases = [release for code in due if (release := _release_campaign(database, code, release_size))]
    if made_releases:
        # Erases what the deleted rows left in the files of SQLite and PostgreSQL.
        database.checkpoint()
        database.vacuum()
    return made_releases


def count_pending_responses(database: Database) -> dict[str, int]:
    """Returns {campaign: number of waiting responses}. For the operator and for tests only."""
    with database.transaction() as session:
        return {code: response_count for code, response_count, _ in _count_pending(session)}


def count_released_responses(session: Session, codes: Collection[str]) -> dict[str, int]:
    """Returns {campaign: number of released responses}, including those that were withdrawn later."""
    query = select(releases.c.campaign, func.sum(releases.c.response_count)).where(releases.c.campaign.in_(codes))
    query = query.group_by(releases.c.campaign)
    return {code: int(count) for code, count in session.execute(query)}


def count_visible_responses(session: Session, code: str) -> int:
    """Returns how many responses of a campaign are in complete periods. Raises `UnknownCampaignError`."""
    last_complete = find_last_complete_release(session, find_campaign(session, code))
    conditions = releases.c.campaign == code, releases.c.number <= last_complete
    query = select(func.coalesce(func.sum(releases.c.response_count), 0)).where(*conditions)
    return int(session.execute(query).scalar_one())


def _count_pending(session: Session, *conditions: ColumnElement[bool]) -> list[tuple[str, int, int]]:
    """Returns (campaign, waiting responses, participants since the last release) where any response waits."""
    query = select(campaigns.c.code, func.count(), campaigns.c.new_participants).join(pending_parts)
    query = query.where(pending_parts.c.question == CHOICES_PART, *conditions)
    query = query.group_by(campaigns.c.code, campaigns.c.new_participants)
    return [(code, response_count, participants) for code, response_count, participants in session.execute(query)]


def _release_campaign(database: Database, code: str, release_size: int) -> Release | None:
    """Releases the inbox of one campaign.

    Returns None if it is not due any more: another worker released it, or a response was withdrawn.
    """
    with database.transaction() as session:
        campaign = lock_campaign(session, code)
        pending = _count_pending(session, campaigns.c.code == code)
        response_count = pending[0][1] if pending else 0
        if min(response_count, campaign.new_participants) < release_size:
            return None
        parts = _take_inbox(session, code)
        number = add_release(session, campaign, response_count, release_size)
        _insert_released_parts(session, number, parts)
        delete_withdrawn_rows(session, campaign)
        snapshot_drop_offs(session, code, datetime.now(UTC))
        is_campaign = campaigns.c.code == code
        session.execute(update(campaigns).where(is_campaign).values(release_count=number, new_participants=0))
    return Release(code, number, response_count)


def _take_inbox(session: Session, code: str) -> list[ResponsePart]:
    """Deletes all waiting parts of a campaign and returns them in random order."""
    columns = pending_parts.c
    statement = delete(pending_parts).where(columns.campaign == code)
    rows = session.execute(statement.returning(columns.question, columns.content, columns.receipt_hash)).all()
    return [ResponsePart(code, *row) for row in shuffle(rows)]


def _insert_released_parts(session: Session, number: int, parts: list[ResponsePart]) -> None:
    # In the order of the new, random ids: SQLite stores rows in this order, and writes less.
    response_rows = [
        _build_response_row(session.cipher, number, part) for part in parts if part.question == CHOICES_PART
    ]
    session.execute(insert(released_responses), sorted(response_rows, key=itemgetter("id")))
    comment_rows = [_build_comment_row(session.cipher, number, part) for part in parts if part.question != CHOICES_PART]
    if comment_rows:
        session.execute(insert(comments), sorted(comment_rows, key=itemgetter("id")))


def _build_response_row(cipher: Cipher, number: int, part: ResponsePart) -> dict[str, object]:
    content: dict[str, object] = json.loads(cipher.unseal(part.content))
    answers = json.dumps(content.pop("answers"), ensure_ascii=False)
    return _build_base_row(part, number) | content | {"answers": answers}


def _build_comment_row(cipher: Cipher, number: int, part: ResponsePart) -> dict[str, object]:
    """Builds the row of a comment. It leaves out the flow's version, which a comment does not need."""
    content = json.loads(cipher.unseal(part.content))
    return _build_base_row(part, number) | {
        "flow": content["flow"],
        "language": content["language"],
        "question": part.question,
        "text": cipher.seal(extract_comment_text(content)),
    }


def _build_base_row(part: ResponsePart, number: int) -> dict[str, object]:
    return {"id": generate_random_id(), "campaign": part.campaign, "release": number, "receipt_hash": part.receipt_hash}
