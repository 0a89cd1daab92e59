"""A coordinator's actions in the chat."""

from tests.support.phone import Phone, PhoneMessage
from tests.support.running_bot import RunningBot
from tests.support.walkers import get_step, tap_last_button

COORDINATOR_ID, COLLEAGUE_ID, STRANGER_ID = 7, 70, 71


LEAVE_LABEL = "Stop being a coordinator"


OUTDATED_BUTTON_TEXT = "That button is from an earlier time. To begin again, press /start."


async def perform(phone: Phone, *actions: str) -> PhoneMessage:
    """Presses what is a button just now, types what is none; gives the last thing heard."""
    for action in actions:
        if action in phone.current_buttons():
            tap_last_button(phone, phone.latest_prompt, action)
        else:
            phone.type_text(action)
        await phone.receive()
    return phone.latest_bot_message


async def open_campaign_in_chat(phone: Phone, about: str = "The <Willow>", *, has_started: bool = False) -> str:
    """Opens a campaign from the menu; its code."""
    if not has_started:
        await perform(phone, "/coordinator", "Open a campaign")
    check = await perform(phone, "Let's start", about, "Carers & friends", "A page", "In 4 weeks", "Skip", "8 weeks")
    assert get_step(check) == "check"
    return extract_start_code(await perform(phone, "Open the campaign"))


def extract_start_code(message: PhoneMessage) -> str:
    """What follows `start=` in the link of this message."""
    [line] = [line for line in message.text.splitlines() if line.startswith("https://t.me/connection_test_bot?start=")]
    return line.partition("start=")[2]


async def invite_in_chat(phone: Phone, whom: str = "A colleague: the same campaigns") -> str:
    return extract_start_code(await perform(phone, "/coordinator", "Invite somebody", whom))


def fetch_campaign_codes(bot: RunningBot) -> list[tuple[object, ...]]:
    return bot.fetch_rows("select code, is_closed from campaigns where code <> 'general'")


async def tap_forged_button(phone: Phone, data: str) -> str:
    """Presses a button with these data, as somebody may who writes their own app."""
    phone.skip_received()
    tap = phone.emulator.tap_button(phone.chat_id, 1, data)
    answer = await phone.wait_for_answer(tap)
    assert answer.show_alert
    return answer.text
