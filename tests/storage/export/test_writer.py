"""What a download reads, and what reading takes."""

import subprocess
import sys
from collections import deque
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from storage.anonymity.schema import released
from storage.db.database import Database
from storage.db.statements import in_blocks
from storage.errors import StorageAway
from tests.support.random_responses import crowd, release

PAGE = 4096  # bytes, SQLite's own
PEOPLE = 1_200  # more than are read at a time


def test_the_process_that_writes_downloads_brings_no_more_than_it_needs() -> None:
    """It takes its memory beside the bot's."""
    heavy = {"telegram", "aiohttp", "PIL", "alembic", "structlog", "rich", "typer", "pydantic_settings", "pandas"}
    program = f"import sys, bot.packer; print([one for one in {heavy} if one in sys.modules])"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


def test_a_file_that_is_damaged_further_on_is_a_database_that_is_away(on_file: Database, tmp_path: Path) -> None:
    release(on_file, crowd(Random(1), PEOPLE))
    found: list[object] = []
    wanted = select(released.c.id, released.c.answers).order_by(released.c.campaign, released.c.id)
    with on_file.snapshot() as tx:
        *_, rows = in_blocks(tx, wanted)
    on_file.engine.dispose()
    spoil(tmp_path / "bot.db", f"{rows[-1][0]}connection_test".encode())
    with pytest.raises(StorageAway), on_file.snapshot() as tx:
        deque(map(found.append, in_blocks(tx, wanted)))
    assert found, "it was begun"


def spoil(file: Path, where: bytes) -> None:
    """Overwrites the page in which this stands."""
    begin = file.read_bytes().index(where) // PAGE * PAGE
    with file.open("r+b") as raw:
        raw.seek(begin)
        raw.write(b"x" * PAGE)
