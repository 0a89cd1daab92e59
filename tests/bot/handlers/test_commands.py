"""Commands in mid-walk, and what the bot tells Telegram of itself."""

import pytest

from bot.emulator import Lookalike
from tests.support.deployments import Way
from tests.support.phone import Phone
from tests.support.running_bot import Running, running
from tests.support.walkers import Walker, place_of


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/help", "How this works"),
        ("/about", "Where this comes from"),
        ("/language", "English"),
        ("/results", "no group results"),
        ("/settings", "nothing to set"),
        ("/mydata", "kept about you"),
        ("/weather", "don't know that command"),
        ("/help@connection_test_bot please", "How this works"),
    ],
)
async def test_a_command_in_mid_walk_is_answered_and_leads_back(
    bot: Running, phone: Phone, command: str, words: str
) -> None:
    await Walker(phone).to("viewpoint")
    await bot.said_all()
    phone.type(command)
    told = await phone.hears()
    assert words in told.text
    await bot.said_all()
    phone.tap_on(told, told.buttons[0])
    assert place_of(await phone.hears()) == "viewpoint"
    await bot.said_all()
    assert [message.id for message in phone.messages if message.buttons] == [phone.shown.id]


async def test_start_in_mid_walk_asks_the_open_question_again(bot: Running, phone: Phone) -> None:
    asked = await Walker(phone).to("viewpoint")
    phone.type("/start")
    again = await phone.hears()
    await bot.said_all()
    assert "Welcome back" in again.text
    assert place_of(again) == "viewpoint"
    assert phone.versions[asked.id][-1].buttons == []


@pytest.mark.usefixtures("bot")
async def test_stop_keeps_the_place(phone: Phone) -> None:
    walker = Walker(phone)
    await walker.to("viewpoint")
    phone.type("/stop")
    assert "Your place is kept" in (await phone.hears()).text
    assert place_of(await walker.tap("Carry on")) == "viewpoint"


async def test_delete_asks_first_and_then_leaves_nothing(bot: Running, phone: Phone) -> None:
    await Walker(phone).to("viewpoint")
    phone.type("/delete")
    await phone.hears()
    phone.tap("No, keep them")
    await phone.hears()
    phone.type("/delete")
    await phone.hears()
    phone.tap("Yes, delete them")
    assert "deleted" in (await phone.hears()).text
    await bot.said_all()
    assert bot.rows("select * from runs") == bot.rows("select * from answers") == []


async def test_the_bot_tells_telegram_its_commands_and_what_it_is(bot: Running, lookalike: Lookalike) -> None:
    await bot.took_in()
    assert lookalike.calls["setMyCommands"] == 2
    profile = lookalike.profile
    menus = {chat: [one["command"] for one in profile.commands_for(chat, "en")] for chat in (7, -7)}
    assert menus == {7: ["start", "stop", "results", "mydata", "delete", "about", "help"], -7: ["results", "help"]}
    assert "three minutes" in profile.text("description")
    assert "No names" in profile.text("short_description")


async def test_a_webhook_that_was_left_behind_does_not_keep_updates_away(
    lookalike: Lookalike, url: str, way: Way, phone: Phone
) -> None:
    lookalike.webhook = {"url": "https://example.org/old"}
    async with running(lookalike, url, way):
        await Walker(phone).to("role")
