"""A campaign's link, as people follow it: whom they answer to, about what, and what comes back when."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from bot.emulator import Lookalike
from storage.anonymity.participation import close_campaign
from storage.campaigns.repository import Plan, open_campaign
from storage.db.readonly import open_existing
from tests.support.phone import Phone
from tests.support.running_bot import Running
from tests.support.walkers import Walker, place_of

WILLOW = Plan(
    "The <Willow> day centre", "Carers & friends", "What we heard", date(2057, 3, 1), "We are glad that you came"
)
OAK = Plan("Oak House", "")
Result = TypeVar("Result")


async def beside(bot: Running, act: Callable[[Connection], Result]) -> Result:
    """Done to the running bot's database, as the command line does."""

    def done() -> Result:
        secret = bot.way.settings.get("secret_key")
        database = open_existing(bot.way.address, secret)
        try:
            with database.transaction() as tx:
                return act(tx)
        finally:
            database.close()

    await bot.took_in()
    return await asyncio.to_thread(done)


async def opened(bot: Running, plan: Plan = WILLOW) -> str:
    """A campaign's code."""
    return await beside(bot, lambda tx: open_campaign(tx, plan))


@pytest.mark.ways("sqlite", "postgresql")
async def test_by_the_link_one_learns_whom_one_answers_to_and_answers_are_sealed_there(
    bot: Running, phone: Phone
) -> None:
    code = await opened(bot)
    phone.type(f"/start {code}")
    welcome = (await phone.hears()).text
    assert "Carers & friends would like to know about The <Willow> day centre." in welcome
    assert "“We are glad that you came”" in welcome
    assert "What you get back: What we heard (by 1 March 2057)" in welcome
    walker = Walker(phone)
    asked = await walker.to("viewpoint")
    assert "Please think of The <Willow> day centre." in asked.text
    await walker.to("check")
    await walker.send()
    await bot.said_all()
    assert {campaign for (campaign,) in bot.rows("select campaign from waiting")} == {code}
    assert [campaign for (campaign,) in bot.rows("select campaign from participations")] == [code]
    phone.type(f"/start {code}")
    again = await phone.hears()
    assert "Your answers about The <Willow> day centre are in." in again.text
    assert again.buttons == ["What the group said"]


async def test_who_comes_again_without_a_link_answers_to_nobody_s_campaign(bot: Running, phone: Phone) -> None:
    code = await opened(bot)
    phone.type(f"/start {code}")
    await phone.hears()
    phone.type("/delete")
    await phone.hears()
    phone.type("/start")
    welcome = (await phone.hears()).text
    assert "Willow" not in welcome
    assert "Good to see you again" not in welcome
    assert "Please think of one" in (await Walker(phone).to("viewpoint")).text


async def test_a_second_link_asks_first_and_either_way_one_gets_on(bot: Running, phone: Phone) -> None:
    willow, oak = await opened(bot), await opened(bot, OAK)
    phone.type(f"/start {willow}")
    await phone.hears()
    await Walker(phone).to("viewpoint")
    phone.type(f"/start {oak}")
    asked = await phone.hears()
    assert "answers about The <Willow> day centre that are not sent" in asked.text
    assert asked.buttons == ["Carry on", "Delete them, begin the other"]
    phone.tap_on(asked, "Carry on")
    assert place_of(await phone.hears()) == "viewpoint"
    phone.tap_on(asked, "Delete them, begin the other")
    again = await phone.hears()
    assert again.buttons == ["Carry on", "Delete them, begin the other"], "more was asked since"
    phone.tap_on(again, "Delete them, begin the other")
    assert "This is about Oak House." in (await phone.hears()).text
    await bot.said_all()
    assert bot.rows("select campaign, place from runs") == [(oak, "welcome")]
    assert bot.rows("select * from answers") == []
    assert [message.id for message in phone.messages if message.buttons] == [phone.shown.id]


@pytest.mark.parametrize("code", ["nobody", "x" * 64, "'", "<b>", "ŵŷ"])
async def test_a_link_that_is_none_says_so_and_leads_to_the_walk(bot: Running, phone: Phone, code: str) -> None:
    phone.type(f"/start {code}")
    assert "I don't know that link" in (await phone.hears()).text
    await Walker(phone).to("viewpoint")
    assert bot.rows("select campaign from runs") == [("general",)]


async def test_a_link_that_was_closed_says_so_and_who_was_on_their_way_can_still_send(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    code = await opened(bot)
    phone.type(f"/start {code}")
    await phone.hears()
    walker = Walker(phone)
    await walker.to("check")
    await beside(bot, lambda tx: close_campaign(tx, code))
    late = Phone(lookalike, 70)
    late.type(f"/start {code}")
    assert "closed now" in (await late.hears()).text
    await walker.send()
    await bot.said_all()
    assert {campaign for (campaign,) in bot.rows("select campaign from waiting")} == {code}
    assert bot.rows("select * from participations") == []


async def test_typed_on_the_way_a_link_that_leads_nowhere_takes_nothing(bot: Running, phone: Phone) -> None:
    await Walker(phone).to("viewpoint")
    phone.type("/start nobody")
    heard = await phone.hears()
    assert "I don't know that link." in heard.text
    assert "Here is where you were." in heard.text
    assert place_of(heard) == "viewpoint"
    assert len(bot.rows("select * from answers")) == 1
