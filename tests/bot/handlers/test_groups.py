"""In a group the bot says whose questions it asks, and where to go: a chat of one's own. Nobody is asked there."""

import re
from datetime import date, timedelta
from itertools import permutations, product

import pytest

from bot.emulator import TelegramEmulator
from storage.anonymity.participation import close_campaign
from storage.campaigns.repository import CampaignPlan
from tests.support.campaigns import OAK_HOUSE_PLAN, create_campaign, run_in_transaction
from tests.support.dead_letter_log import ON_ALL_DEPLOYMENTS
from tests.support.deployments import Deployment
from tests.support.group_chat import fetch_group_campaigns, list_bot_messages, write_in_group
from tests.support.phone import Phone, PhoneMessage
from tests.support.running_bot import RunningBot, running_bot
from tests.support.walkers import Walker

GROUP, SUPERGROUP = -77, -1_001_234_567_890
OTHER_BOT = {"id": 99, "is_bot": True, "first_name": "Other", "username": "other_bot"}
FORWARDED = {"type": "hidden_user", "sender_user_name": "Sam", "date": 1_700_000_000}
CHANNEL = {"id": -1_009_999_999_999, "type": "channel", "title": "News"}


@pytest.fixture(params=[GROUP, SUPERGROUP])
def group(request: pytest.FixtureRequest, emulator: TelegramEmulator) -> Phone:
    return Phone(emulator, request.param)


def leads_to_a_private_chat(message: PhoneMessage) -> bool:
    [button] = message.keyboard
    return button == {"text": "Open a private chat", "url": "https://t.me/connection_test_bot?start=group"}


@ON_ALL_DEPLOYMENTS
async def test_added_with_a_campaigns_link_it_says_once_whose_questions_it_asks(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone
) -> None:
    code = await create_campaign(bot)
    emulator.add_bot_to_group(group.chat_id, user_id=7, start_parameter=code)
    await bot.wait_for_delivery()
    [greeting] = list_bot_messages(group)
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
    assert fetch_group_campaigns(bot, group) == [code]


@ON_ALL_DEPLOYMENTS
@pytest.mark.parametrize("slow", [0.0, 0.05])
async def test_in_whatever_order_telegram_tells_it_there_is_one_greeting(
    bot: RunningBot, emulator: TelegramEmulator, slow: float
) -> None:
    """That the bot was added, the word about it in the chat, and the link's code; one of them twice."""
    code = await create_campaign(bot)
    emulator.fault_injector = lambda method, _: slow if method == "sendMessage" else None
    groups = []
    for number, (order, again) in enumerate(product(permutations(range(3)), range(3))):
        chat = emulator.chats[SUPERGROUP - number]
        chat.title, chat.is_reachable = "A group", True
        groups.append(Phone(emulator, chat.id))
        tells = (
            lambda chat=chat: emulator.push_membership(chat, 7, "left", "member"),
            lambda chat=chat: emulator.post_message(
                chat.id, {"new_chat_members": [emulator.bot_user_json()]}, user_id=7
            ),
            lambda chat=chat: emulator.type_text(chat.id, f"/start@connection_test_bot {code}", user_id=7),
        )
        for one in (*order, again):
            tells[one]()
    await bot.wait_for_delivery()
    for group in groups:
        [greeting] = list_bot_messages(group)
        assert greeting.buttons == ["Answer in a private chat"], group.format_transcript()
        assert fetch_group_campaigns(bot, group) == [code]


async def test_a_link_that_comes_later_is_told_below(bot: RunningBot, emulator: TelegramEmulator, group: Phone) -> None:
    emulator.add_bot_to_group(group.chat_id, user_id=7)
    await bot.wait_for_delivery()
    bot.execute_sql("update chats set opened_at = opened_at - 61")
    code = await create_campaign(bot)
    [greeting] = await write_in_group(bot, group, f"/start {code}")
    assert greeting.buttons == ["Answer in a private chat"]
    assert len(list_bot_messages(group)) == 2
    assert leads_to_a_private_chat(list_bot_messages(group)[0])


