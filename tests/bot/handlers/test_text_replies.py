"""Typed words and what changes them; and all that is not words."""

import pytest

from bot.emulator.state import THINGS
from tests.support.phone import Phone
from tests.support.running_bot import Running
from tests.support.stored_responses import said
from tests.support.walkers import Walker, place_of

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


@pytest.mark.parametrize("kind", sorted(THINGS))
async def test_what_is_not_words_is_answered_and_changes_nothing(bot: Running, phone: Phone, kind: str) -> None:
    asked = await Walker(phone).to("viewpoint")
    await bot.said_all()
    before = bot.rows("select place, ask from runs")
    phone.send(kind)
    assert CANT_READ[kind] in (await phone.hears()).text
    await bot.said_all()
    assert bot.rows("select place, ask from runs") == before
    assert phone.versions[asked.id][-1].buttons == asked.buttons


async def test_words_typed_at_a_text_question_are_its_answer(bot: Running, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.to("informed_why")
    await walker.type("They <b>rang</b> & came 🙂")
    check = await walker.to("check")
    assert "They <b>rang</b> & came 🙂" in check.text
    await walker.send()
    assert said(bot.way.address)["informed_why"] == ["They <b>rang</b> & came 🙂"]


async def test_an_edited_message_changes_its_words(bot: Running, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.to("informed_why")
    await bot.said_all()
    typed = phone.type("They rang back")
    await phone.hears()
    phone.edit(typed, "They never rang back")
    assert "They never rang back" in (await phone.hears()).text
    check = await walker.to("check")
    assert "They never rang back" in check.text
    assert "They rang back" not in check.text


async def test_an_edited_message_changes_the_choice_that_it_typed(bot: Running, phone: Phone) -> None:
    await Walker(phone).to("role")
    typed = phone.type("neighbour")
    await phone.hears()
    phone.edit(typed, "paid worker")
    phone.edit(typed, "I'm paid to help")
    assert "I'm paid to help" in (await phone.hears()).text + (await phone.hears()).text
    await bot.said_all()
    assert bot.rows("select choice from answers where question = 'role'") == [("paid_worker",)]


async def test_an_edited_message_changes_a_kept_comment(bot: Running, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.to("informed")
    await bot.said_all()
    typed = phone.type("well, since my mother moved in with us nobody can say")
    assert "keep it as a comment" in (await phone.hears()).text
    phone.tap("Keep")
    await phone.hears()
    phone.edit(typed, "nobody can say, since she moved in")
    assert "nobody can say, since she moved in" in (await phone.hears()).text
    await bot.said_all()
    check = await walker.to("check")
    assert "nobody can say, since she moved in" in check.text


async def test_a_message_edited_at_the_check_page_draws_it_anew(bot: Running, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.to("informed_why")
    typed = phone.type("They rang back")
    await phone.hears()
    old = await walker.to("check")
    await bot.said_all()
    phone.edit(typed, "They never rang back")
    assert "Changed" in (await phone.hears()).text
    check = await phone.hears()
    await bot.said_all()
    assert place_of(check) == "check"
    assert "They never rang back" in check.text
    assert phone.versions[old.id][-1].buttons == []
    walker.stored["informed_why"] = "They never rang back"
    await walker.send()
    assert said(bot.way.address)["informed_why"] == ["They never rang back"]


@pytest.mark.usefixtures("bot")
async def test_editing_a_message_that_answered_nothing_is_said(phone: Phone) -> None:
    typed = phone.type("/start")
    await phone.hears()
    phone.edit(typed, "good morning")
    assert "does not change any of your answers" in (await phone.hears()).text


async def test_words_and_taps_in_a_hurry_are_taken_in_order(bot: Running, phone: Phone) -> None:
    """Typed before any answer was heard: each is read where the one before it led."""
    phone.type("/start")
    for words in ("let's start", "neighbour", "my family", "a bit better", "they rang back", "not sure"):
        phone.type(words)
    await bot.said_all()
    assert bot.rows("select place from runs") == [("connected",)]
    places = [place_of(version) for n in phone.heard if (version := phone.versions[n][0]).buttons]
    assert places == ["welcome", "role", "viewpoint", "informed", "informed_why", "confident", "connected"]
    assert [message.id for message in phone.messages if message.buttons] == [phone.shown.id]
