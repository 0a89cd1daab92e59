"""A pasted link or a typed campaign code is followed at the welcome, and is an ordinary answer later."""

from datetime import timedelta
from functools import partial

import pytest

from storage.anonymity.participation import close_campaign
from storage.campaigns.repository import CampaignPlan
from tests.support.campaign_results import get_results_code
from tests.support.campaigns import OAK_HOUSE_PLAN, create_campaign, run_in_transaction
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot
from tests.support.stored_campaigns import TODAY
from tests.support.walkers import Walker, get_step

LINK = "https://t.me/connection_test_bot?start="
ASKS = "Carers & friends would like to know about The <Willow> day centre."


@pytest.mark.parametrize("at_the_welcome", [False, True])
@pytest.mark.parametrize(
    "typed", [LINK + "{}", "Look: " + LINK + "{} thanks", "{}", "start {}", "/start " + LINK + "{}", "?start={}"]
)
async def test_a_pasted_link_or_typed_code_is_followed_at_the_welcome(
    bot: RunningBot, phone: Phone, typed: str, at_the_welcome: bool
) -> None:
    code = await create_campaign(bot)
    if at_the_welcome:
        phone.type_text("/start")
        await phone.receive()
    phone.type_text(typed.format(code if typed != "{}" else code.upper()))
    assert ASKS in (await phone.receive()).text
    await Walker(phone).walk_to("viewpoint")
    assert bot.fetch_rows("select campaign from runs") == [(code,)]


async def test_a_pasted_results_link_is_followed_and_an_unknown_one_reported(bot: RunningBot, phone: Phone) -> None:
    code = await create_campaign(bot)
    phone.type_text(f"{LINK}r-{get_results_code(bot, code)}")
    assert "nothing to show yet" in (await phone.receive()).text
    phone.type_text(f"{LINK}nobody")
    assert "I don't know that link" in (await phone.receive()).text


@pytest.mark.parametrize("words", ["start", "general", "hello", "willow", "start now"])
async def test_other_words_are_not_taken_for_codes(bot: RunningBot, phone: Phone, words: str) -> None:
    await create_campaign(bot)
    phone.type_text(words)
    assert "link" not in (await phone.receive()).text


async def test_a_code_typed_at_a_question_is_its_answer(bot: RunningBot, phone: Phone) -> None:
    code = await create_campaign(bot)
    await Walker(phone).walk_to("informed_why")
    phone.type_text(code)
    await phone.receive()
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select campaign from runs") == [("general",)]
    assert len(bot.fetch_rows("select * from answers where question = 'informed_why'")) == 1


async def test_a_link_that_is_not_open_names_its_subject_and_dates(bot: RunningBot, phone: Phone) -> None:
    not_open = await create_campaign(bot, CampaignPlan("Oak House", "", opens_on=TODAY + timedelta(days=9_000)))
    closed = await create_campaign(bot)
    await run_in_transaction(bot, lambda session: close_campaign(session, closed))
    phone.type_text(f"/start {not_open}")
    assert "The questions about Oak House open on 21 October 2051." in (await phone.receive()).text
    phone.type_text(f"/start {closed}")
    reply_text = (await phone.receive()).text
    assert "The questions about The <Willow> day centre are closed now." in reply_text
    assert "press What the group said under your own result" in reply_text


async def test_a_closed_link_mid_run_is_explained_and_repeats_the_question(bot: RunningBot, phone: Phone) -> None:
    own, other = await create_campaign(bot), await create_campaign(bot, OAK_HOUSE_PLAN)
    phone.type_text(f"/start {own}")
    await phone.receive()
    await Walker(phone).walk_to("viewpoint")
    for code in (own, other):
        await run_in_transaction(bot, partial(close_campaign, code=code))
    for code, expected in ((own, "You can still send yours."), (other, "That link is closed now.")):
        phone.type_text(f"/start {code}")
        reply = await phone.receive()
        assert expected in reply.text
        assert "Here is where you were." in reply.text
        assert get_step(reply) == "viewpoint"
