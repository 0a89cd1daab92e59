"""Releases: when at least *k* responses of a campaign wait, they are mixed and become visible together.

Mixing (D. Chaum, Untraceable electronic mail, 1981): the batch is written anew in random order, in one transaction.
Its cost grows with the batch, and not with what is stored.
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
    """A batch that became visible: the campaign's code, the release's number from 1 on, and how many responses."""

    campaign: str
    number: int
    response_count: int


def release_due_responses(database: Database, release_size: int, campaign: str | None = None) -> list[Release]:
    """Releases what is due now, of all campaigns or of one: at least `size` responses that wait, of as many people.

    Of people, since somebody who sends many times could else be alone with one other (the n-1 attack on a mix).

    Raises `CampaignUnknown`.
    """
    with database.transaction() as session:
        if campaign is not None:
            lock_campaign(session, campaign)
        due = [
            code
            for code, response_count, people in _count_pending(session)
            if min(response_count, people) >= release_size and campaign in {None, code}
        ]
    made_releases = [release for code in due if (release := _release_campaign(database, code, release_size))]
    if made_releases:
        database.checkpoint()
        database.vacuum()
    return made_releases


def count_pending_responses(database: Database) -> dict[str, int]:
    """How many responses wait in each campaign: {code: count}. For the operator's eyes and for tests."""
    with database.transaction() as session:
        return {code: response_count for code, response_count, _ in _count_pending(session)}


def _count_pending(session: Session, *conditions: ColumnElement[bool]) -> list[tuple[str, int, int]]:
    """Of each campaign where something waits: its code, how many responses wait, and how many people came lately."""
    query = select(campaigns.c.code, func.count(), campaigns.c.new_participants).join(pending_parts)
    query = query.where(pending_parts.c.question == CHOICES_PART, *conditions).group_by(
        campaigns.c.code, campaigns.c.new_participants
    )
    return [(code, response_count, people) for code, response_count, people in session.execute(query)]


def _release_campaign(database: Database, code: str, release_size: int) -> Release | None:
    """One campaign's batch. None: meanwhile another worker has released it, or somebody took theirs back."""
    with database.transaction() as session:
        campaign = lock_campaign(session, code)
        response_count = next((many for _, many, _ in _count_pending(session, campaigns.c.code == code)), 0)
        if min(response_count, campaign.new_participants) < release_size:
            return None
        delete_statement = delete(pending_parts).where(pending_parts.c.campaign == code)
        rows = session.execute(
            delete_statement.returning(pending_parts.c.question, pending_parts.c.content, pending_parts.c.receipt_hash)
        ).all()
        parts = [ResponsePart(code, *row) for row in shuffle(rows)]
        number = add_release(session, campaign, response_count, release_size)
        _insert_released_parts(session, number, parts)
        delete_withdrawn_rows(session, campaign)
        snapshot_drop_offs(session, code, datetime.now(UTC))
        session.execute(
            update(campaigns).where(campaigns.c.code == code).values(release_count=number, new_participants=0)
        )
    return Release(code, number, response_count)


def _insert_released_parts(session: Session, number: int, parts: list[ResponsePart]) -> None:
    """In the order of their new ids, which are random: that is how SQLite keeps them, and so it writes less."""
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
    """The version of the flow stays behind: a comment needs no more than its question and its language."""
    content = json.loads(cipher.unseal(part.content))
    shared_content = {name: content[name] for name in ("flow", "language")}
    return (
        _build_base_row(part, number)
        | shared_content
        | {"question": part.question, "text": cipher.seal(extract_comment_text(content))}
    )


def _build_base_row(part: ResponsePart, number: int) -> dict[str, object]:
    return {"id": generate_random_id(), "campaign": part.campaign, "release": number, "receipt_hash": part.receipt_hash}


def count_released_responses(session: Session, codes: Collection[str]) -> dict[str, int]:
    """{code: responses}, those that were taken back later among them."""
    query = select(releases.c.campaign, func.sum(releases.c.response_count)).where(releases.c.campaign.in_(codes))
    query = query.group_by(releases.c.campaign)
    return {code: int(count) for code, count in session.execute(query)}


def count_visible_responses(session: Session, code: str) -> int:
    """How many of a campaign's may be seen: those of periods that are over. Raises `CampaignUnknown`."""
    last_complete = find_last_complete_release(session, find_campaign(session, code))
    conditions = releases.c.campaign == code, releases.c.number <= last_complete
    return int(
        session.execute(select(func.coalesce(func.sum(releases.c.response_count), 0)).where(*conditions)).scalar_one()
    )
