"""A link that was pasted, or a code that was copied from a poster, is followed: at the welcome, not further on."""

from datetime import timedelta
from functools import partial

import pytest

from storage.anonymity.participation import close_campaign
from storage.campaigns.repository import Plan
from tests.bot.handlers.test_campaign_links import OAK, beside, opened
from tests.storage.campaigns.test_campaign_links import TODAY
from tests.support.campaign_results import key_of
from tests.support.phone import Phone
from tests.support.running_bot import Running
from tests.support.walkers import Walker, place_of

LINK = "https://t.me/connection_test_bot?start="
ASKS = "Carers & friends would like to know about The <Willow> day centre."


@pytest.mark.parametrize("at_the_welcome", [False, True])
@pytest.mark.parametrize(
    "typed", [LINK + "{}", "Look: " + LINK + "{} thanks", "{}", "start {}", "/start " + LINK + "{}", "?start={}"]
)
async def test_it_is_followed(bot: Running, phone: Phone, typed: str, at_the_welcome: bool) -> None:
    code = await opened(bot)
    if at_the_welcome:
        phone.type("/start")
        await phone.hears()
    phone.type(typed.format(code if typed != "{}" else code.upper()))
    assert ASKS in (await phone.hears()).text
    await Walker(phone).to("viewpoint")
    assert bot.rows("select campaign from runs") == [(code,)]


async def test_so_is_the_link_to_results_and_one_that_nobody_knows_says_so(bot: Running, phone: Phone) -> None:
    code = await opened(bot)
    phone.type(f"{LINK}r-{key_of(bot, code)}")
    assert "nothing to show yet" in (await phone.hears()).text
    phone.type(f"{LINK}nobody")
    assert "I don't know that link" in (await phone.hears()).text


@pytest.mark.parametrize("words", ["start", "general", "hello", "willow", "start now"])
async def test_other_words_are_no_codes(bot: Running, phone: Phone, words: str) -> None:
    await opened(bot)
    phone.type(words)
    assert "link" not in (await phone.hears()).text


async def test_in_the_middle_words_are_an_answer(bot: Running, phone: Phone) -> None:
    code = await opened(bot)
    await Walker(phone).to("informed_why")
    phone.type(code)
    await phone.hears()
    await bot.said_all()
    assert bot.rows("select campaign from runs") == [("general",)]
    assert len(bot.rows("select * from answers where question = 'informed_why'")) == 1


async def test_a_link_that_leads_nowhere_says_where_it_would_have_led_and_when(bot: Running, phone: Phone) -> None:
    early = await opened(bot, Plan("Oak House", "", opens_on=TODAY + timedelta(days=9_000)))
    closed = await opened(bot)
    await beside(bot, lambda tx: close_campaign(tx, closed))
    phone.type(f"/start {early}")
    assert "The questions about Oak House open on 21 October 2051." in (await phone.hears()).text
    phone.type(f"/start {closed}")
    told = (await phone.hears()).text
    assert "The questions about The <Willow> day centre are closed now." in told
    assert "press What the group said under your own result" in told


async def test_in_the_middle_it_says_why_and_leads_back(bot: Running, phone: Phone) -> None:
    own, other = await opened(bot), await opened(bot, OAK)
    phone.type(f"/start {own}")
    await phone.hears()
    await Walker(phone).to("viewpoint")
    for code in (own, other):
        await beside(bot, partial(close_campaign, code=code))
    for code, why in ((own, "You can still send yours."), (other, "That link is closed now.")):
        phone.type(f"/start {code}")
        heard = await phone.hears()
        assert why in heard.text
        assert "Here is where you were." in heard.text
        assert place_of(heard) == "viewpoint"
