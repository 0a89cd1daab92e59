"""How the bot asks: the answered question keeps its text, the next one comes at the bottom."""

from bot.emulator import Lookalike
from tests.support.phone import Phone
from tests.support.running_bot import Running
from tests.support.stored_responses import sent
from tests.support.walkers import Walker


async def test_an_answered_question_keeps_its_text_and_shows_what_was_chosen(bot: Running, phone: Phone) -> None:
    asked = await Walker(phone).to("role")
    phone.tap("I'm a neighbour or volunteer")
    following = await phone.hears()
    await bot.said_all()
    stands = phone.versions[asked.id][-1]
    assert stands.text == f"{asked.text}\n\n✓ I'm a neighbour or volunteer"
    assert stands.buttons == []
    assert following.id == phone.messages[-1].id
    assert following.id > asked.id
    assert phone.answers


async def test_a_skipped_question_says_so(bot: Running, phone: Phone) -> None:
    asked = await Walker(phone).to("role")
    phone.tap("Skip")
    await phone.hears()
    await bot.said_all()
    assert phone.versions[asked.id][-1].text == f"{asked.text}\n\n– Skipped"


async def test_every_button_has_a_row_of_its_own(bot: Running, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.to("check")
    await walker.send()
    await bot.said_all()
    for version in [version for versions in phone.versions.values() for version in versions]:
        for row in version.raw.get("reply_markup", {}).get("inline_keyboard", []):
            assert len(row) == 1


async def test_only_the_newest_message_has_buttons(bot: Running, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.to("connected")
    await bot.said_all()
    assert [message.id for message in phone.messages if message.buttons] == [phone.shown.id]


async def test_the_walk_ends_with_a_thank_you_a_picture_and_the_receipt(bot: Running, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.to("check")
    await walker.send()
    await bot.said_all()
    thanks, picture, summary = [phone.versions[number][-1] for number in phone.heard][-3:]
    assert "Thank you" in thanks.text
    assert picture.kind == "photo"
    assert "From where you stand" in picture.text
    assert summary.buttons == ["Delete my answers"]
    assert len(sent(bot.way.address)) == 1
    assert bot.rows("select count(*) from runs") == bot.rows("select count(*) from answers") == [(0,)]


async def test_what_was_sent_can_be_deleted_with_its_button_and_stays_deleted(bot: Running, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.to("check")
    last = await walker.send()
    phone.tap_on(last, "Delete my answers")
    await phone.hears()
    phone.tap("Yes, delete what I sent")
    assert "are deleted" in (await phone.hears()).text
    assert len(sent(bot.way.address)) == 0
    answer = await phone.answered(phone.tap_on(last, "Delete my answers"))
    assert (answer.show_alert, "nothing left to delete" in answer.text) == (True, True)


async def test_the_same_result_is_drawn_and_uploaded_once(bot: Running, lookalike: Lookalike) -> None:
    for number in (7, 8):
        walker = Walker(Phone(lookalike, number))
        await walker.to("check")
        await walker.send()
        await bot.said_all()
    assert lookalike.calls["sendPhoto"] == 2
    assert len(lookalike.files.by_id) == 1
