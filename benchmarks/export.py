"""What a download costs: time, and the most memory that its process takes.

    python -m benchmarks.export [RESPONSES] [package|xlsx|sav]

The rows are made with plain SQL. Beside it stands what sqlite3's own program takes to write the same rows, as they
are, as CSV. The first download of a release settles what it shows; the second only reads it.
"""

import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import UUID

import psutil  # type: ignore[import-untyped]  # its types are a package of their own

from flows.loader import load_walk
from storage.anonymity.periods import add_release
from storage.campaigns.repository import GENERAL_CAMPAIGN, find_campaign
from storage.db.database import open_database
from storage.db.encryption import Cipher

RESPONSE_COUNT = int(sys.argv[1]) if sys.argv[1:] else 1_000_000
EXPORT_FORMAT = sys.argv[2] if sys.argv[2:] else "package"
RESPONSES_PER_RELEASE = 1_000  # responses of a release
RELEASE_SIZE = 10
RESPONSES_PER_COMMENT = 10  # one in so many said something
INSERT_RESPONSE_SQL = "insert into released_responses (campaign, id, release, flow, version, language, answers, receipt_hash) values (?,?,?,?,?,?,?,?)"
INSERT_COMMENT_SQL = (
    "insert into comments (campaign, id, release, flow, language, question, text, state, receipt_hash)"
    " values (:campaign, :id, 1, 'connection_test', 'en', 'informed_why', :words, 'new', :receipt)"
)
SELECT_CSV_SQL = "select release, version, language, answers from released_responses order by campaign, id"


def generate_responses(random: Random, count: int) -> Iterator[tuple[object, ...]]:
    choices = {
        choice_question.id: [one.id for one in choice_question.choices]
        for choice_question in load_walk().flow.questions
        if choice_question.kind == "choice"
    }
    for number in range(count):
        answers = json.dumps({question: random.choice(choice_ids) for question, choice_ids in choices.items()})
        response_id = UUID(int=random.getrandbits(128)).hex
        yield (
            GENERAL_CAMPAIGN,
            response_id,
            1 + number // RESPONSES_PER_RELEASE,
            "connection_test",
            1,
            "en",
            answers,
            random.randbytes(32),
        )


def generate_comments(random: Random, cipher: Cipher) -> Iterator[dict[str, object]]:
    for number in range(RESPONSE_COUNT // RESPONSES_PER_COMMENT):
        ciphertext = cipher.seal(f"They rang back, and then a nurse came, number {number}.")
        comment_id = UUID(int=random.getrandbits(128)).hex
        yield {"campaign": GENERAL_CAMPAIGN, "id": comment_id, "words": ciphertext, "receipt": random.randbytes(32)}


def fill_database(file: Path) -> None:
    random, database = Random(7), open_database(f"sqlite:///{file}")
    release_count = -(-RESPONSE_COUNT // RESPONSES_PER_RELEASE)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executemany(INSERT_RESPONSE_SQL, generate_responses(random, RESPONSE_COUNT))
        connection.executemany(INSERT_COMMENT_SQL, generate_comments(random, database.cipher))
        connection.execute("update campaigns set release_count = ?", (release_count,))
    with database.transaction() as session:
        campaign = find_campaign(session, GENERAL_CAMPAIGN)
        for number in range(release_count):
            add_release(session, replace(campaign, release_count=number), RESPONSES_PER_RELEASE, RELEASE_SIZE)
    database.close()


def measure_process(*command: str, output_file: Path, **settings: str) -> str:
    """Seconds, and the most memory, of a process."""
    started_at, peak_bytes = time.perf_counter(), 0
    with output_file.open("wb") as output:
        process = psutil.Popen(command, stdout=output, env=os.environ | settings)
        while process.poll() is None:
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                peak_bytes = max(peak_bytes, process.memory_info().rss)
            time.sleep(0.01)
    assert process.returncode == 0
    return f"{time.perf_counter() - started_at:6.1f} s {peak_bytes / 1e6:6.0f} MB"


def main() -> None:
    with TemporaryDirectory() as name:
        folder, file = Path(name), Path(name) / "bot.db"
        fill_database(file)
        print(f"{RESPONSE_COUNT:,} responses, {file.stat().st_size / 1e6:.0f} MB on disk")
        export = [
            sys.executable,
            "-m",
            "bot",
            "export",
            "--campaign",
            GENERAL_CAMPAIGN,
            "--format",
            EXPORT_FORMAT,
            "--to",
        ]
        for number in ("first", "second"):
            target = folder / number
            cost = measure_process(*export, str(target), output_file=folder / "said", DATABASE_URL=f"sqlite:///{file}")
            print(f"{EXPORT_FORMAT}, {number:8} {cost} {target.stat().st_size / 1e6:6.1f} MB written")
        if shutil.which("sqlite3"):
            print(
                "sqlite3 -csv     ",
                measure_process("sqlite3", "-csv", str(file), SELECT_CSV_SQL, output_file=folder / "rows.csv"),
            )


if __name__ == "__main__":
    main()
