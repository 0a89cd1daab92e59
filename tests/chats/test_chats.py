"""Whole chats as recorded in text files. With SQLite, the database is opened again for every turn.

After texts were changed on purpose: `python -m tests.chats.record`, then read the diff as the person would.
"""

from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from storage.db.database import open_database
from tests.chats.replay import reopen_every_turn, replay
from tests.support.postgresql import TEST_SECRET_KEY, create_migrated_database

CHATS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("chat", CHATS, ids=lambda chat: chat.stem)
def test_a_recorded_chat_replays_identically_on_sqlite(chat: Path, tmp_path: Path) -> None:
    recorded = chat.read_text("utf-8")
    assert replay(recorded, reopen_every_turn(f"sqlite:///{tmp_path / 'chat.db'}")) == recorded


@pytest.mark.parametrize("chat", CHATS, ids=lambda chat: chat.stem)
def test_a_recorded_chat_replays_identically_on_postgresql(chat: Path) -> None:
    recorded = chat.read_text("utf-8")
    with create_migrated_database() as address, closing(open_database(address, TEST_SECRET_KEY)) as database:
        assert replay(recorded, lambda: nullcontext(database)) == recorded


def test_there_are_at_least_twenty_chats_with_a_heading() -> None:
    assert len(CHATS) >= 20
    for chat in CHATS:
        assert chat.read_text("utf-8").startswith("# ")
