"""Typed words and what changes them; and all that is not words."""

import pytest

from bot.emulator.state import SAMPLE_ATTACHMENTS
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot
from tests.support.stored_responses import load_comments
from tests.support.walkers import Walker, get_step

CANT_READ = {
    "photo": "pictures",
    "voice": "voices",
    "audio": "voices",
    "sticker": "nice one",
    "document": "files",
    "video": "videos",
    "video_note": "videos",
    "animation": "nice one",
    "location": "where you are",
    "contact": "number",
    "poll": "only read words",
    "dice": "only read words",
}


@pytest.mark.parametrize("kind", sorted(SAMPLE_ATTACHMENTS))
async def test_what_is_not_words_is_answered_and_changes_nothing(bot: RunningBot, phone: Phone, kind: str) -> None:
    asked = await Walker(phone).walk_to("viewpoint")
    await bot.wait_for_delivery()
    before = bot.fetch_rows("select step, prompt from runs")
    phone.send_media(kind)
    assert CANT_READ[kind] in (await phone.receive()).text
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select step, prompt from runs") == before
    assert phone.versions[asked.id][-1].buttons == asked.buttons


async def test_words_typed_at_a_text_question_are_its_answer(bot: RunningBot, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.walk_to("informed_why")
    await walker.type_text("They <b>rang</b> & came 🙂")
    check = await walker.walk_to("check")
    assert "They <b>rang</b> & came 🙂" in check.text
    await walker.submit()
    assert load_comments(bot.deployment.database_url)["informed_why"] == ["They <b>rang</b> & came 🙂"]


async def test_an_edited_message_changes_its_words(bot: RunningBot, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.walk_to("informed_why")
    await bot.wait_for_delivery()
    typed = phone.type_text("They rang back")
    await phone.receive()
    phone.edit(typed, "They never rang back")
    assert "They never rang back" in (await phone.receive()).text
    check = await walker.walk_to("check")
    assert "They never rang back" in check.text
    assert "They rang back" not in check.text


async def test_an_edited_message_changes_the_choice_that_it_typed(bot: RunningBot, phone: Phone) -> None:
    await Walker(phone).walk_to("role")
    typed = phone.type_text("neighbour")
    await phone.receive()
    phone.edit(typed, "paid worker")
    phone.edit(typed, "I'm paid to help")
    assert "I'm paid to help" in (await phone.receive()).text + (await phone.receive()).text
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select choice from answers where question = 'role'") == [("paid_worker",)]


async def test_an_edited_message_changes_a_kept_comment(bot: RunningBot, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.walk_to("informed")
    await bot.wait_for_delivery()
    typed = phone.type_text("well, since my mother moved in with us nobody can say")
    assert "keep it as a comment" in (await phone.receive()).text
    phone.tap("Keep")
    await phone.receive()
    phone.edit(typed, "nobody can say, since she moved in")
    assert "nobody can say, since she moved in" in (await phone.receive()).text
    await bot.wait_for_delivery()
    check = await walker.walk_to("check")
    assert "nobody can say, since she moved in" in check.text


async def test_a_message_edited_at_the_check_page_draws_it_anew(bot: RunningBot, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.walk_to("informed_why")
    typed = phone.type_text("They rang back")
    await phone.receive()
    old = await walker.walk_to("check")
    await bot.wait_for_delivery()
    phone.edit(typed, "They never rang back")
    assert "Changed" in (await phone.receive()).text
    check = await phone.receive()
    await bot.wait_for_delivery()
    assert get_step(check) == "check"
    assert "They never rang back" in check.text
    assert phone.versions[old.id][-1].buttons == []
    walker.expected_answers["informed_why"] = "They never rang back"
    await walker.submit()
    assert load_comments(bot.deployment.database_url)["informed_why"] == ["They never rang back"]


@pytest.mark.usefixtures("bot")
async def test_editing_a_message_that_answered_nothing_is_said(phone: Phone) -> None:
    typed = phone.type_text("/start")
    await phone.receive()
    phone.edit(typed, "good morning")
    assert "does not change any of your answers" in (await phone.receive()).text


async def test_words_and_taps_in_a_hurry_are_taken_in_order(bot: RunningBot, phone: Phone) -> None:
    """Typed before any answer was heard: each is read where the one before it led."""
    phone.type_text("/start")
    for words in ("let's start", "neighbour", "my family", "a bit better", "they rang back", "not sure"):
        phone.type_text(words)
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select step from runs") == [("connected",)]
    places = [get_step(version) for n in phone.received_ids if (version := phone.versions[n][0]).buttons]
    assert places == ["welcome", "role", "viewpoint", "informed", "informed_why", "confident", "connected"]
    assert [message.id for message in phone.messages if message.buttons] == [phone.latest_bot_message.id]
