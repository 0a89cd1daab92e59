"""Old buttons, double taps and repeated updates: each counts once, and no message is sent twice."""

import pytest

from bot.emulator import TelegramEmulator
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot
from tests.support.walkers import Walker


def received_texts(phone: Phone) -> list[str]:
    return [phone.versions[number][0].text for number in phone.received_ids]


async def test_an_old_button_is_answered_with_an_alert_and_changes_nothing(bot: RunningBot, phone: Phone) -> None:
    walker = Walker(phone)
    prompt = await walker.walk_to("role")
    await walker.walk_to("informed")
    await bot.wait_for_delivery()
    received_before = len(phone.received_ids)
    answer = await phone.wait_for_answer(phone.tap_in(prompt, "Somebody else"))
    await bot.wait_for_delivery()
    assert answer.show_alert
    assert "newest message" in answer.text
    assert len(phone.received_ids) == received_before
    assert bot.fetch_rows("select choice from answers where question = 'role'") == [("family_carer",)]


async def test_a_tap_on_an_old_message_removes_its_buttons(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    walker = Walker(phone)
    prompt = await walker.walk_to("role")
    await walker.walk_to("informed")
    await bot.wait_for_delivery()
    phone.chat.put_message(prompt.raw)  # as if the edit had never arrived
    await phone.wait_for_answer(phone.tap_in(prompt, "Somebody else"))
    await bot.wait_for_delivery()
    assert phone.versions[prompt.id][-1].buttons == []
    assert emulator.refusals == []


@pytest.mark.usefixtures("bot")
async def test_unknown_callback_data_is_answered_with_an_alert(phone: Phone, emulator: TelegramEmulator) -> None:
    for data in ("", "nonsense", "a.b.c.d.e", "abcdefgh.1.role.answer.neighbour", "....", "x" * 64):
        answer = await phone.wait_for_answer(emulator.tap_button(7, 1, data))
        assert answer.show_alert
        assert "/start" in answer.text


async def test_a_double_tap_counts_once_without_an_alert(bot: RunningBot, phone: Phone) -> None:
    prompt = await Walker(phone).walk_to("role")
    received_before = len(phone.received_ids)
    first, second = phone.tap("Somebody else"), phone.tap_in(prompt, "Somebody else")
    answers = [await phone.wait_for_answer(first), await phone.wait_for_answer(second)]
    await bot.wait_for_delivery()
    assert [answer.text for answer in answers] == ["", ""]
    assert len(phone.received_ids) == received_before + 1
    assert phone.latest_bot_message.buttons
    assert bot.fetch_rows("select question, choice from answers") == [("role", "someone_else")]


async def test_of_two_buttons_tapped_at_once_the_first_counts(bot: RunningBot, phone: Phone) -> None:
    prompt = await Walker(phone).walk_to("role")
    first, second = phone.tap("Somebody else"), phone.tap_in(prompt, "I'm paid to help")
    assert (await phone.wait_for_answer(first)).text == ""
    assert (await phone.wait_for_answer(second)).show_alert
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select question, choice from answers") == [("role", "someone_else")]
    assert phone.latest_bot_message.buttons


async def test_a_repeated_update_is_processed_once(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> None:
    await Walker(phone).walk_to("informed_why")
    await bot.wait_for_delivery()
    emulator.type_text(7, "They rang back")
    typed = emulator.updates.pending[-1].update
    await bot.wait_for_intake()
    emulator.updates.push_raw(dict(typed))
    emulator.updates.push_raw(dict(typed))
    await bot.wait_for_delivery()
    assert received_texts(phone)[-1].startswith("2 of 3.")
    assert len([make_message for make_message in received_texts(phone) if make_message.startswith("2 of 3.")]) == 1
    assert bot.fetch_rows("select step from runs") == [("confident",)]


async def test_a_tap_that_the_app_repeats_counts_once(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    prompt = await Walker(phone).walk_to("role")
    phone.tap("Somebody else")
    tap = emulator.updates.pending[-1].update["callback_query"]
    await bot.wait_for_delivery()
    received_before = list(phone.received_ids)
    emulator.updates.push("callback_query", {**tap, "id": emulator.callback_queries.create(7, prompt.id)})
    await bot.wait_for_delivery()
    assert phone.received_ids == received_before
    assert phone.alerts == []
    assert phone.latest_bot_message.buttons


async def test_a_repeated_batch_changes_nothing(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the commit and before the confirmation, the bot gets up to 100 updates of one chat again."""
    monkeypatch.setattr(
        "bot.intake.rate_limit.MAX_BURST_UPDATES", 1000
    )  # an update dropped by the rate limit would count when it is repeated
    await Walker(phone).walk_to("informed_why")
    await bot.wait_for_delivery()
    batch = [{"update_id": emulator.updates.next_id + n, "message": make_message(phone, n)} for n in range(100)]
    outcomes = []
    for _ in range(2):
        for update in batch:
            emulator.updates.push_raw(dict(update))
        await bot.wait_for_delivery()
        outcomes.append((len(phone.received_ids), bot.fetch_rows("select step, prompt from runs")))
    assert outcomes[0] == outcomes[1]


def make_message(phone: Phone, number: int) -> dict[str, object]:
    return {
        "message_id": 900_000 + number,
        "date": 1,
        "chat": phone.chat.as_json(),
        "from": phone.chat.user_json(),
        "text": f"words {number}",
    }
