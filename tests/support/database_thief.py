"""Somebody with one copy of the database, all keys, and a list of everybody who could have answered.

They try to say who sent which response: by what rows share, by the order in which rows stand, by transaction numbers.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.campaigns.repository import GENERAL_CAMPAIGN, find_campaign
from storage.db.database import Database
from tests.support.raw_sql import fetch_rows

POINT_VALUES = ("2", "1", "0", "-1", "-2")
UNIQUE_COLUMNS = {
    "pending_parts": "receipt_hash",
    "released_responses": "receipt_hash",
}  # the column whose bytes stand nowhere else
TEST_QUESTIONS = ("informed", "confident", "connected")


@dataclass(frozen=True, slots=True)
class LocatedRow:
    """A row that was found: whose it is (of a response: the truth, which only the test knows), where it stands, and
    the number of the transaction that wrote it (0: it shows none).
    """

    person: int
    position: int
    transaction_id: int


@dataclass(frozen=True, slots=True)
class StolenCopy:
    """One copy: responses that wait and that are released, marks of who took part, and rows that name a chat."""

    waiting: list[LocatedRow]
    released: list[LocatedRow]
    participations: list[LocatedRow]
    chat_rows: list[LocatedRow]


def make_unique_answers(person: int) -> dict[str, str]:
    """What this person answers to the test: everybody something else."""
    return {question: POINT_VALUES[person // 5**power % 5] for power, question in enumerate(TEST_QUESTIONS)}


def steal_copy(database: Database, people: Sequence[int], file: Path | None) -> StolenCopy:
    """The copy, read with the keys. `file`: SQLite's; there, a row stands where its bytes do."""
    cipher = database.cipher
    with database.transaction() as session:
        key = find_campaign(session, GENERAL_CAMPAIGN).participation_key or b""
    marks = {cipher.hash_participation(key, person): person for person in people}
    by_answers = {tuple(make_unique_answers(person % 1000).values()): person for person in people}

    def placed(table: str, of: str, where: str = "true") -> list[tuple[Any, int, int]]:
        return [
            (says, stands, written) for says, _, stands, written in _locate_rows(database, file, table, of, "1", where)
        ]

    def whose(answers: dict[str, str]) -> int:
        return by_answers[tuple(answers[question] for question in TEST_QUESTIONS)]

    sealed = placed("pending_parts", "content", "question = ''")
    named = [one for table in ("chats", "runs", "outbox_entries") for one in placed(table, "chat_id")]
    return StolenCopy(
        [LocatedRow(whose(json.loads(cipher.unseal(bytes(said)))["answers"]), *at) for said, *at in sealed],
        [LocatedRow(whose(json.loads(said)), *at) for said, *at in placed("released_responses", "answers")],
        [LocatedRow(marks[bytes(mark)], *at) for mark, *at in placed("participations", "chat_hash")],
        [LocatedRow(chat, *at) for chat, *at in named],
    )


def locate_waiting_parts(database: Database, file: Path | None) -> list[tuple[str, bytes, int, int]]:
    """Each part that waits: its question, its content, where it stands, and its transaction."""
    return _locate_rows(database, file, "pending_parts", "question", "content", "true")


def _locate_rows(
    database: Database, file: Path | None, table: str, column: str, other_column: str, where: str
) -> list[tuple[Any, Any, int, int]]:
    """What a row says, where it stands, and its transaction."""
    if file is not None:
        raw = b"".join(one.read_bytes() for one in list_database_files(file))
        found = fetch_rows(
            database, f"select {column}, {other_column}, {UNIQUE_COLUMNS.get(table, column)} from {table} where {where}"
        )
        return [(says, also, raw.find(_encode_value(own)), 0) for says, also, own in found]
    place = "(ctid::text::point)[0] * 10000 + (ctid::text::point)[1]"
    found = fetch_rows(
        database, f"select {column}, {other_column}, {place}, xmin::text::bigint from {table} where {where}"
    )
    return [(says, also, int(stands), written) for says, also, stands, written in found]


def list_database_files(file: Path | None) -> list[Path]:
    """All that SQLite has on the disk."""
    return sorted(file.parent.glob(f"{file.name}*")) if file else []


def make_guesses(copy: StolenCopy, order: Sequence[int]) -> dict[str, list[tuple[int, int, float]]]:
    """Each way to guess: whose response it truly is, who is said to have sent it, and how likely that is by chance.

    `order`: the order in which people sent, for somebody who knows that from elsewhere.
    """
    known, found = _guess_by_known_order(copy, order), {}
    for way, pairs in _guess_from_copy(copy).items():
        found[way] = [(*pair, 1 / len(copy.participations)) for pair in pairs]
    return found | {way: [(*pair, 1 / len(pairs)) for pair in pairs] for way, pairs in known.items()}


def _guess_by_known_order(copy: StolenCopy, order: Sequence[int]) -> dict[str, list[tuple[int, int]]]:
    """What waits is of the latest who sent: does it stand in their order?"""
    found = {}
    for by in ("position", "transaction_id"):
        in_order, people = [one.person for one in _sort_rows(copy.waiting, by)], order[len(order) - len(copy.waiting) :]
        found[f"waiting, as they sent by {by}"] = list(zip(in_order, people, strict=True))
        found[f"waiting, against how they sent by {by}"] = list(zip(in_order, people[::-1], strict=True))
    return found


def _guess_from_copy(copy: StolenCopy) -> dict[str, list[tuple[int, int]]]:
    found = {}
    for name, responses in (("pending_parts", copy.waiting), ("released_responses", copy.released)):
        for by in ("position", "transaction_id"):
            in_order = [one.person for one in _sort_rows(responses, by)]
            people = [one.person for one in _sort_rows(copy.participations, by)]
            newest = people[-len(in_order) :] if in_order else []
            for which, said in (("oldest", people), ("newest", newest), ("newest, backwards", newest[::-1])):
                found[f"{name}, {which} by {by}"] = list(zip(in_order, said, strict=False))
        found[f"{name}, written together"] = _guess_by_same_transaction(
            responses, [*copy.participations, *copy.chat_rows]
        )
        found[f"{name}, written next"] = _guess_by_nearest_transaction(responses, copy.chat_rows)
    return found


def _sort_rows(found: list[LocatedRow], by: str) -> list[LocatedRow]:
    return sorted(found, key=lambda one: int(getattr(one, by)))


def _guess_by_same_transaction(responses: list[LocatedRow], people: list[LocatedRow]) -> list[tuple[int, int]]:
    """Who alone has a row that was written by the same transaction."""
    pairs = []
    for one in responses:
        same = {other.person for other in people if one.transaction_id and other.transaction_id == one.transaction_id}
        pairs += [(one.person, same.pop())] if len(same) == 1 else []
    return pairs


def _guess_by_nearest_transaction(responses: list[LocatedRow], people: list[LocatedRow]) -> list[tuple[int, int]]:
    """Whose row was written nearest before or after."""
    if not people or not any(one.transaction_id for one in responses):
        return []
    return [
        (one.person, min(people, key=lambda other: abs(other.transaction_id - one.transaction_id)).person)
        for one in responses
    ]


def _encode_value(value: object) -> bytes:
    """As SQLite writes it in a row."""
    if isinstance(value, int):
        return value.to_bytes(8, "big")
    return bytes(value) if isinstance(value, bytes) else str(value).encode()
