"""The pretend phone itself: other tests lean on it."""

import asyncio

import pytest

from bot.emulator import Lookalike
from tests.support.emulator_client import Api
from tests.support.phone import Phone

YES_NO = {"inline_keyboard": [[{"text": "Yes, please", "callback_data": "y"}], [{"text": "No", "callback_data": "n"}]]}


@pytest.fixture
def phone(lookalike: Lookalike) -> Phone:
    made = Phone(lookalike, 4, language="cy")
    made.type("/start")
    return made


async def test_it_hears_what_comes_after_its_last_action(api: Api, phone: Phone) -> None:
    await api.result("sendMessage", chat_id=4, text="one")
    await api.result("sendMessage", chat_id=4, text="two")
    assert [(await phone.hears()).text, (await phone.hears()).text] == ["one", "two"]
    phone.type("again")
    hearing = asyncio.create_task(phone.hears())
    await api.result("sendMessage", chat_id=4, text="three")
    assert (await hearing).text == "three"


async def test_silence_is_told_with_the_chat_so_far(phone: Phone) -> None:
    with pytest.raises(AssertionError, match=r"not within 0.01 s. The chat:\nme: /start"):
        await phone.hears(timeout=0.01)


async def test_buttons_are_found_by_a_part_of_their_label(api: Api, phone: Phone, lookalike: Lookalike) -> None:
    await api.result("sendMessage", chat_id=4, text="Well?", reply_markup=YES_NO)
    phone.tap("please")
    assert lookalike.updates.waiting[-1].update["callback_query"]["data"] == "y"
    with pytest.raises(LookupError, match="0 buttons say 'Maybe', there are: \\['Yes, please', 'No'\\]"):
        phone.tap("Maybe")
    assert phone.transcript() == "me: /start\nbot: Well?\n     [Yes, please]\n     [No]"


async def test_a_button_that_is_gone_can_still_be_tapped(api: Api, phone: Phone, lookalike: Lookalike) -> None:
    await api.result("sendMessage", chat_id=4, text="Well?", reply_markup=YES_NO)
    asked = await phone.hears()
    await api.result("editMessageText", chat_id=4, message_id=asked.id, text="Well? No.")
    assert phone.buttons() == []
    assert [version.text for version in phone.versions[asked.id]] == ["Well?", "Well? No."]
    tap = phone.tap_on(phone.shown, "Yes")
    assert lookalike.updates.waiting[-1].update["callback_query"]["id"] == tap
    await api.result("deleteMessage", chat_id=4, message_id=asked.id)
    phone.tap_on(asked, "Yes")
    assert lookalike.updates.waiting[-1].update["callback_query"]["message"]["date"] == 0
    with pytest.raises(LookupError, match="never had a button"):
        phone.tap_on(asked, "Maybe")


async def test_answers_are_alerts_or_toasts(api: Api, phone: Phone) -> None:
    await api.result("sendMessage", chat_id=4, text="Well?", reply_markup=YES_NO)
    first, second, third = phone.tap("No"), phone.tap("No"), phone.tap("No")
    await api.result("answerCallbackQuery", callback_query_id=first, text="Careful", show_alert=True)
    await api.result("answerCallbackQuery", callback_query_id=second, text="Saved")
    await api.result("answerCallbackQuery", callback_query_id=third)
    assert (await phone.answered(third)).text == ""
    assert (phone.alerts, phone.toasts) == (["Careful"], ["Saved"])


async def test_each_phone_has_its_own_chat_and_language(api: Api, phone: Phone, lookalike: Lookalike) -> None:
    other = Phone(lookalike, 5)
    other.type("/start")
    await api.result("sendMessage", chat_id=5, text="for five")
    assert other.shown.text == "for five"
    assert [message.text for message in phone.messages] == ["/start"]
    senders = [waiting.update["message"]["from"]["language_code"] for waiting in lookalike.updates.waiting]
    assert senders == ["cy", "en"]
