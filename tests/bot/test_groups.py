"""In a group the bot only says where to go: one button, to a chat of one's own."""

import pytest

from bot.preview import Lookalike
from tests.bot.running import Running
from tests.bot.walking import Walker
from tests.phone import Message, Phone

GROUP, SUPERGROUP = -77, -1_001_234_567_890


@pytest.fixture(params=[GROUP, SUPERGROUP])
def group(request: pytest.FixtureRequest, lookalike: Lookalike) -> Phone:
    return Phone(lookalike, request.param)


def leads_to_a_private_chat(message: Message) -> bool:
    [button] = message.keyboard
    return button == {"text": "Open a private chat", "url": "https://t.me/connection_test_bot?start=group"}


async def test_added_to_a_group_it_says_once_where_to_go(bot: Running, lookalike: Lookalike, group: Phone) -> None:
    lookalike.adds_to_group(group.chat_id, by=7)
    assert leads_to_a_private_chat(await group.hears())
    await bot.said_all()
    assert len(group.heard) == 1


OURS = ("/start", "/start@connection_test_bot", "/help@connection_test_bot", "/stop@connection_test_bot")


@pytest.mark.parametrize("command", OURS)
async def test_a_command_in_a_group_is_answered_with_the_way_to_a_private_chat(
    bot: Running, lookalike: Lookalike, group: Phone, command: str
) -> None:
    lookalike.adds_to_group(group.chat_id, by=7)
    await bot.said_all()
    group.act()
    lookalike.types(group.chat_id, command, by=7)
    assert leads_to_a_private_chat(await group.hears())
    await bot.said_all()
    assert len(group.heard) == 2


async def test_talk_in_a_group_is_left_alone(bot: Running, lookalike: Lookalike, group: Phone) -> None:
    lookalike.privacy = False  # even if somebody lets the bot hear all
    lookalike.adds_to_group(group.chat_id, by=7)
    await bot.said_all()
    message = lookalike.types(group.chat_id, "neighbour", by=7)
    lookalike.edits(group.chat_id, message["message_id"], "my family")
    for kind in ("photo", "voice", "location", "poll"):
        lookalike.sends(group.chat_id, kind, by=8)
    lookalike.types(group.chat_id, "/start@another_bot", by=8)
    await bot.said_all()
    assert len(group.heard) == 1
    assert bot.rows("select * from runs") == []


async def test_nothing_is_asked_or_answered_in_a_group(bot: Running, lookalike: Lookalike, group: Phone) -> None:
    """Not even by a button that somebody carried over from a private chat."""
    phone = Phone(lookalike, 7)
    asked = await Walker(phone).to("role")
    lookalike.adds_to_group(group.chat_id, by=7)
    await bot.said_all()
    lookalike.taps(group.chat_id, 1, asked.keyboard[0]["callback_data"], by=7)
    await bot.said_all()
    assert len(group.heard) == 1
    assert bot.rows("select * from answers") == []


async def test_thrown_out_of_a_group_nothing_is_said_there(bot: Running, lookalike: Lookalike, group: Phone) -> None:
    lookalike.adds_to_group(group.chat_id, by=7)
    await bot.said_all()
    lookalike.types(group.chat_id, "/start", by=7)
    lookalike.removes_from_group(group.chat_id, by=7)
    await bot.said_all()
    phone = Phone(lookalike, 7)
    await Walker(phone).to("role")


@pytest.mark.usefixtures("bot")
async def test_the_button_of_a_group_begins_in_the_private_chat(phone: Phone) -> None:
    phone.type("/start group")
    assert "Hello" in (await phone.hears()).text
