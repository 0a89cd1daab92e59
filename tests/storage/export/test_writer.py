"""What an export reads from the database, and which libraries its process loads."""

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

PAGE_BYTES = 4096  # SQLite's default
RESPONSE_COUNT = 1_200  # more than one batch


def test_the_export_process_loads_no_heavy_library() -> None:
    """Its memory comes on top of the bot's."""
    heavy = {"telegram", "aiohttp", "PIL", "alembic", "structlog", "rich", "typer", "pydantic_settings", "pandas"}
    program = f"import sys, bot.delivery.export_process; print([one for one in {heavy} if one in sys.modules])"
    completed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert completed.stdout == "[]\n"


def test_a_damaged_page_found_while_reading_is_an_outage(sqlite_database: Database, tmp_path: Path) -> None:
    release_answers(sqlite_database, make_random_answers(Random(1), RESPONSE_COUNT))
    found: list[object] = []
    query = select(released_responses.c.id, released_responses.c.answers).order_by(
        released_responses.c.campaign, released_responses.c.id
    )
    with sqlite_database.snapshot() as session:
        *_, rows = fetch_batches(session, query)
    sqlite_database.engine.dispose()
    damage_page(tmp_path / "bot.db", f"{rows[-1][0]}connection_test".encode())
    with pytest.raises(StorageUnavailableError), sqlite_database.snapshot() as session:
        deque(map(found.append, fetch_batches(session, query)))
    assert found, "the first batches were read"


def damage_page(file: Path, content: bytes) -> None:
    """Overwrites the page that contains these bytes."""
    page_start = file.read_bytes().index(content) // PAGE_BYTES * PAGE_BYTES
    with file.open("r+b") as raw:
        raw.seek(page_start)
        raw.write(b"x" * PAGE_BYTES)
