"""Whole chats, as a person could live them. With SQLite, the database is opened anew for every turn.

After words were changed on purpose: `python -m tests.chats.record`, then read the diff as the person would.
"""

from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from storage.db.database import open_database
from tests.chats.replay import reopen_every_turn, replay
from tests.support.postgresql import TEST_SECRET_KEY, create_migrated_database

CHATS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("chat", CHATS, ids=lambda chat: chat.stem)
def test_the_chat_goes_as_it_is_written(chat: Path, tmp_path: Path) -> None:
    written = chat.read_text("utf-8")
    assert replay(written, reopen_every_turn(f"sqlite:///{tmp_path / 'chat.db'}")) == written


@pytest.mark.parametrize("chat", CHATS, ids=lambda chat: chat.stem)
def test_the_chat_goes_the_same_way_on_postgresql(chat: Path) -> None:
    written = chat.read_text("utf-8")
    with create_migrated_database() as address, closing(open_database(address, TEST_SECRET_KEY)) as database:
        assert replay(written, lambda: nullcontext(database)) == written


def test_there_are_twenty_chats_and_each_says_what_it_is_about() -> None:
    assert len(CHATS) >= 20
    for chat in CHATS:
        assert chat.read_text("utf-8").startswith("# ")
