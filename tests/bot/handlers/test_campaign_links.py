"""Campaign links as people follow them: who asks about what, and what they get back when."""

import pytest

from bot.emulator import TelegramEmulator
from storage.anonymity.participation import close_campaign
from tests.support.campaigns import OAK_HOUSE_PLAN, create_campaign, run_in_transaction
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot
from tests.support.walkers import Walker, get_step


@pytest.mark.deployments("sqlite", "postgresql")
async def test_a_link_shows_who_asks_about_what_and_submits_to_that_campaign(bot: RunningBot, phone: Phone) -> None:
    code = await create_campaign(bot)
    phone.type_text(f"/start {code}")
    welcome = (await phone.receive()).text
    assert "Carers & friends would like to know about The <Willow> day centre." in welcome
    assert "“We are glad that you came”" in welcome
    assert "What you get back: What we heard (by 1 March 2057)" in welcome
    walker = Walker(phone)
    prompt = await walker.walk_to("viewpoint")
    assert "Please think of The <Willow> day centre." in prompt.text
    await walker.walk_to("check")
    await walker.submit()
    await bot.wait_for_delivery()
    assert {campaign for (campaign,) in bot.fetch_rows("select campaign from pending_parts")} == {code}
    assert [campaign for (campaign,) in bot.fetch_rows("select campaign from participations")] == [code]
    phone.type_text(f"/start {code}")
    repeated = await phone.receive()
    assert "Your answers about The <Willow> day centre are in." in repeated.text
    assert repeated.buttons == ["What the group said"]


async def test_start_without_a_link_after_deleting_belongs_to_no_campaign(bot: RunningBot, phone: Phone) -> None:
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


async def test_a_second_link_asks_before_it_deletes_unsent_answers(bot: RunningBot, phone: Phone) -> None:
    willow, oak = await create_campaign(bot), await create_campaign(bot, OAK_HOUSE_PLAN)
    phone.type_text(f"/start {willow}")
    await phone.receive()
    await Walker(phone).walk_to("viewpoint")
    phone.type_text(f"/start {oak}")
    prompt = await phone.receive()
    assert "answers about The <Willow> day centre that are not sent" in prompt.text
    assert prompt.buttons == ["Carry on", "Delete them, begin the other"]
    phone.tap_in(prompt, "Carry on")
    assert get_step(await phone.receive()) == "viewpoint"
    phone.tap_in(prompt, "Delete them, begin the other")
    repeated = await phone.receive()
    assert repeated.buttons == ["Carry on", "Delete them, begin the other"], (
        "the confirmation is outdated, as another prompt was sent since"
    )
    phone.tap_in(repeated, "Delete them, begin the other")
    assert "This is about Oak House." in (await phone.receive()).text
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select campaign, step from runs") == [(oak, "welcome")]
    assert bot.fetch_rows("select * from answers") == []
    assert [message.id for message in phone.messages if message.buttons] == [phone.latest_bot_message.id]


@pytest.mark.parametrize("code", ["nobody", "x" * 64, "'", "<b>", "ŵŷ"])
async def test_an_unknown_link_is_reported_and_starts_the_general_run(bot: RunningBot, phone: Phone, code: str) -> None:
    phone.type_text(f"/start {code}")
    assert "I don't know that link" in (await phone.receive()).text
    await Walker(phone).walk_to("viewpoint")
    assert bot.fetch_rows("select campaign from runs") == [("general",)]


async def test_a_closed_link_is_reported_and_started_runs_can_still_be_sent(
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


async def test_an_unknown_link_typed_mid_run_repeats_the_question_and_keeps_answers(
    bot: RunningBot, phone: Phone
) -> None:
    await Walker(phone).walk_to("viewpoint")
    phone.type_text("/start nobody")
    reply = await phone.receive()
    assert "I don't know that link." in reply.text
    assert "Here is where you were." in reply.text
    assert get_step(reply) == "viewpoint"
    assert len(bot.fetch_rows("select * from answers")) == 1