async def test_the_first_link_stays_until_its_campaign_is_closed(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone
) -> None:
    code, other = await create_campaign(bot), await create_campaign(bot, OAK_HOUSE_PLAN)
    emulator.add_bot_to_group(group.chat_id, user_id=7, start_parameter=code)
    [told] = await write_in_group(bot, group, f"/start {other}")
    assert "about The <Willow> day centre until that is closed" in told.text
    assert fetch_group_campaigns(bot, group) == [code]
    await run_in_transaction(bot, lambda session: close_campaign(session, code))
    [over] = await write_in_group(bot, group, "/start")
    assert ("closed now" in over.text, over.buttons) == (True, [])
    assert await write_in_group(bot, group, f"/start {other.upper()}") == [], (
        "so soon, the newest greeting becomes another"
    )
    assert "Oak House" in list_bot_messages(group)[-1].text
    assert fetch_group_campaigns(bot, group) == [other]


async def test_a_link_that_leads_nowhere_changes_nothing(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone
) -> None:
    code, closed = await create_campaign(bot), await create_campaign(bot)
    early = await create_campaign(bot, CampaignPlan("Oak House", "", opens_on=date.today() + timedelta(days=9)))  # noqa: DTZ011
    await run_in_transaction(bot, lambda session: close_campaign(session, closed))
    emulator.add_bot_to_group(group.chat_id, user_id=7, start_parameter=code)
    said = {"nobody": "I don't know", "r-nobody": "I don't know", closed: "closed now", early: "not open yet"}
    for words, answer in said.items():
        [told] = await write_in_group(bot, group, f"/start {words}")
        assert answer in told.text
        assert fetch_group_campaigns(bot, group) == [code]
    [greeting] = await write_in_group(bot, group, "/help")
    assert "<Willow>" in greeting.text


async def test_brought_with_a_link_that_leads_nowhere_it_says_what_to_do(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone
) -> None:
    closed = await create_campaign(bot)
    await run_in_transaction(bot, lambda session: close_campaign(session, closed))
    whys = {closed: "that link is closed now", "nobody": "I don't know that link"}
    for said, (code, why) in enumerate(whys.items(), 1):
        emulator.add_bot_to_group(group.chat_id, user_id=7, start_parameter=code)
        await bot.wait_for_delivery()
        told = list_bot_messages(group)[-1]
        assert told.text.startswith("Whoever added me:")
        assert why in told.text
        assert "take me out, and add me with" in told.text
        assert told.buttons == []
        assert len(list_bot_messages(group)) == said, "one message each time"
        emulator.remove_bot_from_group(group.chat_id, user_id=7)
        await bot.wait_for_delivery()


async def test_nothing_of_a_coordinators_is_there(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, group: Phone
) -> None:
    """Whoever types it: it is answered as any word is that the bot does not know. An invitation stays unused."""
    async with running_bot(emulator, emulator_url, deployment, coordinator_ids="8") as bot:
        phone = Phone(emulator, 8)
        phone.type_text("/coordinator")
        await phone.receive()
        phone.tap("Invite")
        await phone.receive()
        phone.tap("Another group")
        invited = await phone.receive()
        [token] = re.findall(r"invite-\w+", invited.text)
        code = await create_campaign(bot)
        emulator.add_bot_to_group(group.chat_id, user_id=7, start_parameter=code)
        acts = bot.fetch_rows("select * from audit_log")
        [unknown] = await write_in_group(bot, group, "/nonsense@connection_test_bot")
        for command in ("coordinator", "mydata", "delete", "stop"):
            [told] = await write_in_group(bot, group, f"/{command}@connection_test_bot")
            assert (told.text, told.keyboard) == (unknown.text, unknown.keyboard)
            assert await write_in_group(bot, group, f"/{command}") == [], "it may be another bot's"
        [told] = await write_in_group(bot, group, f"/start {token}")
        assert "I don't know that link" in told.text
        assert bot.fetch_rows("select * from audit_log") == acts
        assert len(bot.fetch_rows("select * from invitations")) == 1


