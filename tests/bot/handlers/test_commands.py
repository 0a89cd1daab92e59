"""Commands during a run, and the profile that the bot sets on Telegram."""

import pytest

from bot.emulator import TelegramEmulator
from tests.support.deployments import Deployment
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot, running_bot
from tests.support.walkers import Walker, get_step


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
async def test_a_command_in_mid_run_is_answered_and_leads_back(
    bot: RunningBot, phone: Phone, command: str, words: str
) -> None:
    await Walker(phone).walk_to("viewpoint")
    await bot.wait_for_delivery()
    phone.type_text(command)
    reply = await phone.receive()
    assert words in reply.text
    await bot.wait_for_delivery()
    phone.tap_in(reply, reply.buttons[0])
    assert get_step(await phone.receive()) == "viewpoint"
    await bot.wait_for_delivery()
    assert [message.id for message in phone.messages if message.buttons] == [phone.latest_bot_message.id]


async def test_start_in_mid_run_asks_the_open_question_again(bot: RunningBot, phone: Phone) -> None:
    question = await Walker(phone).walk_to("viewpoint")
    phone.type_text("/start")
    repeated = await phone.receive()
    await bot.wait_for_delivery()
    assert "Welcome back" in repeated.text
    assert get_step(repeated) == "viewpoint"
    assert phone.versions[question.id][-1].buttons == []


@pytest.mark.usefixtures("bot")
async def test_stop_keeps_the_person_s_place(phone: Phone) -> None:
    walker = Walker(phone)
    await walker.walk_to("viewpoint")
    phone.type_text("/stop")
    assert "Your place is kept" in (await phone.receive()).text
    assert get_step(await walker.tap("Carry on")) == "viewpoint"


async def test_delete_asks_first_and_then_deletes_everything(bot: RunningBot, phone: Phone) -> None:
    await Walker(phone).walk_to("viewpoint")
    phone.type_text("/delete")
    await phone.receive()
    phone.tap("No, keep them")
    await phone.receive()
    phone.type_text("/delete")
    await phone.receive()
    phone.tap("Yes, delete them")
    assert "deleted" in (await phone.receive()).text
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select * from runs") == bot.fetch_rows("select * from answers") == []


async def test_the_bot_sets_its_commands_and_descriptions_on_telegram(
    bot: RunningBot, emulator: TelegramEmulator
) -> None:
    await bot.wait_for_intake()
    assert emulator.calls["setMyCommands"] == 2
    profile = emulator.profile
    menus = {chat: [one["command"] for one in profile.find_menu_commands(chat, "en")] for chat in (7, -7)}
    assert menus == {7: ["start", "stop", "results", "mydata", "delete", "about", "help"], -7: ["results", "help"]}
    assert "three minutes" in profile.find_text("description")
    assert "No names" in profile.find_text("short_description")


async def test_an_old_webhook_does_not_stop_polling(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    emulator.webhook = {"url": "https://example.org/old"}
    async with running_bot(emulator, emulator_url, deployment):
        await Walker(phone).walk_to("role")
