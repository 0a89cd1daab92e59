"""What people do, and what the bot hears of it."""

from typing import Any

import pytest

from bot.emulator import TelegramEmulator


def heard(emulator: TelegramEmulator) -> list[dict[str, Any]]:
    return [waiting.update for waiting in emulator.updates.pending]


def test_a_typed_command_carries_its_entity(emulator: TelegramEmulator) -> None:
    message = emulator.type_text(1, "/start abc")
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert message["from"] == {"id": 1, "is_bot": False, "first_name": "Person 1", "language_code": "en"}


def test_an_edit_is_heard_as_one(emulator: TelegramEmulator) -> None:
    message = emulator.type_text(1, "one")
    emulator.edit_text(1, message["message_id"], "two")
    assert heard(emulator)[-1]["edited_message"]["text"] == "two"
    assert [each["text"] for each in emulator.chats[1].messages.values()] == ["two"]


def test_only_own_words_can_be_edited(emulator: TelegramEmulator) -> None:
    sent = emulator.send_attachment(1, "voice")
    with pytest.raises(ValueError, match="own typed"):
        emulator.edit_text(1, sent["message_id"], "two")


def test_blocking_and_unblocking_is_heard(emulator: TelegramEmulator) -> None:
    emulator.type_text(1, "/start")
    emulator.block_bot(1)
    with pytest.raises(ValueError, match="unblock it first"):
        emulator.type_text(1, "x")
    emulator.unblock_bot(1)
    changes = [update["my_chat_member"] for update in heard(emulator)[1:]]
    assert [change["new_chat_member"]["status"] for change in changes] == ["kicked", "member"]


def test_in_a_group_the_bot_hears_what_is_meant_for_it(emulator: TelegramEmulator) -> None:
    emulator.add_bot_to_group(-5, user_id=1, title="Riverside Carers")
    said = emulator.type_text(-5, "hello all", user_id=2)
    for text in ("/help", "/help@connection_test_bot", "/help@other_bot", "ask @connection_test_bot", "x"):
        emulator.type_text(-5, text, user_id=2)
    texts = [update["message"].get("text") for update in heard(emulator) if "message" in update]
    assert texts == [None, "/help", "/help@connection_test_bot", "ask @connection_test_bot"]
    assert (said["chat"]["title"], said["from"]["id"]) == ("Riverside Carers", 2)
    emulator.has_privacy_mode = False
    emulator.type_text(-5, "hello again", user_id=2)
    assert heard(emulator)[-1]["message"]["text"] == "hello again"


def test_the_language_of_the_app_is_told_to_the_bot(emulator: TelegramEmulator) -> None:
    emulator.set_language(1, "cy")
    assert emulator.type_text(1, "x")["from"]["language_code"] == "cy"
