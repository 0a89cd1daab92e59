"""What a group is told of its campaign's results; and what becomes of the bot there: moved, restricted, thrown out."""

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

OLD, NEW = -77, -1_001_234_567_890
ANONYMOUS = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
RESULTS = "/results@connection_test_bot"
EARLY, ABOVE = "at least 10 people have answered", "stands a little further up"


@pytest.fixture
def group(emulator: TelegramEmulator) -> Phone:
    return Phone(emulator, OLD)


@pytest.fixture
async def code(bot: RunningBot, emulator: TelegramEmulator, group: Phone) -> str:
    """The campaign of the group."""
    made = await create_campaign(bot, PLAN)
    emulator.add_bot_to_group(group.chat_id, user_id=7, start_parameter=made)
    await bot.wait_for_delivery()
    return made


@ON_ALL_DEPLOYMENTS
async def test_the_group_sees_what_its_people_tapped(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone, code: str
) -> None:
    said = await submit_answers(bot, code, 12, seed=1)
    await release_results(bot)
    chart, words = await write_in_group(bot, group, "/results")
    assert words.text.startswith("What people said about Oak <House> & garden. Asked by Leeds carers.")
    assert parse_cells(words.text) == compute_expected_cells(said)
    assert get_file_content(emulator, chart) == draw_charts(parse_results(words.text))[0]
    assert [button["url"] for button in words.keyboard] == [f"https://t.me/connection_test_bot?start={code}"]
    assert chart.buttons == []
    assert emulator.calls["sendDocument"] == 0, "the page is for chats of one's own"


async def test_of_many_who_ask_the_first_is_told_until_something_changes(
    bot: RunningBot, group: Phone, code: str
) -> None:
    [early] = await write_in_group(bot, group, "/results")
    assert EARLY in early.text
    await submit_answers(bot, code, 12, seed=1)
    await release_results(bot)
    assert len(await write_in_group(bot, group, RESULTS)) == 2
    [above] = await write_in_group(bot, group, "/results")
    assert ABOVE in above.text
    assert [button["url"] for button in above.keyboard] == [f"https://t.me/connection_test_bot?start={code}"]
    assert await write_in_group(bot, group, "/results") == []
    bot.execute_sql("update groups set last_answer_at = last_answer_at - 601")
    assert len(await write_in_group(bot, group, "/results")) == 2
    await submit_answers(bot, code, 30, seed=2)
    await release_results(bot)
    assert "no. 2" in (await write_in_group(bot, group, "/results"))[-1].text
    await run_in_transaction(bot, lambda session: close_campaign(session, code))
    *_, closed = await write_in_group(bot, group, "/results")
    assert (PLAN.about in closed.text, closed.buttons) == (True, []), "there is nothing to answer any more"
    [above] = await write_in_group(bot, group, "/results")
    assert (ABOVE in above.text, above.buttons) == (True, [])
    [over] = await write_in_group(bot, group, "/help")
    assert "/results shows here what people said" in over.text


async def test_closed_with_too_few_answers_it_promises_no_results(bot: RunningBot, group: Phone, code: str) -> None:
    await run_in_transaction(bot, lambda session: close_campaign(session, code))
    for command in ("/results", "/help"):
        [told] = await write_in_group(bot, group, command)
        assert "Too few have answered to show anything safely" in told.text
        assert (told.buttons, "/results" in told.text) == ([], False)


async def test_whoever_speaks_to_the_bot_there_is_told_where_to_answer_once_in_a_while(
    bot: RunningBot, group: Phone, code: str
) -> None:
    [greeting] = list_bot_messages(group)
    assert await write_in_group(bot, group, "It was a bit better this time") == [], "that is between them"
    [told] = await write_in_group(bot, group, "a bit better", reply_to_message=greeting.raw)
    assert "Please don't answer here" in told.text
    assert [button["url"] for button in told.keyboard] == [f"https://t.me/connection_test_bot?start={code}"]
    assert await write_in_group(bot, group, "@connection_test_bot it helps") == [], "so soon"
    assert len(await write_in_group(bot, group, "/results")) == 1
    assert await write_in_group(bot, group, "@connection_test_bot it helps") == [], "nor between other things"
    bot.execute_sql("update groups set last_answer = replace(last_answer, 'redirected 1', 'redirected 0')")
    assert len(await write_in_group(bot, group, "@Connection_Test_Bot it helps")) == 1
    [above] = await write_in_group(bot, group, "/results")
    assert ABOVE in above.text, "what was told of results is still known"
    assert await write_in_group(bot, group, "/vote@other_bot a", reply_to_message=greeting.raw) == []
    bot.execute_sql("update groups set last_answer = replace(last_answer, 'redirected 1', 'redirected 0')")
    await run_in_transaction(bot, lambda session: close_campaign(session, code))
    [told] = await write_in_group(bot, group, "a bit better", reply_to_message=greeting.raw)
    assert told.buttons == []


async def test_without_a_campaign_there_is_one_line(bot: RunningBot, emulator: TelegramEmulator, group: Phone) -> None:
    emulator.add_bot_to_group(OLD, user_id=7)
    [told] = await write_in_group(bot, group, "/results")
    assert "This group has no link to answer yet" in told.text


