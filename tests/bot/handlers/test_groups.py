"""In a group the bot says whose questions it asks, and where to go: a chat of one's own. Nobody is asked there."""

import re
from datetime import date, timedelta
from itertools import permutations, product
from typing import Any

import pytest

from bot.emulator import Lookalike
from storage.anonymity.participation import close_campaign
from storage.campaigns.repository import Plan
from tests.bot.handlers.test_campaign_links import OAK, beside, opened
from tests.bot.intake.test_dead_letters import EVERYWHERE
from tests.support.deployments import Way
from tests.support.phone import Message, Phone
from tests.support.running_bot import Running, running
from tests.support.walkers import Walker

GROUP, SUPERGROUP = -77, -1_001_234_567_890
OTHER_BOT = {"id": 99, "is_bot": True, "first_name": "Other", "username": "other_bot"}
FORWARDED = {"type": "hidden_user", "sender_user_name": "Sam", "date": 1_700_000_000}
CHANNEL = {"id": -1_009_999_999_999, "type": "channel", "title": "News"}


@pytest.fixture(params=[GROUP, SUPERGROUP])
def group(request: pytest.FixtureRequest, lookalike: Lookalike) -> Phone:
    return Phone(lookalike, request.param)


def leads_to_a_private_chat(message: Message) -> bool:
    [button] = message.keyboard
    return button == {"text": "Open a private chat", "url": "https://t.me/connection_test_bot?start=group"}


def standing(group: Phone) -> list[Message]:
    """What stands there of the bot's."""
    return [message for message in group.messages if message.raw["from"]["id"] == group.lookalike.bot_id]


def joined(bot: Running, group: Phone) -> list[str]:
    return [code for (code,) in bot.rows("select campaign from groups where chat = ?", group.chat_id)]


async def says(bot: Running, group: Phone, words: str, **more: Any) -> list[Message]:
    """Somebody writes this in the group; what the bot says then."""
    await bot.said_all()
    group.act()
    bot.lookalike.types(group.chat_id, words, by=8, **more)
    await bot.said_all()
    said = (group.versions[number][-1] for number in group.heard[group.next_heard :])
    return [message for message in said if message.raw["from"]["id"] == bot.lookalike.bot_id]


@EVERYWHERE
async def test_added_with_a_campaigns_link_it_says_once_whose_questions_it_asks(
    bot: Running, lookalike: Lookalike, group: Phone
) -> None:
    code = await opened(bot)
    lookalike.adds_to_group(group.chat_id, by=7, code=code)
    await bot.said_all()
    [greeting] = standing(group)
    for words in (
        "Hello, all.",
        "Carers & friends would like to know about The <Willow> day centre.",
        "What you get back: What we heard (by 1 March 2057)",
        "Please don't answer here.",
        "Nobody in this group sees who answered, or what they said.",
    ):
        assert words in greeting.text
    [button] = greeting.keyboard
    assert button == {
        "text": "Answer in a private chat",
        "url": f"https://t.me/connection_test_bot?start={code}",
    }
    assert joined(bot, group) == [code]


@EVERYWHERE
@pytest.mark.parametrize("slow", [0.0, 0.05])
async def test_in_whatever_order_telegram_tells_it_there_is_one_greeting(
    bot: Running, lookalike: Lookalike, slow: float
) -> None:
    """That the bot was added, the word about it in the chat, and the link's code; one of them twice."""
    code = await opened(bot)
    lookalike.fault = lambda method, _: slow if method == "sendMessage" else None
    groups = []
    for number, (order, again) in enumerate(product(permutations(range(3)), range(3))):
        chat = lookalike.chats[SUPERGROUP - number]
        chat.title, chat.reachable = "A group", True
        groups.append(Phone(lookalike, chat.id))
        tells = (
            lambda chat=chat: lookalike.tell_membership(chat, 7, "left", "member"),
            lambda chat=chat: lookalike.posts(chat.id, {"new_chat_members": [lookalike.bot_as_user()]}, by=7),
            lambda chat=chat: lookalike.types(chat.id, f"/start@connection_test_bot {code}", by=7),
        )
        for one in (*order, again):
            tells[one]()
    await bot.said_all()
    for group in groups:
        [greeting] = standing(group)
        assert greeting.buttons == ["Answer in a private chat"], group.transcript()
        assert joined(bot, group) == [code]


async def test_a_link_that_comes_later_is_told_below(bot: Running, lookalike: Lookalike, group: Phone) -> None:
    lookalike.adds_to_group(group.chat_id, by=7)
    await bot.said_all()
    bot.change("update chats set opened_at = opened_at - 61")
    code = await opened(bot)
    [greeting] = await says(bot, group, f"/start {code}")
    assert greeting.buttons == ["Answer in a private chat"]
    assert len(standing(group)) == 2
    assert leads_to_a_private_chat(standing(group)[0])


