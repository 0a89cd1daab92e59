"""A campaign's link, as people follow it: whom they answer to, about what, and what comes back when."""

import pytest

from bot.emulator import TelegramEmulator
from storage.anonymity.participation import close_campaign
from tests.support.campaigns import OAK_HOUSE_PLAN, create_campaign, run_in_transaction
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot
from tests.support.walkers import Walker, get_step


@pytest.mark.deployments("sqlite", "postgresql")
async def test_by_the_link_one_learns_whom_one_answers_to_and_answers_are_sealed_there(
    bot: RunningBot, phone: Phone
) -> None:
    code = await create_campaign(bot)
    phone.type_text(f"/start {code}")
    welcome = (await phone.receive()).text
    assert "Carers & friends would like to know about The <Willow> day centre." in welcome
    assert "“We are glad that you came”" in welcome
    assert "What you get back: What we heard (by 1 March 2057)" in welcome
    walker = Walker(phone)
    asked = await walker.walk_to("viewpoint")
    assert "Please think of The <Willow> day centre." in asked.text
    await walker.walk_to("check")
    await walker.submit()
    await bot.wait_for_delivery()
    assert {campaign for (campaign,) in bot.fetch_rows("select campaign from pending_parts")} == {code}
    assert [campaign for (campaign,) in bot.fetch_rows("select campaign from participations")] == [code]
    phone.type_text(f"/start {code}")
    again = await phone.receive()
    assert "Your answers about The <Willow> day centre are in." in again.text
    assert again.buttons == ["What the group said"]


async def test_who_comes_again_without_a_link_answers_to_nobody_s_campaign(bot: RunningBot, phone: Phone) -> None:
    code = await create_campaign(bot)
    phone.type_text(f"/start {code}")
    await phone.receive()
    phone.type_text("/delete")
    await phone.receive()
    phone.type_text("/start")
    welcome = (await phone.receive()).text
    assert "Willow" not in welcome
    assert "Good to see you again" not in welcome
    assert "Please think of one" in (await Walker(phone).walk_to("viewpoint")).text


async def test_a_second_link_asks_first_and_either_way_one_gets_on(bot: RunningBot, phone: Phone) -> None:
    willow, oak = await create_campaign(bot), await create_campaign(bot, OAK_HOUSE_PLAN)
    phone.type_text(f"/start {willow}")
    await phone.receive()
    await Walker(phone).walk_to("viewpoint")
    phone.type_text(f"/start {oak}")
    asked = await phone.receive()
    assert "answers about The <Willow> day centre that are not sent" in asked.text
    assert asked.buttons == ["Carry on", "Delete them, begin the other"]
    phone.tap_in(asked, "Carry on")
    assert get_step(await phone.receive()) == "viewpoint"
    phone.tap_in(asked, "Delete them, begin the other")
    again = await phone.receive()
    assert again.buttons == ["Carry on", "Delete them, begin the other"], "more was asked since"
    phone.tap_in(again, "Delete them, begin the other")
    assert "This is about Oak House." in (await phone.receive()).text
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select campaign, step from runs") == [(oak, "welcome")]
    assert bot.fetch_rows("select * from answers") == []
    assert [message.id for message in phone.messages if message.buttons] == [phone.latest_bot_message.id]


@pytest.mark.parametrize("code", ["nobody", "x" * 64, "'", "<b>", "ŵŷ"])
async def test_a_link_that_is_none_says_so_and_leads_to_the_walk(bot: RunningBot, phone: Phone, code: str) -> None:
    phone.type_text(f"/start {code}")
    assert "I don't know that link" in (await phone.receive()).text
    await Walker(phone).walk_to("viewpoint")
    assert bot.fetch_rows("select campaign from runs") == [("general",)]


async def test_a_link_that_was_closed_says_so_and_who_was_on_their_way_can_still_send(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    code = await create_campaign(bot)
    phone.type_text(f"/start {code}")
    await phone.receive()
    walker = Walker(phone)
    await walker.walk_to("check")
    await run_in_transaction(bot, lambda session: close_campaign(session, code))
    late = Phone(emulator, 70)
    late.type_text(f"/start {code}")
    assert "closed now" in (await late.receive()).text
    await walker.submit()
    await bot.wait_for_delivery()
    assert {campaign for (campaign,) in bot.fetch_rows("select campaign from pending_parts")} == {code}
    assert bot.fetch_rows("select * from participations") == []


async def test_typed_on_the_way_a_link_that_leads_nowhere_takes_nothing(bot: RunningBot, phone: Phone) -> None:
    await Walker(phone).walk_to("viewpoint")
    phone.type_text("/start nobody")
    heard = await phone.receive()
    assert "I don't know that link." in heard.text
    assert "Here is where you were." in heard.text
    assert get_step(heard) == "viewpoint"
    assert len(bot.fetch_rows("select * from answers")) == 1
