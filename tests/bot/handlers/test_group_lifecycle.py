"""Results of a campaign in its group; and groups that are moved or restricted, or that remove the bot."""

from collections.abc import Callable

import pytest

from bot.emulator import TelegramEmulator
from storage.anonymity.participation import close_campaign
from tests.support.campaign_results import GROUP_PLAN as PLAN
from tests.support.campaign_results import (
    compute_expected_cells,
    parse_cells,
    parse_results,
    release_results,
    submit_answers,
)
from tests.support.campaigns import create_campaign, run_in_transaction
from tests.support.dead_letter_log import ON_ALL_DEPLOYMENTS
from tests.support.graphics_samples import draw_charts
from tests.support.group_chat import fetch_group_campaigns, list_bot_messages, write_in_group
from tests.support.phone import Phone
from tests.support.result_chat import get_file_content
from tests.support.running_bot import RunningBot, wait_until

OLD_CHAT_ID, NEW_CHAT_ID = -77, -1_001_234_567_890
ANONYMOUS = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
RESULTS = "/results@connection_test_bot"
TOO_FEW_TEXT, FURTHER_UP_TEXT = "at least 10 people have answered", "stands a little further up"


@pytest.fixture
def group(emulator: TelegramEmulator) -> Phone:
    return Phone(emulator, OLD_CHAT_ID)


@pytest.fixture
async def code(bot: RunningBot, emulator: TelegramEmulator, group: Phone) -> str:
    """The code of the group's campaign."""
    campaign = await create_campaign(bot, PLAN)
    emulator.add_bot_to_group(group.chat_id, user_id=7, start_parameter=campaign)
    await bot.wait_for_delivery()
    return campaign


@ON_ALL_DEPLOYMENTS
async def test_results_in_a_group_match_the_submitted_answers(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone, code: str
) -> None:
    submitted = await submit_answers(bot, code, 12, seed=1)
    await release_results(bot)
    chart, words = await write_in_group(bot, group, "/results")
    assert words.text.startswith("What people said about Oak <House> & garden. Asked by Leeds carers.")
    assert parse_cells(words.text) == compute_expected_cells(submitted)
    assert get_file_content(emulator, chart) == draw_charts(parse_results(words.text))[0]
    assert [button["url"] for button in words.keyboard] == [f"https://t.me/connection_test_bot?start={code}"]
    assert chart.buttons == []
    assert emulator.calls["sendDocument"] == 0, "the PDF page is for private chats"


async def test_results_are_repeated_in_a_group_only_after_a_change_or_ten_minutes(
    bot: RunningBot, group: Phone, code: str
) -> None:
    [too_few] = await write_in_group(bot, group, "/results")
    assert TOO_FEW_TEXT in too_few.text
    await submit_answers(bot, code, 12, seed=1)
    await release_results(bot)
    assert len(await write_in_group(bot, group, RESULTS)) == 2
    [further_up] = await write_in_group(bot, group, "/results")
    assert FURTHER_UP_TEXT in further_up.text
    assert [button["url"] for button in further_up.keyboard] == [f"https://t.me/connection_test_bot?start={code}"]
    assert await write_in_group(bot, group, "/results") == []
    bot.execute_sql("update groups set last_answer_at = last_answer_at - 601")
    assert len(await write_in_group(bot, group, "/results")) == 2
    await submit_answers(bot, code, 30, seed=2)
    await release_results(bot)
    assert "no. 2" in (await write_in_group(bot, group, "/results"))[-1].text
    await run_in_transaction(bot, lambda session: close_campaign(session, code))
    *_, closed = await write_in_group(bot, group, "/results")
    assert (PLAN.about in closed.text, closed.buttons) == (True, []), "there is nothing to answer any more"
    [further_up] = await write_in_group(bot, group, "/results")
    assert (FURTHER_UP_TEXT in further_up.text, further_up.buttons) == (True, [])
    [closed_help] = await write_in_group(bot, group, "/help")
    assert "/results shows here what people said" in closed_help.text


