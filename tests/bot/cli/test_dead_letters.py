"""Updates that were set aside: looked at without a word of theirs, taken in again once it is mended, or given up."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from bot.cli.dead_letters import NotThere, give_up, replay, table
from bot.emulator import Lookalike
from bot.settings import Settings
from flows.models import Commanded
from storage.conversations.chats import lock_chat
from storage.conversations.dead_letters import all_aside, put_aside
from storage.db.database import Database
from storage.db.schema import chats, outbox, runs, set_aside
from tests.bot.cli.conftest import changed
from tests.support.bot_process import run
from tests.support.cli import as_environment, bot_on
from tests.support.phone import Phone
from tests.support.stored_chat import CHAT, Turning
from tests.support.walkers import Walker, place_of

ME = "connection_test_bot"
WORDS = "Gwenllian rang the surgery back"
NO_MOMENT = 10**17  # seconds: no calendar has it


def stop_time(database: Database) -> None:
    """Something in the rows of this run can't be read: each turn on it fails."""
    with database.transaction() as tx:
        tx.execute(text(f"UPDATE runs SET seen_at = {NO_MOMENT}"))


def mend(database: Database) -> None:
    with database.transaction() as tx:
        tx.execute(text("UPDATE runs SET seen_at = 1"))


async def test_a_turn_that_failed_is_taken_in_again_once_it_is_mended(
    tmp_path: Path, settings: Settings, database: Database, phone: Phone
) -> None:
    async with bot_on(settings):
        await Walker(phone).to("role")
        stop_time(database)
        phone.tap("Somebody else")
        assert "It's my fault, not yours." in (await phone.hears()).text
        environment = as_environment(settings)

        listed = await run(tmp_path, "set-aside", "list", **environment)
        assert listed.code == 0
        title, row = listed.out.splitlines()
        assert title.split() == ["number", "when", "(UTC)", "kind", "error", "where"]
        assert row.split()[0] == "1"
        assert "callback_query" in row
        assert str(phone.chat_id) not in row.split()

        failed = await run(tmp_path, "set-aside", "replay", "1", **environment)
        assert (failed.code, failed.out) == (1, "")
        assert failed.err.startswith("1: still set aside, it failed again: ")
        assert failed.err.count("\n") == 1

        mend(database)
        done = await run(tmp_path, "set-aside", "replay", "1", **environment)
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith("1: taken in.")
        assert place_of(await phone.hears()) == "viewpoint"
        assert (await run(tmp_path, "set-aside", "list", **environment)).out == "Nothing is set aside.\n"


# Without a process for each


def message(number: int, chat: Any, words: str, kind: str = "private") -> str:
    """An update as Telegram sends it."""
    person = {"id": 7, "is_bot": False, "first_name": "Blodwen"}
    content = {
        "message_id": 1,
        "date": 1_800_000_000,
        "text": words,
        "from": person,
        "chat": {"id": chat, "type": kind},
    }
    return json.dumps({"update_id": number, "message": content})


def aside(database: Database, content: str) -> int:
    put_aside(database, None, "message", content, "KeyError", "here.py:1")
    return all_aside(database)[-1].id


async def test_what_would_answer_something_else_now_is_not_taken_in(
    tmp_path: Path, settings: Settings, database: Database, phone: Phone
) -> None:
    """Two of one person who has not gone on are both taken in: the first is no sign of life that stops the second."""
    async with bot_on(settings):
        await Walker(phone).to("role")
    for number in (1_001, 1_002):
        put_aside(database, phone.chat_id, "message", message(number, 7, "/about"), "KeyError", "here.py:1")
    put_aside(database, -100, "message", message(1_003, -100, "/start", "group"), "KeyError", "here.py:1")
    put_aside(database, 8, "message", message(1_004, 8, "/about"), "KeyError", "here.py:1")
    put_aside(database, 8, "message", message(1_005, 8, "/help"), "KeyError", "here.py:1")
    for chat, later in ((phone.chat_id, 1), (-100, 1), (8, 0)):
        heard_of(database, chat, later)
    before = standing(database)
    done = await run(tmp_path, "set-aside", "replay", "--all", **as_environment(settings))
    late = "The person has gone on since, and it would answer something else now"
    assert done.code == 1
    assert done.err == "".join(
        f"{number}: not taken in. {late}: `set-aside drop {number}` erases it.\n" for number in (1, 2)
    )
    assert done.out.count("taken in.") == 3
    assert [one.id for one in all_aside(database)] == [1, 2]
    assert standing(database) == before


def heard_of(database: Database, chat: int, later: int) -> None:
    """The chat was last heard of so many seconds after its updates were set aside."""
    moment = 1_800_000_000
    with database.transaction() as tx:
        lock_chat(tx, chat)
        tx.execute(update(set_aside).where(set_aside.c.chat == chat).values(set_aside_at=moment))
        tx.execute(update(chats).where(chats.c.chat == chat).values(seen_at=moment + later))


