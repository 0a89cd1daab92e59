"""Measures what an export costs: time, and the peak memory of its process.

    python -m benchmarks.export [RESPONSES] [package|xlsx|sav]

The rows are created with plain SQL. For comparison, sqlite3's own program writes the same rows as CSV, unchanged. The
first export of a release plans what it shows; the second only reads the plan.
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

import psutil  # type: ignore[import-untyped]  # its types are a separate package

from flows.loader import load_walk
from storage.anonymity.periods import add_release
from storage.campaigns.repository import GENERAL_CAMPAIGN, find_campaign
from storage.db.database import open_database
from storage.db.encryption import Cipher

DEFAULT_RESPONSES = 1_000_000
RESPONSES_PER_RELEASE = 1_000
RELEASE_SIZE = 10
RESPONSES_PER_COMMENT = 10
INSERT_RESPONSE_SQL = (
    "insert into released_responses (campaign, id, release, flow, version, language, answers, receipt_hash)"
    " values (:campaign, :id, :release, 'connection_test', 1, 'en', :answers, :receipt)"
)
INSERT_COMMENT_SQL = (
    "insert into comments (campaign, id, release, flow, language, question, text, state, redacted_words, receipt_hash)"
    " values (:campaign, :id, 1, 'connection_test', 'en', 'informed_why', :text, 'new', '[]', :receipt)"
)
SELECT_CSV_SQL = "select release, version, language, answers from released_responses order by campaign, id"


def generate_responses(random: Random, count: int) -> Iterator[dict[str, object]]:
    choice_ids = {
        question.id: [choice.id for choice in question.choices]
        for question in load_walk().flow.questions
        if question.kind == "choice"
    }
    for number in range(count):
        answers = {question: random.choice(ids) for question, ids in choice_ids.items()}
        yield _generate_row(random) | {
            "release": 1 + number // RESPONSES_PER_RELEASE,
            "answers": json.dumps(answers),
        }


def generate_comments(random: Random, cipher: Cipher, count: int) -> Iterator[dict[str, object]]:
    for number in range(count):
        yield _generate_row(random) | {"text": cipher.seal(f"They rang back, and then a nurse came, number {number}.")}


def _generate_row(random: Random) -> dict[str, object]:
    row_id, receipt_hash = UUID(int=random.getrandbits(128)).hex, random.randbytes(32)
    return {"campaign": GENERAL_CAMPAIGN, "id": row_id, "receipt": receipt_hash}


def fill_database(file: Path, response_count: int) -> None:
    random, database = Random(7), open_database(f"sqlite:///{file}")
    release_count = -(-response_count // RESPONSES_PER_RELEASE)
    comments = generate_comments(random, database.cipher, response_count // RESPONSES_PER_COMMENT)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executemany(INSERT_RESPONSE_SQL, generate_responses(random, response_count))
        connection.executemany(INSERT_COMMENT_SQL, comments)
        connection.execute("update campaigns set release_count = ?", (release_count,))
    with database.transaction() as session:
        campaign = find_campaign(session, GENERAL_CAMPAIGN)
        for number in range(release_count):
            add_release(session, replace(campaign, release_count=number), RESPONSES_PER_RELEASE, RELEASE_SIZE)
    database.close()


def measure_process(command: list[str], output_file: Path, **settings: str) -> str:
    """Runs a process to its end; returns its time and peak memory as text."""
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
    response_count = int(sys.argv[1]) if sys.argv[1:] else DEFAULT_RESPONSES
    file_format = sys.argv[2] if sys.argv[2:] else "package"
    with TemporaryDirectory() as name:
        folder, file = Path(name), Path(name) / "bot.db"
        fill_database(file, response_count)
        print(f"{response_count:,} responses, {file.stat().st_size / 1e6:.0f} MB on disk")
        command = [sys.executable, "-m", "bot", "export", "--campaign", GENERAL_CAMPAIGN, "--format", file_format]
        for number in ("first", "second"):
            target = folder / number
            export = [*command, "--to", str(target)]
            cost = measure_process(export, folder / "output", DATABASE_URL=f"sqlite:///{file}")
            print(f"{file_format}, {number:8} {cost} {target.stat().st_size / 1e6:6.1f} MB written")
        if shutil.which("sqlite3"):
            csv_command = ["sqlite3", "-csv", str(file), SELECT_CSV_SQL]
            print("sqlite3 -csv     ", measure_process(csv_command, folder / "rows.csv"))


if __name__ == "__main__":
    main()