async def test_whoever_writes_unnamed_is_told_too_and_in_the_same_topic(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone, code: str
) -> None:
    await submit_answers(bot, code, 12, seed=1)
    await release_results(bot)
    unnamed = {"from": ANONYMOUS, "sender_chat": {"id": OLD, "type": "group", "title": "A group"}}
    group.chat.topic_ids.update({5, 6})
    for topic in (5, 6):
        told = await write_in_group(bot, group, "/results", **unnamed, message_thread_id=topic, is_topic_message=True)
        assert [message.raw.get("message_thread_id") for message in told] == [topic, topic]
    told = await write_in_group(bot, group, "/results", **unnamed, message_thread_id=9)
    assert ["message_thread_id" in message.raw for message in told] == [False, False], "that is a thread of replies"
    group.chat.topic_ids.clear()
    assert await write_in_group(bot, group, "/help", message_thread_id=5, is_topic_message=True) == [], "it is closed"
    assert fetch_group_campaigns(bot, group) == [code]
    assert emulator.calls["sendChatAction"] == 1


def kicked(emulator: TelegramEmulator) -> None:
    emulator.remove_bot_from_group(OLD, user_id=7)


def deleted(emulator: TelegramEmulator) -> None:
    emulator.delete_group(OLD, user_id=7)


def unheard(emulator: TelegramEmulator) -> None:
    """Telegram's news of it is lost."""
    emulator.chats[OLD].closed_reason = "bot was kicked from the group chat"


@ON_ALL_DEPLOYMENTS
@pytest.mark.parametrize("goes", [kicked, deleted, unheard])
async def test_out_of_a_group_nothing_is_kept_of_it_nor_said_there(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone, code: str, goes: Callable[[TelegramEmulator], None]
) -> None:
    heard = list(group.received_ids)
    emulator.type_text(OLD, "/help", user_id=8)
    goes(emulator)
    await bot.wait_for_delivery()
    await wait_until(lambda: not fetch_group_campaigns(bot, group))
    assert bot.fetch_rows("select * from chats") == []
    assert group.received_ids == heard
    emulator.add_bot_to_group(OLD, user_id=7, start_parameter=code)
    await bot.wait_for_delivery()
    assert len(group.received_ids) == len(heard) + 1, "it is greeted anew"
    assert fetch_group_campaigns(bot, group) == [code]


async def test_where_the_bot_may_not_write_it_is_quiet_and_stays(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone, code: str
) -> None:
    emulator.restrict_bot(OLD, user_id=7)
    assert await write_in_group(bot, group, "/help") == []
    group.chat.forbidden_content.clear()
    assert len(await write_in_group(bot, group, "/help")) == 1
    assert fetch_group_campaigns(bot, group) == [code]


async def test_results_that_never_came_do_not_stand_further_up(bot: RunningBot, group: Phone, code: str) -> None:
    bot.allow_events("a drawing could not be sent; its text is sent instead")
    await submit_answers(bot, code, 12, seed=1)
    await release_results(bot)
    bot.emulator.restrict_bot(OLD, user_id=7)
    assert await write_in_group(bot, group, "/results") == []
    group.chat.forbidden_content.clear()
    assert len(await write_in_group(bot, group, "/results")) == 2
    assert fetch_group_campaigns(bot, group) == [code]


async def test_where_pictures_are_not_allowed_the_words_are_told(bot: RunningBot, group: Phone, code: str) -> None:
    bot.allow_events("a drawing could not be sent; its text is sent instead")
    await submit_answers(bot, code, 12, seed=1)
    await release_results(bot)
    group.chat.forbidden_content.add("photos")
    [words] = await write_in_group(bot, group, "/results")
    assert words.text.startswith("What people said about")


@ON_ALL_DEPLOYMENTS
@pytest.mark.parametrize("first", ["the join", "the old chat", "the new chat"])
async def test_a_group_that_becomes_a_supergroup_keeps_its_campaign_and_is_not_greeted_again(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone, code: str, first: str
) -> None:
    new = Phone(emulator, NEW)
    emulator.chats[OLD].supergroup_id, new.chat.title, new.chat.is_reachable = NEW, "A group", True
    tells: dict[str, Callable[[], object]] = {
        "the join": lambda: emulator.push_membership(new.chat, 7, "left", "member"),
        "the old chat": lambda: emulator.post_as_group(group.chat, {"migrate_to_chat_id": NEW}),
        "the new chat": lambda: emulator.post_as_group(new.chat, {"migrate_from_chat_id": OLD}),
    }
    tells.pop(first)()
    await bot.wait_for_delivery()
    for tell in tells.values():
        tell()
    await bot.wait_for_delivery()
    assert list_bot_messages(new) == []
    assert (fetch_group_campaigns(bot, group), fetch_group_campaigns(bot, new)) == ([], [code])
    [greeting] = await write_in_group(bot, new, "/help")
    assert PLAN.asker in greeting.text
    emulator.remove_bot_from_group(NEW, user_id=7)
    await wait_until(lambda: not fetch_group_campaigns(bot, new))


async def test_what_was_to_be_said_in_a_group_is_said_where_it_is_now(
    bot: RunningBot, emulator: TelegramEmulator, group: Phone, code: str
) -> None:
    """Telegram refuses with the new number before it tells of it."""
    new = Phone(emulator, NEW)
    emulator.chats[OLD].supergroup_id, new.chat.title, new.chat.is_reachable = NEW, "A group", True
    emulator.type_text(OLD, "/help", user_id=8)
    await bot.wait_for_delivery()
    assert [PLAN.asker in message.text for message in list_bot_messages(new)] == [True]
    assert (fetch_group_campaigns(bot, group), fetch_group_campaigns(bot, new)) == ([], [code])
