"""Whose questions these are, about what, and what comes back: from coming back to long after sending."""

from dataclasses import replace
from datetime import date

from bot.render.localization import voice
from bot.render.prompts import ask_check, asked_by, promised
from flows.campaign import Link
from flows.events.prompts import CheckReached
from flows.linter import FRAME
from flows.schema import length
from storage.anonymity.participation import close_campaign
from storage.campaigns.repository import Plan
from storage.conversations.outbox import Saying
from tests.bot.handlers.test_campaign_links import WILLOW, beside, opened
from tests.support.campaign_results import answered, hears_results, released
from tests.support.phone import Message, Phone
from tests.support.running_bot import Running
from tests.support.walkers import Walker

SHOW, DELETE = "What the group said", "Delete my answers"
SAYING = Saying("runrun01", "connection_test", "en", ())


async def at_check(phone: Phone, code: str) -> Message:
    phone.type(f"/start {code}")
    await phone.hears()
    return await Walker(phone).to("check")


async def test_whoever_comes_back_and_whoever_is_about_to_send_is_told(bot: Running, phone: Phone) -> None:
    code = await opened(bot)
    phone.type(f"/start {code}")
    await phone.hears()
    await Walker(phone).to("viewpoint")
    phone.type("/start")
    back = "Welcome back. You are answering Carers & friends about The <Willow> day centre. Here is where you were."
    assert (await phone.hears()).text.startswith(back)
    check = await Walker(phone).to("check")
    assert check.text.startswith("About: The <Willow> day centre\nAsked by: Carers & friends\n\nCheck your answers")


async def test_after_sending_one_knows_what_comes_back_and_how_to_see_it(bot: Running, phone: Phone) -> None:
    await at_check(phone, await opened(bot))
    receipt = await Walker(phone).send()
    assert "What you get back: What we heard (by 1 March 2057)" in receipt.text
    assert (
        "I can't write to you when there is something to see. To look, press What the group said here." in receipt.text
    )


async def test_what_is_sent_after_closing_is_not_promised_to_be_seen(bot: Running, phone: Phone) -> None:
    code = await opened(bot)
    await at_check(phone, code)
    await beside(bot, lambda tx: close_campaign(tx, code))
    receipt = await Walker(phone).send()
    assert "This is closed now. Your answers can be seen only once 9 others have sent theirs too." in receipt.text
    assert "Nobody sees your answers until" not in receipt.text
    phone.tap_on(receipt, SHOW)
    [never] = await hears_results(bot, phone)
    assert "This is closed. Too few have answered to show anything safely." in never.text
    assert "look again later" not in never.text


async def test_on_the_way_nothing_is_shown_yet_and_after_it_all_leads_to_it(bot: Running, phone: Phone) -> None:
    code = await opened(bot)
    phone.type(f"/start {code}")
    await phone.hears()
    phone.type("/results")
    assert "nothing to show yet" in (await phone.hears()).text
    await answered(bot, code, 12, seed=1)
    await released(bot)
    phone.type("/results")
    assert "once you have sent your own answers" in (await phone.hears()).text
    await Walker(phone).to("check")
    await Walker(phone).send()
    phone.type("thank you")
    thanks = await phone.hears()
    assert (thanks.text.startswith("Thank you. It is all done"), thanks.buttons) == (True, [SHOW])
    phone.tap(SHOW)
    assert "Asked by Carers & friends" in (await hears_results(bot, phone))[-1].text
    phone.type(f"/start {code}")
    again = await phone.hears()
    assert "are in. Each person answers once." in again.text
    assert again.buttons == [SHOW]
    phone.type(f"/start {code}")
    first, again = again, await phone.hears()
    assert (again.text, again.buttons) == (first.text, first.buttons), "so it is the next time"
    phone.tap(SHOW)
    assert "Asked by Carers & friends" in (await hears_results(bot, phone))[-1].text
    assert bot.rows("select * from runs") == []


async def test_two_about_the_same_are_told_apart_by_who_asks(bot: Running, phone: Phone) -> None:
    for asker in ("Leeds carers", "The council"):
        await at_check(phone, await opened(bot, Plan("Oak House", asker)))
        await Walker(phone).send()
    await at_check(phone, await opened(bot))
    await Walker(phone).send()
    phone.type("/results")
    labels = (await phone.hears()).buttons
    assert sorted(labels) == ["Oak House (Leeds carers)", "Oak House (The council)", WILLOW.about]


def test_a_day_that_is_over_is_not_promised() -> None:
    link = Link("willow", "Willow", "Carers", "What we heard", date(2027, 3, 1))
    for today, said in ((date(2027, 3, 1), True), (date(2027, 3, 2), False)):
        assert ("1 March" in promised(link, voice(SAYING, today=today))) is said
    assert asked_by(replace(link, promise=""), voice(SAYING)) == asked_by(link, voice(SAYING))[:-1]


def test_the_check_page_fits_with_the_longest_names() -> None:
    link = Link("willow", "W" * 80, "C" * 80)
    check = ask_check(CheckReached(9, {}, notice="words_kept_without", link=link), voice(SAYING), "R")
    assert length(check.text) <= FRAME