async def test_a_campaign_closed_with_too_few_answers_promises_no_results(
    bot: RunningBot, group: Phone, code: str
) -> None:
    await run_in_transaction(bot, lambda session: close_campaign(session, code))
    for command in ("/results", "/help"):
        [reply] = await write_in_group(bot, group, command)
        assert "Too few have answered to show anything safely" in reply.text
        assert (reply.buttons, "/results" in reply.text) == ([], False)


async def test_messages_to_the_bot_in_a_group_are_redirected_once_in_a_while(
    bot: RunningBot, group: Phone, code: str
) -> None:
    [greeting] = list_bot_messages(group)
    assert await write_in_group(bot, group, "It was a bit better this time") == [], (
        "people's own conversation is ignored"
    )
    [reply] = await write_in_group(bot, group, "a bit better", reply_to_message=greeting.raw)
    assert "Please don't answer here" in reply.text
    assert [button["url"] for button in reply.keyboard] == [f"https://t.me/connection_test_bot?start={code}"]
    assert await write_in_group(bot, group, "@connection_test_bot it helps") == [], "not twice in a short time"
    assert len(await write_in_group(bot, group, "/results")) == 1
    assert await write_in_group(bot, group, "@connection_test_bot it helps") == [], "nor after other answers in between"
    bot.execute_sql("update groups set last_answer = replace(last_answer, 'redirected 1', 'redirected 0')")
    assert len(await write_in_group(bot, group, "@Connection_Test_Bot it helps")) == 1
    [further_up] = await write_in_group(bot, group, "/results")
    assert FURTHER_UP_TEXT in further_up.text, "the results' message is still remembered"
    assert await write_in_group(bot, group, "/vote@other_bot a", reply_to_message=greeting.raw) == []
    bot.execute_sql("update groups set last_answer = replace(last_answer, 'redirected 1', 'redirected 0')")
    await run_in_transaction(bot, lambda session: close_campaign(session, code))
    [reply] = await write_in_group(bot, group, "a bit better", reply_to_message=greeting.raw)
    assert reply.buttons == []


async def test_a_group_without_a_campaign_gets_one_line(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone
) -> None:
    emulator.add_bot_to_group(OLD_CHAT_ID, user_id=7)
    [reply] = await write_in_group(bot, group, "/results")
    assert "This group has no link to answer yet" in reply.text


async def test_anonymous_admins_are_answered_in_their_topic(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone, code: str
) -> None:
    await submit_answers(bot, code, 12, seed=1)
    await release_results(bot)
    anonymous = {"from": ANONYMOUS, "sender_chat": {"id": OLD_CHAT_ID, "type": "group", "title": "A group"}}
    group.chat.topic_ids.update({5, 6})
    for topic in (5, 6):
        reply = await write_in_group(
            bot, group, "/results", **anonymous, message_thread_id=topic, is_topic_message=True
        )
        assert [message.raw.get("message_thread_id") for message in reply] == [topic, topic]
    reply = await write_in_group(bot, group, "/results", **anonymous, message_thread_id=9)
    assert ["message_thread_id" in message.raw for message in reply] == [False, False], (
        "it is a thread of replies, not a topic"
    )
    group.chat.topic_ids.clear()
    assert await write_in_group(bot, group, "/help", message_thread_id=5, is_topic_message=True) == [], (
        "the topic is closed"
    )
    assert fetch_group_campaigns(bot, group) == [code]
    assert emulator.calls["sendChatAction"] == 1


def remove_bot(emulator: TelegramEmulator) -> None:
    emulator.remove_bot_from_group(OLD_CHAT_ID, user_id=7)


def delete_chat(emulator: TelegramEmulator) -> None:
    emulator.delete_group(OLD_CHAT_ID, user_id=7)


def remove_bot_silently(emulator: TelegramEmulator) -> None:
    """The bot is removed, but Telegram's update on it is lost."""
    emulator.chats[OLD_CHAT_ID].closed_reason = "bot was kicked from the group chat"


