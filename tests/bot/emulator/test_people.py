"""What people do, and the updates that the bot gets."""

from typing import Any

import pytest

from bot.emulator import TelegramEmulator


def pending_updates(emulator: TelegramEmulator) -> list[dict[str, Any]]:
    return [pending.update for pending in emulator.updates.pending]


def test_a_typed_command_carries_its_entity(emulator: TelegramEmulator) -> None:
    message = emulator.type_text(1, "/start abc")
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert message["from"] == {"id": 1, "is_bot": False, "first_name": "Person 1", "language_code": "en"}


def test_an_edit_is_pushed_as_an_edited_message(emulator: TelegramEmulator) -> None:
    message = emulator.type_text(1, "one")
    emulator.edit_text(1, message["message_id"], "two")
    assert pending_updates(emulator)[-1]["edited_message"]["text"] == "two"
    assert [message["text"] for message in emulator.chats[1].messages.values()] == ["two"]


def test_only_own_typed_messages_can_be_edited(emulator: TelegramEmulator) -> None:
    sent = emulator.send_attachment(1, "voice")
    with pytest.raises(ValueError, match="own typed"):
        emulator.edit_text(1, sent["message_id"], "two")


def test_blocking_and_unblocking_is_pushed(emulator: TelegramEmulator) -> None:
    emulator.type_text(1, "/start")
    emulator.block_bot(1)
    with pytest.raises(ValueError, match="unblock it first"):
        emulator.type_text(1, "x")
    emulator.unblock_bot(1)
    changes = [update["my_chat_member"] for update in pending_updates(emulator)[1:]]
    assert [change["new_chat_member"]["status"] for change in changes] == ["kicked", "member"]


def test_the_bot_gets_only_messages_of_a_group_that_address_it(emulator: TelegramEmulator) -> None:
    emulator.add_bot_to_group(-5, user_id=1, title="Riverside Carers")
    message = emulator.type_text(-5, "hello all", user_id=2)
    for text in ("/help", "/help@connection_test_bot", "/help@other_bot", "ask @connection_test_bot", "x"):
        emulator.type_text(-5, text, user_id=2)
    texts = [update["message"].get("text") for update in pending_updates(emulator) if "message" in update]
    assert texts == [None, "/help", "/help@connection_test_bot", "ask @connection_test_bot"]
    assert (message["chat"]["title"], message["from"]["id"]) == ("Riverside Carers", 2)
    emulator.has_privacy_mode = False
    emulator.type_text(-5, "hello again", user_id=2)
    assert pending_updates(emulator)[-1]["message"]["text"] == "hello again"


def test_updates_carry_the_language_of_the_persons_app(emulator: TelegramEmulator) -> None:
    emulator.set_language(1, "cy")
    assert emulator.type_text(1, "x")["from"]["language_code"] == "cy"
