"""What a group is told of its campaign's results; and what becomes of the bot there: moved, restricted, thrown out."""

from collections.abc import Callable

import pytest

from bot.emulator import Lookalike
from bot.graphics.charts import draw_charts
from storage.anonymity.participation import close_campaign
from tests.bot.handlers.test_campaign_links import beside, opened
from tests.bot.handlers.test_groups import joined, says, standing
from tests.bot.handlers.test_results import file_of
from tests.bot.intake.test_dead_letters import EVERYWHERE
from tests.support.campaign_results import GROUP as PLAN
from tests.support.campaign_results import answered, decoded, expected, released, results_told
from tests.support.phone import Phone
from tests.support.running_bot import Running, until

OLD, NEW = -77, -1_001_234_567_890
ANONYMOUS = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
RESULTS = "/results@connection_test_bot"
EARLY, ABOVE = "at least 10 people have answered", "stands a little further up"


@pytest.fixture
def group(lookalike: Lookalike) -> Phone:
    return Phone(lookalike, OLD)


@pytest.fixture
async def code(bot: Running, lookalike: Lookalike, group: Phone) -> str:
    """The campaign of the group."""
    made = await opened(bot, PLAN)
    lookalike.adds_to_group(group.chat_id, by=7, code=made)
    await bot.said_all()
    return made


@EVERYWHERE
async def test_the_group_sees_what_its_people_tapped(
    bot: Running, lookalike: Lookalike, group: Phone, code: str
) -> None:
    said = await answered(bot, code, 12, seed=1)
    await released(bot)
    chart, words = await says(bot, group, "/results")
    assert words.text.startswith("What people said about Oak <House> & garden. Asked by Leeds carers.")
    assert decoded(words.text) == expected(said)
    assert file_of(lookalike, chart) == draw_charts(results_told(words.text))[0]
    assert [button["url"] for button in words.keyboard] == [f"https://t.me/connection_test_bot?start={code}"]
    assert chart.buttons == []
    assert lookalike.calls["sendDocument"] == 0, "the page is for chats of one's own"


async def test_of_many_who_ask_the_first_is_told_until_something_changes(bot: Running, group: Phone, code: str) -> None:
    [early] = await says(bot, group, "/results")
    assert EARLY in early.text
    await answered(bot, code, 12, seed=1)
    await released(bot)
    assert len(await says(bot, group, RESULTS)) == 2
    [above] = await says(bot, group, "/results")
    assert ABOVE in above.text
    assert [button["url"] for button in above.keyboard] == [f"https://t.me/connection_test_bot?start={code}"]
    assert await says(bot, group, "/results") == []
    bot.change("update groups set told_at = told_at - 601")
    assert len(await says(bot, group, "/results")) == 2
    await answered(bot, code, 30, seed=2)
    await released(bot)
    assert "no. 2" in (await says(bot, group, "/results"))[-1].text
    await beside(bot, lambda tx: close_campaign(tx, code))
    *_, closed = await says(bot, group, "/results")
    assert (PLAN.about in closed.text, closed.buttons) == (True, []), "there is nothing to answer any more"
    [above] = await says(bot, group, "/results")
    assert (ABOVE in above.text, above.buttons) == (True, [])
    [over] = await says(bot, group, "/help")
    assert "/results shows here what people said" in over.text


async def test_closed_with_too_few_answers_it_promises_no_results(bot: Running, group: Phone, code: str) -> None:
    await beside(bot, lambda tx: close_campaign(tx, code))
    for command in ("/results", "/help"):
        [told] = await says(bot, group, command)
        assert "Too few have answered to show anything safely" in told.text
        assert (told.buttons, "/results" in told.text) == ([], False)


async def test_whoever_speaks_to_the_bot_there_is_told_where_to_answer_once_in_a_while(
    bot: Running, group: Phone, code: str
) -> None:
    [greeting] = standing(group)
    assert await says(bot, group, "It was a bit better this time") == [], "that is between them"
    [told] = await says(bot, group, "a bit better", reply_to_message=greeting.raw)
    assert "Please don't answer here" in told.text
    assert [button["url"] for button in told.keyboard] == [f"https://t.me/connection_test_bot?start={code}"]
    assert await says(bot, group, "@connection_test_bot it helps") == [], "so soon"
    assert len(await says(bot, group, "/results")) == 1
    assert await says(bot, group, "@connection_test_bot it helps") == [], "nor between other things"
    bot.change("update groups set told = replace(told, 'hushed 1', 'hushed 0')")
    assert len(await says(bot, group, "@Connection_Test_Bot it helps")) == 1
    [above] = await says(bot, group, "/results")
    assert ABOVE in above.text, "what was told of results is still known"
    assert await says(bot, group, "/vote@other_bot a", reply_to_message=greeting.raw) == []
    bot.change("update groups set told = replace(told, 'hushed 1', 'hushed 0')")
    await beside(bot, lambda tx: close_campaign(tx, code))
    [told] = await says(bot, group, "a bit better", reply_to_message=greeting.raw)
    assert told.buttons == []


async def test_without_a_campaign_there_is_one_line(bot: Running, lookalike: Lookalike, group: Phone) -> None:
    lookalike.adds_to_group(OLD, by=7)
    [told] = await says(bot, group, "/results")
    assert "This group has no link to answer yet" in told.text


