"""Crowds that answer at random, and are released: through the real envelope and the real mixing."""

from collections.abc import Iterable
from pathlib import Path
from random import Random
from secrets import token_hex

from flows.loader import load
from flows.models import Run
from storage.anonymity.releases import release_due
from storage.anonymity.sealing import Part, marks_of, parts_of, put_in
from storage.campaigns.repository import GENERAL, count_people, lock_campaign
from storage.db.database import Database
from storage.export.tables import Download
from storage.export.writer import write_download

K = 5
Stored = dict[str, str | None]
NASTY = [
    "=1+1",
    "+44 is not a sum",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠home",
    '=HYPERLINK("press me")',
    "they said “no”; then, “yes”",
    'a "quoted" word, a comma',
    "one line\nand another",
    "Gwybodaeth dda – 真的吗 👍",
    "https://example.org",
    "2",
    "-2",
    "'already",
]


def crowd(random: Random, many: int) -> list[Stored]:
    """People of any sort: some choices are common in this crowd, some are rare, some questions are not asked."""
    asked = [place for place in load().flow.questions if place.kind == "choice"]
    weights = {
        place.id: [random.random() ** random.choice([1, 4]) + 0.001 for _ in (*place.choices, None)] for place in asked
    }
    return [
        {
            place.id: random.choices([*(choice.id for choice in place.choices), None], weights[place.id])[0]
            for place in asked[: random.choice([5, 10])]
        }
        for _ in range(many)
    ]


def with_words(people: Iterable[Stored], words: Iterable[str]) -> list[Stored]:
    """The same people; as many of them as there are words say them, too."""
    given = list(people)
    for person, said in zip(given, words, strict=False):
        person["informed_why"] = said
    return given


def release(database: Database, people: list[Stored], random: Random | None = None, k: int = K) -> None:
    """All of them send, in batches of *k* and more; each batch is released."""
    left = list(people)
    while left:
        many = random.randint(k, 4 * k) if random else len(left)
        batch, left = left[:many], left[many:]
        with database.transaction() as tx:
            lock_campaign(tx, GENERAL)
            count_people(tx, GENERAL, len(batch))
            put_in(tx, GENERAL, [part for person in batch for part in _sealed(database, person)])
        release_due(database, k)


def _sealed(database: Database, person: Stored) -> list[Part]:
    run = Run("", "connection_test", 1, "en")
    return parts_of(database.cipher, run, person, marks_of(database.cipher, token_hex()))


def written(database: Database, to: Path, kind: str = "package", k: int = K) -> Path:
    """A download of this kind. The file."""
    write_download(database, GENERAL, k, kind, to, unwatched)
    return to


def unwatched(download: Download) -> Download:
    return download