async def test_the_first_link_stays_until_its_campaign_is_closed(
    bot: Running, lookalike: Lookalike, group: Phone
) -> None:
    code, other = await opened(bot), await opened(bot, OAK)
    lookalike.adds_to_group(group.chat_id, by=7, code=code)
    [told] = await says(bot, group, f"/start {other}")
    assert "about The <Willow> day centre until that is closed" in told.text
    assert joined(bot, group) == [code]
    await beside(bot, lambda tx: close_campaign(tx, code))
    [over] = await says(bot, group, "/start")
    assert ("closed now" in over.text, over.buttons) == (True, [])
    assert await says(bot, group, f"/start {other.upper()}") == [], "so soon, the newest greeting becomes another"
    assert "Oak House" in standing(group)[-1].text
    assert joined(bot, group) == [other]


async def test_a_link_that_leads_nowhere_changes_nothing(bot: Running, lookalike: Lookalike, group: Phone) -> None:
    code, closed = await opened(bot), await opened(bot)
    early = await opened(bot, Plan("Oak House", "", opens_on=date.today() + timedelta(days=9)))  # noqa: DTZ011
    await beside(bot, lambda tx: close_campaign(tx, closed))
    lookalike.adds_to_group(group.chat_id, by=7, code=code)
    said = {"nobody": "I don't know", "r-nobody": "I don't know", closed: "closed now", early: "not open yet"}
    for words, answer in said.items():
        [told] = await says(bot, group, f"/start {words}")
        assert answer in told.text
        assert joined(bot, group) == [code]
    [greeting] = await says(bot, group, "/help")
    assert "<Willow>" in greeting.text


async def test_brought_with_a_link_that_leads_nowhere_it_says_what_to_do(
    bot: Running, lookalike: Lookalike, group: Phone
) -> None:
    closed = await opened(bot)
    await beside(bot, lambda tx: close_campaign(tx, closed))
    whys = {closed: "that link is closed now", "nobody": "I don't know that link"}
    for said, (code, why) in enumerate(whys.items(), 1):
        lookalike.adds_to_group(group.chat_id, by=7, code=code)
        await bot.said_all()
        told = standing(group)[-1]
        assert told.text.startswith("Whoever added me:")
        assert why in told.text
        assert "take me out, and add me with" in told.text
        assert told.buttons == []
        assert len(standing(group)) == said, "one message each time"
        lookalike.removes_from_group(group.chat_id, by=7)
        await bot.said_all()


async def test_nothing_of_a_coordinators_is_there(lookalike: Lookalike, url: str, way: Way, group: Phone) -> None:
    """Whoever types it: it is answered as any word is that the bot does not know. An invitation stays unused."""
    async with running(lookalike, url, way, coordinator_ids="8") as bot:
        phone = Phone(lookalike, 8)
        phone.type("/coordinator")
        await phone.hears()
        phone.tap("Invite")
        await phone.hears()
        phone.tap("Another group")
        invited = await phone.hears()
        [token] = re.findall(r"invite-\w+", invited.text)
        code = await opened(bot)
        lookalike.adds_to_group(group.chat_id, by=7, code=code)
        acts = bot.rows("select * from audit")
        [unknown] = await says(bot, group, "/nonsense@connection_test_bot")
        for command in ("coordinator", "mydata", "delete", "stop"):
            [told] = await says(bot, group, f"/{command}@connection_test_bot")
            assert (told.text, told.keyboard) == (unknown.text, unknown.keyboard)
            assert await says(bot, group, f"/{command}") == [], "it may be another bot's"
        [told] = await says(bot, group, f"/start {token}")
        assert "I don't know that link" in told.text
        assert bot.rows("select * from audit") == acts
        assert len(bot.rows("select * from invitations")) == 1


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
    [greeting] = standing(group)
    message = lookalike.types(group.chat_id, "neighbour", by=7)
    lookalike.types(group.chat_id, "/results", by=7, forward_origin=FORWARDED)
    lookalike.types(group.chat_id, "/results", by=7, via_bot=OTHER_BOT)
    lookalike.posts(group.chat_id, {"text": "/results", "from": OTHER_BOT})
    lookalike.edits(group.chat_id, message["message_id"], "/results")
    lookalike.updates.push("channel_post", {**message, "chat": CHANNEL, "text": "/results"})
    lookalike.edits(group.chat_id, message["message_id"], "my family")
    for kind in ("photo", "voice", "location", "poll"):
        lookalike.sends(group.chat_id, kind, by=8)
    lookalike.types(group.chat_id, "/start@another_bot", by=8)
    await bot.said_all()
    assert standing(group) == [greeting]
    assert bot.rows("select * from runs") == []


async def test_nothing_is_asked_or_answered_in_a_group(bot: Running, lookalike: Lookalike, group: Phone) -> None:
    """Not even by a button that somebody carried over from a private chat."""
    phone = Phone(lookalike, 7)
    asked = await Walker(phone).to("role")
    lookalike.adds_to_group(group.chat_id, by=7)
    await bot.said_all()
    [greeting] = standing(group)
    for message in (greeting.id, 1):
        tap = lookalike.taps(group.chat_id, message, asked.keyboard[0]["callback_data"], by=7)
        assert (await group.answered(tap)).text == "", "it does not go on waiting"
    await bot.said_all()
    assert standing(group) == [greeting]
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
