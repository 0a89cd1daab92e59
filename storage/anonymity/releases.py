"""Releases: when at least *k* responses of a campaign wait, they are mixed and become visible together.

Mixing (D. Chaum, Untraceable electronic mail, 1981): the batch is written anew in random order, in one transaction.
Its cost grows with the batch, and not with what is stored.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from storage.anonymity.drop_off import settle_stops
from storage.anonymity.periods import add_release
from storage.anonymity.schema import comments, random_id, released, shuffled, waiting
from storage.anonymity.sealing import CHOICES, Part, words_of
from storage.anonymity.snapshots import thaw
from storage.campaigns.repository import lock_campaign
from storage.db.database import Database
from storage.db.encryption import Cipher
from storage.db.schema import campaigns


@dataclass(frozen=True, slots=True)
class Release:
    """A batch that became visible: the campaign's code, the release's number from 1 on, and how many responses."""

    campaign: str
    number: int
    responses: int


def release_due(database: Database, size: int, campaign: str | None = None) -> list[Release]:
    """Releases what is due now, of all campaigns or of one: at least `size` responses that wait, of as many people.

    Of people, since somebody who sends many times could else be alone with one other (the n-1 attack on a mix).

    Raises `CampaignUnknown`.
    """
    with database.transaction() as tx:
        if campaign is not None:
            lock_campaign(tx, campaign)
        due = [code for code, many, people in _waiting(tx) if min(many, people) >= size and campaign in {None, code}]
    made = [one for code in due if (one := _release(database, code, size))]
    if made:
        database.settle()
        database.tidy()
    return made


def waiting_in(database: Database) -> dict[str, int]:
    """How many responses wait in each campaign: {code: count}. For the operator's eyes and for tests."""
    with database.transaction() as tx:
        return {code: many for code, many, _ in _waiting(tx)}


def _waiting(tx: Connection, *of: ColumnElement[bool]) -> list[tuple[str, int, int]]:
    """Of each campaign where something waits: its code, how many responses wait, and how many people came lately."""
    counted = select(campaigns.c.code, func.count(), campaigns.c.people).join(waiting)
    counted = counted.where(waiting.c.question == CHOICES, *of).group_by(campaigns.c.code, campaigns.c.people)
    return [(code, many, people) for code, many, people in tx.execute(counted)]


def _release(database: Database, code: str, size: int) -> Release | None:
    """One campaign's batch. None: meanwhile another worker has released it, or somebody took theirs back."""
    with database.transaction() as tx:
        campaign = lock_campaign(tx, code)
        many = next((many for _, many, _ in _waiting(tx, campaigns.c.code == code)), 0)
        if min(many, campaign.people) < size:
            return None
        gone = delete(waiting).where(waiting.c.campaign == code)
        rows = tx.execute(gone.returning(waiting.c.question, waiting.c.content, waiting.c.receipt)).all()
        parts = [Part(code, *row) for row in shuffled(rows)]
        number = add_release(tx, campaign, many, size)
        _make_visible(tx, database.cipher, number, parts)
        thaw(tx, campaign)
        settle_stops(tx, code, datetime.now(UTC))
        tx.execute(update(campaigns).where(campaigns.c.code == code).values(releases=number, people=0))
    return Release(code, number, many)


def _make_visible(tx: Connection, cipher: Cipher, number: int, parts: list[Part]) -> None:
    """In the order of their new ids, which are random: that is how SQLite keeps them, and so it writes less."""
    choices = [_response(cipher, number, part) for part in parts if part.question == CHOICES]
    tx.execute(insert(released), sorted(choices, key=itemgetter("id")))
    said = [_comment(cipher, number, part) for part in parts if part.question != CHOICES]
    if said:
        tx.execute(insert(comments), sorted(said, key=itemgetter("id")))


def _response(cipher: Cipher, number: int, part: Part) -> dict[str, object]:
    content: dict[str, object] = json.loads(cipher.unseal(part.content))
    answers = json.dumps(content.pop("answers"), ensure_ascii=False)
    return _row(part, number) | content | {"answers": answers}


def _comment(cipher: Cipher, number: int, part: Part) -> dict[str, object]:
    """The version of the flow stays behind: a comment needs no more than its question and its language."""
    content = json.loads(cipher.unseal(part.content))
    kept = {name: content[name] for name in ("flow", "language")}
    return _row(part, number) | kept | {"question": part.question, "words": cipher.seal(words_of(content))}


def _row(part: Part, number: int) -> dict[str, object]:
    return {"id": random_id(), "campaign": part.campaign, "release": number, "receipt": part.receipt}