async def test_whoever_writes_unnamed_is_told_too_and_in_the_same_topic(
    bot: Running, lookalike: Lookalike, group: Phone, code: str
) -> None:
    await answered(bot, code, 12, seed=1)
    await released(bot)
    unnamed = {"from": ANONYMOUS, "sender_chat": {"id": OLD, "type": "group", "title": "A group"}}
    group.chat.topics.update({5, 6})
    for topic in (5, 6):
        told = await says(bot, group, "/results", **unnamed, message_thread_id=topic, is_topic_message=True)
        assert [message.raw.get("message_thread_id") for message in told] == [topic, topic]
    told = await says(bot, group, "/results", **unnamed, message_thread_id=9)
    assert ["message_thread_id" in message.raw for message in told] == [False, False], "that is a thread of replies"
    group.chat.topics.clear()
    assert await says(bot, group, "/help", message_thread_id=5, is_topic_message=True) == [], "it is closed"
    assert joined(bot, group) == [code]
    assert lookalike.calls["sendChatAction"] == 1


def kicked(lookalike: Lookalike) -> None:
    lookalike.removes_from_group(OLD, by=7)


def deleted(lookalike: Lookalike) -> None:
    lookalike.deletes_group(OLD, by=7)


def unheard(lookalike: Lookalike) -> None:
    """Telegram's news of it is lost."""
    lookalike.chats[OLD].gone = "bot was kicked from the group chat"


@EVERYWHERE
@pytest.mark.parametrize("goes", [kicked, deleted, unheard])
async def test_out_of_a_group_nothing_is_kept_of_it_nor_said_there(
    bot: Running, lookalike: Lookalike, group: Phone, code: str, goes: Callable[[Lookalike], None]
) -> None:
    heard = list(group.heard)
    lookalike.types(OLD, "/help", by=8)
    goes(lookalike)
    await bot.said_all()
    await until(lambda: not joined(bot, group))
    assert bot.rows("select * from chats") == []
    assert group.heard == heard
    lookalike.adds_to_group(OLD, by=7, code=code)
    await bot.said_all()
    assert len(group.heard) == len(heard) + 1, "it is greeted anew"
    assert joined(bot, group) == [code]


async def test_where_the_bot_may_not_write_it_is_quiet_and_stays(
    bot: Running, lookalike: Lookalike, group: Phone, code: str
) -> None:
    lookalike.restricts(OLD, by=7)
    assert await says(bot, group, "/help") == []
    group.chat.forbidden.clear()
    assert len(await says(bot, group, "/help")) == 1
    assert joined(bot, group) == [code]


async def test_results_that_never_came_do_not_stand_further_up(bot: Running, group: Phone, code: str) -> None:
    bot.allow("a picture could not be said; its words are")
    await answered(bot, code, 12, seed=1)
    await released(bot)
    bot.lookalike.restricts(OLD, by=7)
    assert await says(bot, group, "/results") == []
    group.chat.forbidden.clear()
    assert len(await says(bot, group, "/results")) == 2
    assert joined(bot, group) == [code]


async def test_where_pictures_are_not_allowed_the_words_are_told(bot: Running, group: Phone, code: str) -> None:
    bot.allow("a picture could not be said; its words are")
    await answered(bot, code, 12, seed=1)
    await released(bot)
    group.chat.forbidden.add("photos")
    [words] = await says(bot, group, "/results")
    assert words.text.startswith("What people said about")


@EVERYWHERE
@pytest.mark.parametrize("first", ["the join", "the old chat", "the new chat"])
async def test_a_group_that_becomes_a_supergroup_keeps_its_campaign_and_is_not_greeted_again(
    bot: Running, lookalike: Lookalike, group: Phone, code: str, first: str
) -> None:
    new = Phone(lookalike, NEW)
    lookalike.chats[OLD].moved_to, new.chat.title, new.chat.reachable = NEW, "A group", True
    tells: dict[str, Callable[[], object]] = {
        "the join": lambda: lookalike.tell_membership(new.chat, 7, "left", "member"),
        "the old chat": lambda: lookalike.posts_unnamed(group.chat, {"migrate_to_chat_id": NEW}),
        "the new chat": lambda: lookalike.posts_unnamed(new.chat, {"migrate_from_chat_id": OLD}),
    }
    tells.pop(first)()
    await bot.said_all()
    for tell in tells.values():
        tell()
    await bot.said_all()
    assert standing(new) == []
    assert (joined(bot, group), joined(bot, new)) == ([], [code])
    [greeting] = await says(bot, new, "/help")
    assert PLAN.asker in greeting.text
    lookalike.removes_from_group(NEW, by=7)
    await until(lambda: not joined(bot, new))


async def test_what_was_to_be_said_in_a_group_is_said_where_it_is_now(
    bot: Running, lookalike: Lookalike, group: Phone, code: str
) -> None:
    """Telegram refuses with the new number before it tells of it."""
    new = Phone(lookalike, NEW)
    lookalike.chats[OLD].moved_to, new.chat.title, new.chat.reachable = NEW, "A group", True
    lookalike.types(OLD, "/help", by=8)
    await bot.said_all()
    assert [PLAN.asker in message.text for message in standing(new)] == [True]
    assert (joined(bot, group), joined(bot, new)) == ([], [code])
