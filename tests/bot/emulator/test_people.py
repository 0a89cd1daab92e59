"""What people do, and what the bot hears of it."""

from typing import Any

import pytest

from bot.emulator import Lookalike


def heard(lookalike: Lookalike) -> list[dict[str, Any]]:
    return [waiting.update for waiting in lookalike.updates.waiting]


def test_a_typed_command_carries_its_entity(lookalike: Lookalike) -> None:
    message = lookalike.types(1, "/start abc")
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert message["from"] == {"id": 1, "is_bot": False, "first_name": "Person 1", "language_code": "en"}


def test_an_edit_is_heard_as_one(lookalike: Lookalike) -> None:
    message = lookalike.types(1, "one")
    lookalike.edits(1, message["message_id"], "two")
    assert heard(lookalike)[-1]["edited_message"]["text"] == "two"
    assert [each["text"] for each in lookalike.chats[1].messages.values()] == ["two"]


def test_only_own_words_can_be_edited(lookalike: Lookalike) -> None:
    sent = lookalike.sends(1, "voice")
    with pytest.raises(ValueError, match="own typed"):
        lookalike.edits(1, sent["message_id"], "two")


def test_blocking_and_unblocking_is_heard(lookalike: Lookalike) -> None:
    lookalike.types(1, "/start")
    lookalike.blocks(1)
    with pytest.raises(ValueError, match="unblock it first"):
        lookalike.types(1, "x")
    lookalike.unblocks(1)
    changes = [update["my_chat_member"] for update in heard(lookalike)[1:]]
    assert [change["new_chat_member"]["status"] for change in changes] == ["kicked", "member"]


def test_in_a_group_the_bot_hears_what_is_meant_for_it(lookalike: Lookalike) -> None:
    lookalike.adds_to_group(-5, by=1, title="Riverside Carers")
    said = lookalike.types(-5, "hello all", by=2)
    for text in ("/help", "/help@connection_test_bot", "/help@other_bot", "ask @connection_test_bot", "x"):
        lookalike.types(-5, text, by=2)
    texts = [update["message"].get("text") for update in heard(lookalike) if "message" in update]
    assert texts == [None, "/help", "/help@connection_test_bot", "ask @connection_test_bot"]
    assert (said["chat"]["title"], said["from"]["id"]) == ("Riverside Carers", 2)
    lookalike.privacy = False
    lookalike.types(-5, "hello again", by=2)
    assert heard(lookalike)[-1]["message"]["text"] == "hello again"


def test_the_language_of_the_app_is_told_to_the_bot(lookalike: Lookalike) -> None:
    lookalike.speaks(1, "cy")
    assert lookalike.types(1, "x")["from"]["language_code"] == "cy"
