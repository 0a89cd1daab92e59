"""Typed answers and edits to them; and messages without text."""

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
async def test_a_message_without_text_is_answered_and_changes_nothing(bot: RunningBot, phone: Phone, kind: str) -> None:
    prompt = await Walker(phone).walk_to("viewpoint")
    await bot.wait_for_delivery()
    before = bot.fetch_rows("select step, prompt from runs")
    phone.send_media(kind)
    assert CANT_READ[kind] in (await phone.receive()).text
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select step, prompt from runs") == before
    assert phone.versions[prompt.id][-1].buttons == prompt.buttons


async def test_text_typed_at_a_text_question_is_its_answer(bot: RunningBot, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.walk_to("informed_why")
    await walker.type_text("They <b>rang</b> & came 🙂")
    review = await walker.walk_to("check")
    assert "They <b>rang</b> & came 🙂" in review.text
    await walker.submit()
    assert load_comments(bot.deployment.database_url)["informed_why"] == ["They <b>rang</b> & came 🙂"]


async def test_an_edited_message_changes_its_answer(bot: RunningBot, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.walk_to("informed_why")
    await bot.wait_for_delivery()
    typed = phone.type_text("They rang back")
    await phone.receive()
    phone.edit(typed, "They never rang back")
    assert "They never rang back" in (await phone.receive()).text
    review = await walker.walk_to("check")
    assert "They never rang back" in review.text
    assert "They rang back" not in review.text


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
    review = await walker.walk_to("check")
    assert "nobody can say, since she moved in" in review.text


async def test_an_edit_at_the_review_page_shows_it_again(bot: RunningBot, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.walk_to("informed_why")
    typed = phone.type_text("They rang back")
    await phone.receive()
    earlier_review = await walker.walk_to("check")
    await bot.wait_for_delivery()
    phone.edit(typed, "They never rang back")
    assert "Changed" in (await phone.receive()).text
    review = await phone.receive()
    await bot.wait_for_delivery()
    assert get_step(review) == "check"
    assert "They never rang back" in review.text
    assert phone.versions[earlier_review.id][-1].buttons == []
    walker.expected_answers["informed_why"] = "They never rang back"
    await walker.submit()
    assert load_comments(bot.deployment.database_url)["informed_why"] == ["They never rang back"]


@pytest.mark.usefixtures("bot")
async def test_editing_a_message_that_was_no_answer_is_explained(phone: Phone) -> None:
    typed = phone.type_text("/start")
    await phone.receive()
    phone.edit(typed, "good morning")
    assert "does not change any of your answers" in (await phone.receive()).text


async def test_messages_typed_in_quick_succession_are_read_in_order(bot: RunningBot, phone: Phone) -> None:
    """All are typed before the first reply arrives."""
    phone.type_text("/start")
    for words in ("let's start", "neighbour", "my family", "a bit better", "they rang back", "not sure"):
        phone.type_text(words)
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select step from runs") == [("connected",)]
    steps = [get_step(version) for n in phone.received_ids if (version := phone.versions[n][0]).buttons]
    assert steps == ["welcome", "role", "viewpoint", "informed", "informed_why", "confident", "connected"]
    assert [message.id for message in phone.messages if message.buttons] == [phone.latest_bot_message.id]
