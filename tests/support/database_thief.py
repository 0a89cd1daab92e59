"""Somebody with one copy of the database, all keys, and a list of everybody who could have answered.

They try to say who sent which response: by what rows share, by the order in which rows stand, by transaction numbers.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.campaigns.repository import GENERAL, find_campaign
from storage.db.database import Database
from tests.support.raw_sql import rows

STEPS = ("2", "1", "0", "-1", "-2")
BYTES = {"waiting": "receipt", "released": "receipt"}  # the column whose bytes stand nowhere else
TEST = ("informed", "confident", "connected")


@dataclass(frozen=True, slots=True)
class Found:
    """A row that was found: whose it is (of a response: the truth, which only the test knows), where it stands, and
    the number of the transaction that wrote it (0: it shows none).
    """

    person: int
    place: int
    written: int


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy: responses that wait and that are released, marks of who took part, and rows that name a chat."""

    waiting: list[Found]
    released: list[Found]
    took_part: list[Found]
    named: list[Found]


def answers_of(person: int) -> dict[str, str]:
    """What this person answers to the test: everybody something else."""
    return {question: STEPS[person // 5**power % 5] for power, question in enumerate(TEST)}


def copy_of(database: Database, people: Sequence[int], file: Path | None) -> Copy:
    """The copy, read with the keys. `file`: SQLite's; there, a row stands where its bytes do."""
    cipher = database.cipher
    with database.transaction() as tx:
        key = find_campaign(tx, GENERAL).key or b""
    marks = {cipher.participation(key, person): person for person in people}
    by_answers = {tuple(answers_of(person % 1000).values()): person for person in people}

    def placed(table: str, of: str, where: str = "true") -> list[tuple[Any, int, int]]:
        return [(says, stands, written) for says, _, stands, written in _placed(database, file, table, of, "1", where)]

    def whose(answers: dict[str, str]) -> int:
        return by_answers[tuple(answers[question] for question in TEST)]

    sealed = placed("waiting", "content", "question = ''")
    named = [one for table in ("chats", "runs", "outbox") for one in placed(table, "chat")]
    return Copy(
        [Found(whose(json.loads(cipher.unseal(bytes(said)))["answers"]), *at) for said, *at in sealed],
        [Found(whose(json.loads(said)), *at) for said, *at in placed("released", "answers")],
        [Found(marks[bytes(mark)], *at) for mark, *at in placed("participations", "mark")],
        [Found(chat, *at) for chat, *at in named],
    )


def places(database: Database, file: Path | None) -> list[tuple[str, bytes, int, int]]:
    """Each part that waits: its question, its content, where it stands, and its transaction."""
    return _placed(database, file, "waiting", "question", "content", "true")


def _placed(
    database: Database, file: Path | None, table: str, of: str, more: str, where: str
) -> list[tuple[Any, Any, int, int]]:
    """What a row says, where it stands, and its transaction."""
    if file is not None:
        raw = b"".join(one.read_bytes() for one in files(file))
        found = rows(database, f"select {of}, {more}, {BYTES.get(table, of)} from {table} where {where}")
        return [(says, also, raw.find(_bytes(own)), 0) for says, also, own in found]
    place = "(ctid::text::point)[0] * 10000 + (ctid::text::point)[1]"
    found = rows(database, f"select {of}, {more}, {place}, xmin::text::bigint from {table} where {where}")
    return [(says, also, int(stands), written) for says, also, stands, written in found]


def files(file: Path | None) -> list[Path]:
    """All that SQLite has on the disk."""
    return sorted(file.parent.glob(f"{file.name}*")) if file else []


def guesses(copy: Copy, order: Sequence[int]) -> dict[str, list[tuple[int, int, float]]]:
    """Each way to guess: whose response it truly is, who is said to have sent it, and how likely that is by chance.

    `order`: the order in which people sent, for somebody who knows that from elsewhere.
    """
    known, found = _who_knows_the_order(copy, order), {}
    for way, pairs in _from_the_copy_alone(copy).items():
        found[way] = [(*pair, 1 / len(copy.took_part)) for pair in pairs]
    return found | {way: [(*pair, 1 / len(pairs)) for pair in pairs] for way, pairs in known.items()}


def _who_knows_the_order(copy: Copy, order: Sequence[int]) -> dict[str, list[tuple[int, int]]]:
    """What waits is of the latest who sent: does it stand in their order?"""
    found = {}
    for by in ("place", "written"):
        in_order, people = [one.person for one in _sorted(copy.waiting, by)], order[len(order) - len(copy.waiting) :]
        found[f"waiting, as they sent by {by}"] = list(zip(in_order, people, strict=True))
        found[f"waiting, against how they sent by {by}"] = list(zip(in_order, people[::-1], strict=True))
    return found


def _from_the_copy_alone(copy: Copy) -> dict[str, list[tuple[int, int]]]:
    found = {}
    for name, responses in (("waiting", copy.waiting), ("released", copy.released)):
        for by in ("place", "written"):
            in_order = [one.person for one in _sorted(responses, by)]
            people = [one.person for one in _sorted(copy.took_part, by)]
            newest = people[-len(in_order) :] if in_order else []
            for which, said in (("oldest", people), ("newest", newest), ("newest, backwards", newest[::-1])):
                found[f"{name}, {which} by {by}"] = list(zip(in_order, said, strict=False))
        found[f"{name}, written together"] = _together(responses, [*copy.took_part, *copy.named])
        found[f"{name}, written next"] = _next(responses, copy.named)
    return found


def _sorted(found: list[Found], by: str) -> list[Found]:
    return sorted(found, key=lambda one: int(getattr(one, by)))


def _together(responses: list[Found], people: list[Found]) -> list[tuple[int, int]]:
    """Who alone has a row that was written by the same transaction."""
    pairs = []
    for one in responses:
        same = {other.person for other in people if one.written and other.written == one.written}
        pairs += [(one.person, same.pop())] if len(same) == 1 else []
    return pairs


def _next(responses: list[Found], people: list[Found]) -> list[tuple[int, int]]:
    """Whose row was written nearest before or after."""
    if not people or not any(one.written for one in responses):
        return []
    return [(one.person, min(people, key=lambda other: abs(other.written - one.written)).person) for one in responses]


def _bytes(value: object) -> bytes:
    """As SQLite writes it in a row."""
    if isinstance(value, int):
        return value.to_bytes(8, "big")
    return bytes(value) if isinstance(value, bytes) else str(value).encode()
