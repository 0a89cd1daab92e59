"""Who asks about what, and what people get back: shown on return, on review and after submission."""

from dataclasses import replace
from datetime import date

from bot.render.localization import make_localizer
from bot.render.prompts import render_campaign_intro, render_promise, render_review
from flows.campaign import CampaignInfo
from flows.events.prompts import ReviewReached
from flows.linter import REVIEW_FRAME_LENGTH
from flows.schema import count_utf16_units
from storage.anonymity.participation import close_campaign
from storage.campaigns.repository import CampaignPlan
from storage.conversations.outbox import OutboxContent
from tests.support.campaign_results import receive_results, release_results, submit_answers
from tests.support.campaigns import WILLOW_PLAN, create_campaign, run_in_transaction
from tests.support.phone import Phone, PhoneMessage
from tests.support.running_bot import RunningBot
from tests.support.walkers import Walker

SHOW, DELETE = "What the group said", "Delete my answers"
CONTENT = OutboxContent("runrun01", "connection_test", "en", ())


async def walk_to_review(phone: Phone, code: str) -> PhoneMessage:
    phone.type_text(f"/start {code}")
    await phone.receive()
    return await Walker(phone).walk_to("check")


async def test_the_campaign_is_named_on_return_and_on_the_review_page(bot: RunningBot, phone: Phone) -> None:
    code = await create_campaign(bot)
    phone.type_text(f"/start {code}")
    await phone.receive()
    await Walker(phone).walk_to("viewpoint")
    phone.type_text("/start")
    greeting = "Welcome back. You are answering Carers & friends about The <Willow> day centre. Here is where you were."
    assert (await phone.receive()).text.startswith(greeting)
    review = await Walker(phone).walk_to("check")
    assert review.text.startswith("About: The <Willow> day centre\nAsked by: Carers & friends\n\nCheck your answers")


async def test_the_receipt_names_the_promise_and_how_to_see_results(bot: RunningBot, phone: Phone) -> None:
    await walk_to_review(phone, await create_campaign(bot))
    receipt = await Walker(phone).submit()
    assert "What you get back: What we heard (by 1 March 2057)" in receipt.text
    assert (
        "I can't write to you when there is something to see. To look, press What the group said here." in receipt.text
    )


async def test_the_receipt_after_closing_promises_no_results(bot: RunningBot, phone: Phone) -> None:
    code = await create_campaign(bot)
    await walk_to_review(phone, code)
    await run_in_transaction(bot, lambda session: close_campaign(session, code))
    receipt = await Walker(phone).submit()
    assert "This is closed now. Your answers can be seen only once 9 others have sent theirs too." in receipt.text
    assert "Nobody sees your answers until" not in receipt.text
    phone.tap_in(receipt, SHOW)
    [reply] = await receive_results(bot, phone)
    assert "This is closed. Too few have answered to show anything safely." in reply.text
    assert "look again later" not in reply.text


async def test_results_are_offered_only_after_submission(bot: RunningBot, phone: Phone) -> None:
    code = await create_campaign(bot)
    phone.type_text(f"/start {code}")
    await phone.receive()
    phone.type_text("/results")
    assert "nothing to show yet" in (await phone.receive()).text
    await submit_answers(bot, code, 12, seed=1)
    await release_results(bot)
    phone.type_text("/results")
    assert "once you have sent your own answers" in (await phone.receive()).text
    await Walker(phone).walk_to("check")
    await Walker(phone).submit()
    phone.type_text("thank you")
    thanks = await phone.receive()
    assert (thanks.text.startswith("Thank you. It is all done"), thanks.buttons) == (True, [SHOW])
    phone.tap(SHOW)
    assert "Asked by Carers & friends" in (await receive_results(bot, phone))[-1].text
    phone.type_text(f"/start {code}")
    repeated = await phone.receive()
    assert "are in. Each person answers once." in repeated.text
    assert repeated.buttons == [SHOW]
    phone.type_text(f"/start {code}")
    first, repeated = repeated, await phone.receive()
    assert (repeated.text, repeated.buttons) == (first.text, first.buttons), "a repeated link gives the same message"
    phone.tap(SHOW)
    assert "Asked by Carers & friends" in (await receive_results(bot, phone))[-1].text
    assert bot.fetch_rows("select * from runs") == []


async def test_two_campaigns_with_the_same_subject_are_labelled_with_who_asks(bot: RunningBot, phone: Phone) -> None:
    for asker in ("Leeds carers", "The council"):
        await walk_to_review(phone, await create_campaign(bot, CampaignPlan("Oak House", asker)))
        await Walker(phone).submit()
    await walk_to_review(phone, await create_campaign(bot))
    await Walker(phone).submit()
    phone.type_text("/results")
    labels = (await phone.receive()).buttons
    assert sorted(labels) == ["Oak House (Leeds carers)", "Oak House (The council)", WILLOW_PLAN.about]


def test_a_promised_day_in_the_past_is_left_out() -> None:
    link = CampaignInfo("willow", "Willow", "Carers", "What we heard", date(2027, 3, 1))
    for today, is_promised in ((date(2027, 3, 1), True), (date(2027, 3, 2), False)):
        assert ("1 March" in render_promise(link, make_localizer(CONTENT, today=today))) is is_promised
    assert (
        render_campaign_intro(replace(link, promise=""), make_localizer(CONTENT))
        == render_campaign_intro(link, make_localizer(CONTENT))[:-1]
    )


def test_the_review_page_fits_with_the_longest_names() -> None:
    link = CampaignInfo("willow", "W" * 80, "C" * 80)
    review = render_review(
        ReviewReached(9, {}, notice="words_kept_without", campaign_info=link), make_localizer(CONTENT), "R"
    )
    assert count_utf16_units(review.text) <= REVIEW_FRAME_LENGTH
