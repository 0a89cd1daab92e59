"""What a download reads, and what reading takes."""

import subprocess
import sys
from collections import deque
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from storage.anonymity.schema import released_responses
from storage.db.database import Database
from storage.db.statements import fetch_batches
from storage.errors import StorageUnavailableError
from tests.support.random_responses import make_random_answers, release_answers

PAGE = 4096  # bytes, SQLite's own
PEOPLE = 1_200  # more than are read at a time


def test_the_process_that_writes_downloads_brings_no_more_than_it_needs() -> None:
    """It takes its memory beside the bot's."""
    heavy = {"telegram", "aiohttp", "PIL", "alembic", "structlog", "rich", "typer", "pydantic_settings", "pandas"}
    program = f"import sys, bot.delivery.export_process; print([one for one in {heavy} if one in sys.modules])"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


def test_a_file_that_is_damaged_further_on_is_a_database_that_is_away(
    sqlite_database: Database, tmp_path: Path
) -> None:
    release_answers(sqlite_database, make_random_answers(Random(1), PEOPLE))
    found: list[object] = []
    wanted = select(released_responses.c.id, released_responses.c.answers).order_by(
        released_responses.c.campaign, released_responses.c.id
    )
    with sqlite_database.snapshot() as session:
        *_, rows = fetch_batches(session, wanted)
    sqlite_database.engine.dispose()
    spoil(tmp_path / "bot.db", f"{rows[-1][0]}connection_test".encode())
    with pytest.raises(StorageUnavailableError), sqlite_database.snapshot() as session:
        deque(map(found.append, fetch_batches(session, wanted)))
    assert found, "it was begun"


def spoil(file: Path, where: bytes) -> None:
    """Overwrites the page in which this stands."""
    begin = file.read_bytes().index(where) // PAGE * PAGE
    with file.open("r+b") as raw:
        raw.seek(begin)
        raw.write(b"x" * PAGE)