async def test_added_to_a_group_it_says_once_where_to_go(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone
) -> None:
    emulator.add_bot_to_group(group.chat_id, user_id=7)
    assert leads_to_a_private_chat(await group.receive())
    await bot.wait_for_delivery()
    assert len(group.received_ids) == 1


BOT_COMMANDS = ("/start", "/start@connection_test_bot", "/help@connection_test_bot", "/stop@connection_test_bot")


@pytest.mark.parametrize("command", BOT_COMMANDS)
async def test_a_command_in_a_group_is_answered_with_the_way_to_a_private_chat(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone, command: str
) -> None:
    emulator.add_bot_to_group(group.chat_id, user_id=7)
    await bot.wait_for_delivery()
    group.skip_received()
    emulator.type_text(group.chat_id, command, user_id=7)
    assert leads_to_a_private_chat(await group.receive())
    await bot.wait_for_delivery()
    assert len(group.received_ids) == 2


async def test_talk_in_a_group_is_left_alone(bot: RunningBot, emulator: TelegramEmulator, group: Phone) -> None:
    emulator.has_privacy_mode = False  # even if somebody lets the bot hear all
    emulator.add_bot_to_group(group.chat_id, user_id=7)
    await bot.wait_for_delivery()
    [greeting] = list_bot_messages(group)
    message = emulator.type_text(group.chat_id, "neighbour", user_id=7)
    emulator.type_text(group.chat_id, "/results", user_id=7, forward_origin=FORWARDED)
    emulator.type_text(group.chat_id, "/results", user_id=7, via_bot=OTHER_BOT)
    emulator.post_message(group.chat_id, {"text": "/results", "from": OTHER_BOT})
    emulator.edit_text(group.chat_id, message["message_id"], "/results")
    emulator.updates.push("channel_post", {**message, "chat": CHANNEL, "text": "/results"})
    emulator.edit_text(group.chat_id, message["message_id"], "my family")
    for kind in ("photo", "voice", "location", "poll"):
        emulator.send_attachment(group.chat_id, kind, user_id=8)
    emulator.type_text(group.chat_id, "/start@another_bot", user_id=8)
    await bot.wait_for_delivery()
    assert list_bot_messages(group) == [greeting]
    assert bot.fetch_rows("select * from runs") == []


async def test_nothing_is_asked_or_answered_in_a_group(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone
) -> None:
    """Not even by a button that somebody carried over from a private chat."""
    phone = Phone(emulator, 7)
    asked = await Walker(phone).walk_to("role")
    emulator.add_bot_to_group(group.chat_id, user_id=7)
    await bot.wait_for_delivery()
    [greeting] = list_bot_messages(group)
    for message in (greeting.id, 1):
        tap = emulator.tap_button(group.chat_id, message, asked.keyboard[0]["callback_data"], user_id=7)
        assert (await group.wait_for_answer(tap)).text == "", "it does not go on waiting"
    await bot.wait_for_delivery()
    assert list_bot_messages(group) == [greeting]
    assert bot.fetch_rows("select * from answers") == []


async def test_thrown_out_of_a_group_nothing_is_said_there(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone
) -> None:
    emulator.add_bot_to_group(group.chat_id, user_id=7)
    await bot.wait_for_delivery()
    emulator.type_text(group.chat_id, "/start", user_id=7)
    emulator.remove_bot_from_group(group.chat_id, user_id=7)
    await bot.wait_for_delivery()
    phone = Phone(emulator, 7)
    await Walker(phone).walk_to("role")


@pytest.mark.usefixtures("bot")
async def test_the_button_of_a_group_begins_in_the_private_chat(phone: Phone) -> None:
    phone.type_text("/start group")
    assert "Hello" in (await phone.receive()).text
