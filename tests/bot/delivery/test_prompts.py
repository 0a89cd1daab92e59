"""Prompts: an answered question keeps its text and shows the answer; the next one comes below."""

from bot.emulator import TelegramEmulator
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot
from tests.support.stored_responses import load_choices
from tests.support.walkers import Walker


async def test_an_answered_question_keeps_its_text_and_shows_the_choice(bot: RunningBot, phone: Phone) -> None:
    question = await Walker(phone).walk_to("role")
    phone.tap("I'm a neighbour or volunteer")
    following = await phone.receive()
    await bot.wait_for_delivery()
    answered = phone.versions[question.id][-1]
    assert answered.text == f"{question.text}\n\n✓ I'm a neighbour or volunteer"
    assert answered.buttons == []
    assert following.id == phone.messages[-1].id
    assert following.id > question.id
    assert phone.callback_answers


async def test_a_skipped_question_is_marked_as_skipped(bot: RunningBot, phone: Phone) -> None:
    question = await Walker(phone).walk_to("role")
    phone.tap("Skip")
    await phone.receive()
    await bot.wait_for_delivery()
    assert phone.versions[question.id][-1].text == f"{question.text}\n\n– Skipped"


async def test_every_button_has_its_own_row(bot: RunningBot, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.walk_to("check")
    await walker.submit()
    await bot.wait_for_delivery()
    for version in [version for versions in phone.versions.values() for version in versions]:
        for row in version.raw.get("reply_markup", {}).get("inline_keyboard", []):
            assert len(row) == 1


async def test_only_the_newest_message_has_buttons(bot: RunningBot, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.walk_to("connected")
    await bot.wait_for_delivery()
    assert [message.id for message in phone.messages if message.buttons] == [phone.latest_bot_message.id]


async def test_the_run_ends_with_a_thank_you_a_picture_and_the_receipt(bot: RunningBot, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.walk_to("check")
    await walker.submit()
    await bot.wait_for_delivery()
    thanks, picture, summary = [phone.versions[number][-1] for number in phone.received_ids][-3:]
    assert "Thank you" in thanks.text
    assert picture.kind == "photo"
    assert "From where you stand" in picture.text
    assert summary.buttons == ["Delete my answers"]
    assert len(load_choices(bot.deployment.database_url)) == 1
    assert bot.fetch_rows("select count(*) from runs") == bot.fetch_rows("select count(*) from answers") == [(0,)]


async def test_submitted_answers_can_be_deleted_once_with_their_button(bot: RunningBot, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.walk_to("check")
    last = await walker.submit()
    phone.tap_in(last, "Delete my answers")
    await phone.receive()
    phone.tap("Yes, delete what I sent")
    assert "are deleted" in (await phone.receive()).text
    assert len(load_choices(bot.deployment.database_url)) == 0
    answer = await phone.wait_for_answer(phone.tap_in(last, "Delete my answers"))
    assert (answer.show_alert, "nothing left to delete" in answer.text) == (True, True)


async def test_the_same_result_is_drawn_and_uploaded_once(bot: RunningBot, emulator: TelegramEmulator) -> None:
    for number in (7, 8):
        walker = Walker(Phone(emulator, number))
        await walker.walk_to("check")
        await walker.submit()
        await bot.wait_for_delivery()
    assert emulator.calls["sendPhoto"] == 2
    assert len(emulator.files.by_id) == 1