def standing(database: Database) -> list[Any]:
    """All that is remembered of the person whose phone is 7."""
    with database.transaction() as tx:
        return [tx.execute(select(table).where(table.c.chat == 7)).all() for table in (chats, runs, outbox)]


def test_what_was_taken_in_before_changes_nothing_and_goes(database: Database) -> None:
    turning = Turning(database)
    turning.take(Commanded("start"), 7)
    turning.say()
    number = aside(database, message(7, CHAT, "/start"))
    assert replay(database, number, ME) == (True, f"{number}: was taken in before, and is erased.")
    assert turning.say() == []
    assert all_aside(database) == []


def test_what_means_nothing_to_the_bot_goes(database: Database) -> None:
    number = aside(database, json.dumps({"update_id": 1}))
    assert replay(database, number, ME) == (True, f"{number}: means nothing to the bot, and is erased.")
    assert all_aside(database) == []


def test_a_command_that_names_the_bot_is_known_as_its_own(database: Database) -> None:
    number = aside(database, message(1, -100, f"/about@{ME}", "group"))
    assert replay(database, number, ME)[0]
    with database.transaction() as tx:
        assert tx.execute(select(outbox.c.chat)).scalars().all() == [-100]


@pytest.mark.parametrize(
    "content",
    [
        message(1, "Blodwen", WORDS),
        message(1, 2**63, WORDS),
        message(1, None, WORDS),
        "[]",
        "null",
        '"Gwenllian"',
        json.dumps({"update_id": "Blodwen", "message": []}),
    ],
)
def test_an_odd_shape_stays_and_harms_nobody(database: Database, content: str) -> None:
    number = aside(database, content)
    taken_in, said = replay(database, number, ME)
    assert not taken_in
    assert said.startswith(f"{number}: still set aside, it failed again: ")
    assert not any(word in said for word in ("Blodwen", "Gwenllian", "surgery"))
    assert [one.id for one in all_aside(database)] == [number]
    with database.transaction() as tx:
        assert tx.execute(select(func.count()).select_from(chats)).scalar_one() == 0


def test_bytes_of_another_key_stay_with_a_sentence(database: Database) -> None:
    number = aside(database, message(1, CHAT, "/start"))
    with database.transaction() as tx:
        tx.execute(update(set_aside).values(content=b"not of this key"))
    taken_in, said = replay(database, number, ME)
    assert (taken_in, "written with another key" in said) == (False, True)
    assert [one.id for one in all_aside(database)] == [number]


def test_the_list_shows_nothing_of_what_is_said_or_of_whom(database: Database) -> None:
    aside(database, message(1, CHAT, WORDS))
    shown = "\n".join(table(database))
    assert "here.py:1" in shown
    assert not any(secret in shown for secret in (*WORDS.split(), "Blodwen", str(CHAT)))


def test_given_up_is_gone(database: Database) -> None:
    first, second = (aside(database, message(number, CHAT, WORDS)) for number in (1, 2))
    assert list(give_up(database, [first])) == [f"{first}: erased."]
    assert [one.id for one in all_aside(database)] == [second]
    with pytest.raises(NotThere, match="there is none of this number"):
        list(give_up(database, [first]))


async def test_all_are_tried_and_one_that_fails_is_told_by_the_exit_code(
    tmp_path: Path, settings: Settings, database: Database, lookalike: Lookalike
) -> None:
    odd = aside(database, "[]")
    for number in (1, 2):
        aside(database, message(number, CHAT, "/start"))
    done = await run(tmp_path, "set-aside", "replay", "--all", **as_environment(settings))
    assert done.code == 1
    assert (done.out.count("taken in."), done.err.count("\n")) == (2, 1)
    assert [one.id for one in all_aside(database)] == [odd]
    away = changed(settings, telegram_api_url="http://127.0.0.1:1")
    done = await run(tmp_path, "set-aside", "replay", "--all", **as_environment(away))
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("Could not: 127.0.0.1 can't be reached")
    assert lookalike.calls["getUpdates"] == 0
    done = await run(tmp_path, "set-aside", "replay", "999", **as_environment(settings))
    assert (done.code, "there is none of this number" in done.err) == (1, True)


@pytest.mark.parametrize(
    "arguments", [["replay"], ["replay", "1", "--all"], ["replay", "one"], ["drop"], ["drop", "one"], ["lose", "1"]]
)
async def test_wrong_use_is_2(tmp_path: Path, arguments: list[str]) -> None:
    assert (await run(tmp_path, "set-aside", *arguments)).code == 2
