"""The `Phone` of tests/support, on which many other tests rely."""

import asyncio

import pytest

from bot.emulator import TelegramEmulator
from tests.support.emulator_client import EmulatorClient
from tests.support.phone import Phone

YES_NO = {"inline_keyboard": [[{"text": "Yes, please", "callback_data": "y"}], [{"text": "No", "callback_data": "n"}]]}


@pytest.fixture
def phone(emulator: TelegramEmulator) -> Phone:
    phone = Phone(emulator, 4, language="cy")
    phone.type_text("/start")
    return phone


async def test_it_receives_the_messages_after_its_last_action(emulator_client: EmulatorClient, phone: Phone) -> None:
    await emulator_client.call_for_result("sendMessage", chat_id=4, text="one")
    await emulator_client.call_for_result("sendMessage", chat_id=4, text="two")
    assert [(await phone.receive()).text, (await phone.receive()).text] == ["one", "two"]
    phone.type_text("again")
    receiving = asyncio.create_task(phone.receive())
    await emulator_client.call_for_result("sendMessage", chat_id=4, text="three")
    assert (await receiving).text == "three"


async def test_a_timeout_shows_the_chat_so_far(phone: Phone) -> None:
    with pytest.raises(AssertionError, match=r"nothing within 0.01 s. The chat:\nme: /start"):
        await phone.receive(timeout_seconds=0.01)


async def test_buttons_are_found_by_part_of_their_label(
    emulator_client: EmulatorClient, phone: Phone, emulator: TelegramEmulator
) -> None:
    await emulator_client.call_for_result("sendMessage", chat_id=4, text="Well?", reply_markup=YES_NO)
    phone.tap("please")
    assert emulator.updates.pending[-1].update["callback_query"]["data"] == "y"
    with pytest.raises(LookupError, match="0 buttons match 'Maybe' among \\['Yes, please', 'No'\\]"):
        phone.tap("Maybe")
    assert phone.format_transcript() == "me: /start\nbot: Well?\n     [Yes, please]\n     [No]"


async def test_a_removed_button_can_still_be_tapped(
    emulator_client: EmulatorClient, phone: Phone, emulator: TelegramEmulator
) -> None:
    await emulator_client.call_for_result("sendMessage", chat_id=4, text="Well?", reply_markup=YES_NO)
    prompt = await phone.receive()
    await emulator_client.call_for_result("editMessageText", chat_id=4, message_id=prompt.id, text="Well? No.")
    assert phone.current_buttons() == []
    assert [version.text for version in phone.versions[prompt.id]] == ["Well?", "Well? No."]
    tap = phone.tap_in(phone.latest_bot_message, "Yes")
    assert emulator.updates.pending[-1].update["callback_query"]["id"] == tap
    await emulator_client.call_for_result("deleteMessage", chat_id=4, message_id=prompt.id)
    phone.tap_in(prompt, "Yes")
    assert emulator.updates.pending[-1].update["callback_query"]["message"]["date"] == 0
    with pytest.raises(LookupError, match="never had a button"):
        phone.tap_in(prompt, "Maybe")


async def test_answers_are_alerts_or_toasts(emulator_client: EmulatorClient, phone: Phone) -> None:
    await emulator_client.call_for_result("sendMessage", chat_id=4, text="Well?", reply_markup=YES_NO)
    first, second, third = phone.tap("No"), phone.tap("No"), phone.tap("No")
    await emulator_client.call_for_result(
        "answerCallbackQuery", callback_query_id=first, text="Careful", show_alert=True
    )
    await emulator_client.call_for_result("answerCallbackQuery", callback_query_id=second, text="Saved")
    await emulator_client.call_for_result("answerCallbackQuery", callback_query_id=third)
    assert (await phone.wait_for_answer(third)).text == ""
    assert (phone.alerts, phone.toasts) == (["Careful"], ["Saved"])


async def test_each_phone_has_its_own_chat_and_language(
    emulator_client: EmulatorClient, phone: Phone, emulator: TelegramEmulator
) -> None:
    other = Phone(emulator, 5)
    other.type_text("/start")
    await emulator_client.call_for_result("sendMessage", chat_id=5, text="for five")
    assert other.latest_bot_message.text == "for five"
    assert [message.text for message in phone.messages] == ["/start"]
    senders = [pending.update["message"]["from"]["language_code"] for pending in emulator.updates.pending]
    assert senders == ["cy", "en"]
