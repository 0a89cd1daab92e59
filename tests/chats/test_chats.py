"""Whole chats, as a person could live them. The database is opened anew for every turn.

After words were changed on purpose: `python -m tests.chats.record`, then read the diff as the person would.
"""

from pathlib import Path

import pytest

from tests.chats.replaying import replay

CHATS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("chat", CHATS, ids=lambda chat: chat.stem)
def test_the_chat_goes_as_it_is_written(chat: Path, tmp_path: Path) -> None:
    written = chat.read_text("utf-8")
    assert replay(written, tmp_path / "chat.db") == written


def test_there_are_twenty_chats_and_each_says_what_it_is_about() -> None:
    assert len(CHATS) >= 20
    for chat in CHATS:
        assert chat.read_text("utf-8").startswith("# ")
