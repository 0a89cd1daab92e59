"""Crowds that answer at random, and are released: through the real envelope and the real mixing."""

from collections.abc import Iterable
from pathlib import Path
from random import Random
from secrets import token_hex

from flows.loader import load_walk
from flows.models import Run
from storage.anonymity.releases import release_due_responses
from storage.anonymity.sealing import ResponsePart, add_to_inbox, build_parts, hash_receipt
from storage.campaigns.repository import GENERAL_CAMPAIGN, add_participants, lock_campaign
from storage.db.database import Database
from storage.export.tables import CampaignExport
from storage.export.writer import ExportRequest, write_export_file

RELEASE_SIZE = 5
StoredAnswers = dict[str, str | None]
HOSTILE_TEXTS = [
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


def make_random_answers(random: Random, count: int) -> list[StoredAnswers]:
    """People of any sort: some choices are common in this crowd, some are rare, some questions are not asked."""
    questions = [place for place in load_walk().flow.questions if place.kind == "choice"]
    weights = {
        place.id: [random.random() ** random.choice([1, 4]) + 0.001 for _ in (*place.choices, None)]
        for place in questions
    }
    return [
        {
            place.id: random.choices([*(choice.id for choice in place.choices), None], weights[place.id])[0]
            for place in questions[: random.choice([5, 10])]
        }
        for _ in range(count)
    ]


def add_comments(answers: Iterable[StoredAnswers], comments: Iterable[str]) -> list[StoredAnswers]:
    """The same people; as many of them as there are words say them, too."""
    commented = list(answers)
    for person, said in zip(commented, comments, strict=False):
        person["informed_why"] = said
    return commented


def release_answers(
    database: Database, answers: list[StoredAnswers], random: Random | None = None, release_size: int = RELEASE_SIZE
) -> None:
    """All of them send, in batches of *k* and more; each batch is released."""
    remaining = list(answers)
    while remaining:
        batch_size = random.randint(release_size, 4 * release_size) if random else len(remaining)
        batch, remaining = remaining[:batch_size], remaining[batch_size:]
        with database.transaction() as session:
            lock_campaign(session, GENERAL_CAMPAIGN)
            add_participants(session, GENERAL_CAMPAIGN, len(batch))
            add_to_inbox(
                session, GENERAL_CAMPAIGN, [part for person in batch for part in _seal_answers(database, person)]
            )
        release_due_responses(database, release_size)


def _seal_answers(database: Database, person: StoredAnswers) -> list[ResponsePart]:
    run = Run("", "connection_test", 1, "en")
    return build_parts(database.cipher, run, person, hash_receipt(database.cipher, token_hex()))


def write_export(database: Database, file: Path, kind: str = "package", release_size: int = RELEASE_SIZE) -> Path:
    """A download of this kind. The file."""
    write_export_file(database, ExportRequest(GENERAL_CAMPAIGN, release_size, kind, file), ignore_progress)
    return file


def ignore_progress(download: CampaignExport) -> CampaignExport:
    return download
