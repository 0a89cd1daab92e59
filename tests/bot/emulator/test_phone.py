"""The pretend phone itself: other tests lean on it."""

import asyncio

import pytest

from bot.emulator import TelegramEmulator
from tests.support.emulator_client import EmulatorClient
from tests.support.phone import Phone

YES_NO = {"inline_keyboard": [[{"text": "Yes, please", "callback_data": "y"}], [{"text": "No", "callback_data": "n"}]]}


@pytest.fixture
def phone(emulator: TelegramEmulator) -> Phone:
    made = Phone(emulator, 4, language="cy")
    made.type_text("/start")
    return made


async def test_it_hears_what_comes_after_its_last_action(emulator_client: EmulatorClient, phone: Phone) -> None:
    await emulator_client.call_for_result("sendMessage", chat_id=4, text="one")
    await emulator_client.call_for_result("sendMessage", chat_id=4, text="two")
    assert [(await phone.receive()).text, (await phone.receive()).text] == ["one", "two"]
    phone.type_text("again")
    hearing = asyncio.create_task(phone.receive())
    await emulator_client.call_for_result("sendMessage", chat_id=4, text="three")
    assert (await hearing).text == "three"


async def test_silence_is_told_with_the_chat_so_far(phone: Phone) -> None:
    with pytest.raises(AssertionError, match=r"not within 0.01 s. The chat:\nme: /start"):
        await phone.receive(timeout=0.01)


async def test_buttons_are_found_by_a_part_of_their_label(
    emulator_client: EmulatorClient, phone: Phone, emulator: TelegramEmulator
) -> None:
    await emulator_client.call_for_result("sendMessage", chat_id=4, text="Well?", reply_markup=YES_NO)
    phone.tap("please")
    assert emulator.updates.pending[-1].update["callback_query"]["data"] == "y"
    with pytest.raises(LookupError, match="0 buttons say 'Maybe', there are: \\['Yes, please', 'No'\\]"):
        phone.tap("Maybe")
    assert phone.format_transcript() == "me: /start\nbot: Well?\n     [Yes, please]\n     [No]"


async def test_a_button_that_is_gone_can_still_be_tapped(
    emulator_client: EmulatorClient, phone: Phone, emulator: TelegramEmulator
) -> None:
    await emulator_client.call_for_result("sendMessage", chat_id=4, text="Well?", reply_markup=YES_NO)
    asked = await phone.receive()
    await emulator_client.call_for_result("editMessageText", chat_id=4, message_id=asked.id, text="Well? No.")
    assert phone.current_buttons() == []
    assert [version.text for version in phone.versions[asked.id]] == ["Well?", "Well? No."]
    tap = phone.tap_in(phone.latest_bot_message, "Yes")
    assert emulator.updates.pending[-1].update["callback_query"]["id"] == tap
    await emulator_client.call_for_result("deleteMessage", chat_id=4, message_id=asked.id)
    phone.tap_in(asked, "Yes")
    assert emulator.updates.pending[-1].update["callback_query"]["message"]["date"] == 0
    with pytest.raises(LookupError, match="never had a button"):
        phone.tap_in(asked, "Maybe")


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
    senders = [waiting.update["message"]["from"]["language_code"] for waiting in emulator.updates.pending]
    assert senders == ["cy", "en"]
