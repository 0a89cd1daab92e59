"""In a group, the bot says who asks and links to a private chat; it asks no questions there."""

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


def has_private_chat_link(message: PhoneMessage) -> bool:
    [button] = message.keyboard
    return button == {"text": "Open a private chat", "url": "https://t.me/connection_test_bot?start=group"}


@ON_ALL_DEPLOYMENTS
async def test_added_with_a_campaign_link_the_bot_introduces_the_campaign_once(
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
@pytest.mark.parametrize("delay", [0.0, 0.05])
async def test_updates_on_being_added_lead_to_one_greeting_in_any_order(
    bot: RunningBot, emulator: TelegramEmulator, delay: float
) -> None:
    """The membership update, the service message and the command with the link's code, one of them twice."""
    code = await create_campaign(bot)
    emulator.fault_injector = lambda method, _: delay if method == "sendMessage" else None
    groups = []
    for number, (order, again) in enumerate(product(permutations(range(3)), range(3))):
        chat = emulator.chats[SUPERGROUP - number]
        chat.title, chat.is_reachable = "A group", True
        groups.append(Phone(emulator, chat.id))
        pushes = (
            lambda chat=chat: emulator.push_membership(chat, 7, "left", "member"),
            lambda chat=chat: emulator.post_message(
                chat.id, {"new_chat_members": [emulator.bot_user_json()]}, user_id=7
            ),
            lambda chat=chat: emulator.type_text(chat.id, f"/start@connection_test_bot {code}", user_id=7),
        )
        for one in (*order, again):
            pushes[one]()
    await bot.wait_for_delivery()
    for group in groups:
        [greeting] = list_bot_messages(group)
        assert greeting.buttons == ["Answer in a private chat"], group.format_transcript()
        assert fetch_group_campaigns(bot, group) == [code]


async def test_a_link_added_later_gets_its_own_greeting(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone
) -> None:
    emulator.add_bot_to_group(group.chat_id, user_id=7)
    await bot.wait_for_delivery()
    bot.execute_sql("update chats set opened_at = opened_at - 61")
    code = await create_campaign(bot)
    [greeting] = await write_in_group(bot, group, f"/start {code}")
    assert greeting.buttons == ["Answer in a private chat"]
    assert len(list_bot_messages(group)) == 2
    assert has_private_chat_link(list_bot_messages(group)[0])


async def test_a_group_keeps_its_first_campaign_until_it_is_closed(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone
) -> None:
    code, other = await create_campaign(bot), await create_campaign(bot, OAK_HOUSE_PLAN)
    emulator.add_bot_to_group(group.chat_id, user_id=7, start_parameter=code)
    [reply] = await write_in_group(bot, group, f"/start {other}")
    assert "about The <Willow> day centre until that is closed" in reply.text
    assert fetch_group_campaigns(bot, group) == [code]
    await run_in_transaction(bot, lambda session: close_campaign(session, code))
    [refusal] = await write_in_group(bot, group, "/start")
    assert ("closed now" in refusal.text, refusal.buttons) == (True, [])
    assert await write_in_group(bot, group, f"/start {other.upper()}") == [], (
        "so soon after it, the newest greeting is edited"
    )
    assert "Oak House" in list_bot_messages(group)[-1].text
    assert fetch_group_campaigns(bot, group) == [other]


async def test_an_unusable_link_does_not_change_the_group_s_campaign(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone
) -> None:
    code, closed = await create_campaign(bot), await create_campaign(bot)
    early = await create_campaign(bot, CampaignPlan("Oak House", "", opens_on=date.today() + timedelta(days=9)))  # noqa: DTZ011
    await run_in_transaction(bot, lambda session: close_campaign(session, closed))
    emulator.add_bot_to_group(group.chat_id, user_id=7, start_parameter=code)
    message_count = {"nobody": "I don't know", "r-nobody": "I don't know", closed: "closed now", early: "not open yet"}
    for words, answer in message_count.items():
        [reply] = await write_in_group(bot, group, f"/start {words}")
        assert answer in reply.text
        assert fetch_group_campaigns(bot, group) == [code]
    [greeting] = await write_in_group(bot, group, "/help")
    assert "<Willow>" in greeting.text


async def test_added_with_an_unusable_link_the_bot_explains_what_to_do(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone
) -> None:
    closed = await create_campaign(bot)
    await run_in_transaction(bot, lambda session: close_campaign(session, closed))
    reasons = {closed: "that link is closed now", "nobody": "I don't know that link"}
    for message_count, (code, reason) in enumerate(reasons.items(), 1):
        emulator.add_bot_to_group(group.chat_id, user_id=7, start_parameter=code)
        await bot.wait_for_delivery()
        reply = list_bot_messages(group)[-1]
        assert reply.text.startswith("Whoever added me:")
        assert reason in reply.text
        assert "take me out, and add me with" in reply.text
        assert reply.buttons == []
        assert len(list_bot_messages(group)) == message_count, "one message per attempt"
        emulator.remove_bot_from_group(group.chat_id, user_id=7)
        await bot.wait_for_delivery()


async def test_coordinator_commands_and_invitations_do_not_work_in_a_group(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, group: Phone
) -> None:
    """Coordinator commands are answered like unknown ones, also for a coordinator. An invitation stays unused."""
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
        audit_log = bot.fetch_rows("select * from audit_log")
        [unknown] = await write_in_group(bot, group, "/nonsense@connection_test_bot")
        for command in ("coordinator", "mydata", "delete", "stop"):
            [reply] = await write_in_group(bot, group, f"/{command}@connection_test_bot")
            assert (reply.text, reply.keyboard) == (unknown.text, unknown.keyboard)
            assert await write_in_group(bot, group, f"/{command}") == [], "it may be meant for another bot"
        [reply] = await write_in_group(bot, group, f"/start {token}")
        assert "I don't know that link" in reply.text
        assert bot.fetch_rows("select * from audit_log") == audit_log
        assert len(bot.fetch_rows("select * from invitations")) == 1


async def test_added_to_a_group_the_bot_links_to_a_private_chat_once(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone
) -> None:
    emulator.add_bot_to_group(group.chat_id, user_id=7)
    assert has_private_chat_link(await group.receive())
    await bot.wait_for_delivery()
    assert len(group.received_ids) == 1


BOT_COMMANDS = ("/start", "/start@connection_test_bot", "/help@connection_test_bot", "/stop@connection_test_bot")


@pytest.mark.parametrize("command", BOT_COMMANDS)
async def test_a_command_in_a_group_is_answered_with_a_link_to_a_private_chat(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone, command: str
) -> None:
    emulator.add_bot_to_group(group.chat_id, user_id=7)
    await bot.wait_for_delivery()
    group.skip_received()
    emulator.type_text(group.chat_id, command, user_id=7)
    assert has_private_chat_link(await group.receive())
    await bot.wait_for_delivery()
    assert len(group.received_ids) == 2


async def test_conversation_in_a_group_is_ignored(bot: RunningBot, emulator: TelegramEmulator, group: Phone) -> None:
    emulator.has_privacy_mode = False  # even if an admin lets the bot receive all messages
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


async def test_answers_cannot_be_given_in_a_group(bot: RunningBot, emulator: TelegramEmulator, group: Phone) -> None:
    """Not even by a tap with callback data from a private chat."""
    phone = Phone(emulator, 7)
    question = await Walker(phone).walk_to("role")
    emulator.add_bot_to_group(group.chat_id, user_id=7)
    await bot.wait_for_delivery()
    [greeting] = list_bot_messages(group)
    for message in (greeting.id, 1):
        tap = emulator.tap_button(group.chat_id, message, question.keyboard[0]["callback_data"], user_id=7)
        assert (await group.wait_for_answer(tap)).text == "", "the tap is answered, so the app stops its spinner"
    await bot.wait_for_delivery()
    assert list_bot_messages(group) == [greeting]
    assert bot.fetch_rows("select * from answers") == []


async def test_after_removal_from_a_group_the_bot_goes_on_elsewhere(
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
async def test_the_link_from_a_group_starts_a_private_run(phone: Phone) -> None:
    phone.type_text("/start group")
    assert "Hello" in (await phone.receive()).text