@ON_ALL_DEPLOYMENTS
@pytest.mark.parametrize("remove", [remove_bot, delete_chat, remove_bot_silently])
async def test_after_removal_from_a_group_its_data_is_deleted_and_nothing_sent(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone, code: str, remove: Callable[[TelegramEmulator], None]
) -> None:
    received_before = list(group.received_ids)
    emulator.type_text(OLD_CHAT_ID, "/help", user_id=8)
    remove(emulator)
    await bot.wait_for_delivery()
    await wait_until(lambda: not fetch_group_campaigns(bot, group))
    assert bot.fetch_rows("select * from chats") == []
    assert group.received_ids == received_before
    emulator.add_bot_to_group(OLD_CHAT_ID, user_id=7, start_parameter=code)
    await bot.wait_for_delivery()
    assert len(group.received_ids) == len(received_before) + 1, "a new greeting is sent"
    assert fetch_group_campaigns(bot, group) == [code]


async def test_a_bot_that_may_not_write_in_a_group_keeps_its_campaign(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone, code: str
) -> None:
    emulator.restrict_bot(OLD_CHAT_ID, user_id=7)
    assert await write_in_group(bot, group, "/help") == []
    group.chat.forbidden_content.clear()
    assert len(await write_in_group(bot, group, "/help")) == 1
    assert fetch_group_campaigns(bot, group) == [code]


async def test_results_that_were_not_delivered_can_be_requested_again_at_once(
    bot: RunningBot, group: Phone, code: str
) -> None:
    bot.allow_events("a drawing could not be sent; its text is sent instead")
    await submit_answers(bot, code, 12, seed=1)
    await release_results(bot)
    bot.emulator.restrict_bot(OLD_CHAT_ID, user_id=7)
    assert await write_in_group(bot, group, "/results") == []
    group.chat.forbidden_content.clear()
    assert len(await write_in_group(bot, group, "/results")) == 2
    assert fetch_group_campaigns(bot, group) == [code]


async def test_results_are_sent_as_text_where_pictures_are_forbidden(bot: RunningBot, group: Phone, code: str) -> None:
    bot.allow_events("a drawing could not be sent; its text is sent instead")
    await submit_answers(bot, code, 12, seed=1)
    await release_results(bot)
    group.chat.forbidden_content.add("photos")
    [words] = await write_in_group(bot, group, "/results")
    assert words.text.startswith("What people said about")


@ON_ALL_DEPLOYMENTS
@pytest.mark.parametrize("first", ["the join", "the old chat", "the new chat"])
async def test_a_group_that_becomes_a_supergroup_keeps_its_campaign(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone, code: str, first: str
) -> None:
    new = Phone(emulator, NEW_CHAT_ID)
    emulator.chats[OLD_CHAT_ID].supergroup_id, new.chat.title, new.chat.is_reachable = NEW_CHAT_ID, "A group", True
    pushes: dict[str, Callable[[], object]] = {
        "the join": lambda: emulator.push_membership(new.chat, 7, "left", "member"),
        "the old chat": lambda: emulator.post_as_group(group.chat, {"migrate_to_chat_id": NEW_CHAT_ID}),
        "the new chat": lambda: emulator.post_as_group(new.chat, {"migrate_from_chat_id": OLD_CHAT_ID}),
    }
    pushes.pop(first)()
    await bot.wait_for_delivery()
    for send_update in pushes.values():
        send_update()
    await bot.wait_for_delivery()
    assert list_bot_messages(new) == []
    assert (fetch_group_campaigns(bot, group), fetch_group_campaigns(bot, new)) == ([], [code])
    [greeting] = await write_in_group(bot, new, "/help")
    assert PLAN.asker in greeting.text
    emulator.remove_bot_from_group(NEW_CHAT_ID, user_id=7)
    await wait_until(lambda: not fetch_group_campaigns(bot, new))


async def test_an_outbox_entry_follows_a_group_that_became_a_supergroup(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone, code: str
) -> None:
    """Telegram answers a call with the new chat ID before it sends an update on the move."""
    new = Phone(emulator, NEW_CHAT_ID)
    emulator.chats[OLD_CHAT_ID].supergroup_id, new.chat.title, new.chat.is_reachable = NEW_CHAT_ID, "A group", True
    emulator.type_text(OLD_CHAT_ID, "/help", user_id=8)
    await bot.wait_for_delivery()
    assert [PLAN.asker in message.text for message in list_bot_messages(new)] == [True]
    assert (fetch_group_campaigns(bot, group), fetch_group_campaigns(bot, new)) == ([], [code])
