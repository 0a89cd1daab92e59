"""Updates that were set aside: looked at without a word of theirs, taken in again once it is mended, or given up."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from bot.cli.dead_letters import DeadLetterNotFoundError, drop_and_report, format_dead_letter_table, replay_dead_letter
from bot.emulator import TelegramEmulator
from bot.settings import Settings
from flows.models import Command
from storage.conversations.chats import lock_chat
from storage.conversations.dead_letters import add_dead_letter, load_dead_letters
from storage.db.database import Database
from storage.db.schema import chats, dead_letters, outbox_entries, runs
from tests.support.bot_process import run_command
from tests.support.cli import replace_settings, run_bot_with, to_environment
from tests.support.phone import Phone
from tests.support.stored_chat import CHAT_ID, StoredChat
from tests.support.walkers import Walker, get_step

ME = "connection_test_bot"
WORDS = "Gwenllian rang the surgery back"
NO_MOMENT = 10**17  # seconds: no calendar has it


def stop_time(database: Database) -> None:
    """Something in the rows of this run can't be read: each turn on it fails."""
    with database.transaction() as session:
        session.execute(text(f"UPDATE runs SET seen_at = {NO_MOMENT}"))


def mend(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("UPDATE runs SET seen_at = 1"))


async def test_a_turn_that_failed_is_taken_in_again_once_it_is_mended(
    tmp_path: Path, settings: Settings, database: Database, phone: Phone
) -> None:
    async with run_bot_with(settings):
        await Walker(phone).walk_to("role")
        stop_time(database)
        phone.tap("Somebody else")
        assert "It's my fault, not yours." in (await phone.receive()).text
        environment = to_environment(settings)

        listed = await run_command(tmp_path, "set-aside", "list", **environment)
        assert listed.exit_code == 0
        title, row = listed.stdout.splitlines()
        assert title.split() == ["number", "when", "(UTC)", "kind", "error", "where"]
        assert row.split()[0] == "1"
        assert "callback_query" in row
        assert str(phone.chat_id) not in row.split()

        failed = await run_command(tmp_path, "set-aside", "replay", "1", **environment)
        assert (failed.exit_code, failed.stdout) == (1, "")
        assert failed.stderr.startswith("1: still set aside, it failed again: ")
        assert failed.stderr.count("\n") == 1

        mend(database)
        done = await run_command(tmp_path, "set-aside", "replay", "1", **environment)
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout.startswith("1: processed.")
        assert get_step(await phone.receive()) == "viewpoint"
        assert (await run_command(tmp_path, "set-aside", "list", **environment)).stdout == "Nothing is set aside.\n"


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
    add_dead_letter(database, None, "message", content, "KeyError", "here.py:1")
    return load_dead_letters(database)[-1].id


async def test_what_would_answer_something_else_now_is_not_taken_in(
    tmp_path: Path, settings: Settings, database: Database, phone: Phone
) -> None:
    """Two of one person who has not gone on are both taken in: the first is no sign of life that stops the second."""
    async with run_bot_with(settings):
        await Walker(phone).walk_to("role")
    for number in (1_001, 1_002):
        add_dead_letter(database, phone.chat_id, "message", message(number, 7, "/about"), "KeyError", "here.py:1")
    add_dead_letter(database, -100, "message", message(1_003, -100, "/start", "group"), "KeyError", "here.py:1")
    add_dead_letter(database, 8, "message", message(1_004, 8, "/about"), "KeyError", "here.py:1")
    add_dead_letter(database, 8, "message", message(1_005, 8, "/help"), "KeyError", "here.py:1")
    for chat, later in ((phone.chat_id, 1), (-100, 1), (8, 0)):
        heard_of(database, chat, later)
    before = standing(database)
    done = await run_command(tmp_path, "set-aside", "replay", "--all", **to_environment(settings))
    late = "The person has gone on since, and it would answer something else now"
    assert done.exit_code == 1
    assert done.stderr == "".join(
        f"{number}: not processed. {late}: `set-aside drop {number}` deletes it.\n" for number in (1, 2)
    )
    assert done.stdout.count("processed.") == 3
    assert [one.id for one in load_dead_letters(database)] == [1, 2]
    assert standing(database) == before


def heard_of(database: Database, chat_id: int, later: int) -> None:
    """The chat was last heard of so many seconds after its updates were set aside."""
    moment = 1_800_000_000
    with database.transaction() as session:
        lock_chat(session, chat_id)
        session.execute(update(dead_letters).where(dead_letters.c.chat_id == chat_id).values(created_at=moment))
        session.execute(update(chats).where(chats.c.chat_id == chat_id).values(seen_at=moment + later))


def standing(database: Database) -> list[Any]:
    """All that is remembered of the person whose phone is 7."""
    with database.transaction() as session:
        return [
            session.execute(select(table).where(table.c.chat_id == 7)).all() for table in (chats, runs, outbox_entries)
        ]


def test_what_was_taken_in_before_changes_nothing_and_goes(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.take_reply(Command("start"), 7)
    stored_chat.deliver_entries()
    number = aside(database, message(7, CHAT_ID, "/start"))
    assert replay_dead_letter(database, number, ME) == (True, f"{number}: was processed before, and is deleted.")
    assert stored_chat.deliver_entries() == []
    assert load_dead_letters(database) == []


def test_what_means_nothing_to_the_bot_goes(database: Database) -> None:
    number = aside(database, json.dumps({"update_id": 1}))
    assert replay_dead_letter(database, number, ME) == (True, f"{number}: means nothing to the bot, and is deleted.")
    assert load_dead_letters(database) == []


def test_a_command_that_names_the_bot_is_known_as_its_own(database: Database) -> None:
    number = aside(database, message(1, -100, f"/about@{ME}", "group"))
    assert replay_dead_letter(database, number, ME)[0]
    with database.transaction() as session:
        assert session.execute(select(outbox_entries.c.chat_id)).scalars().all() == [-100]


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
    taken_in, said = replay_dead_letter(database, number, ME)
    assert not taken_in
    assert said.startswith(f"{number}: still set aside, it failed again: ")
    assert not any(word in said for word in ("Blodwen", "Gwenllian", "surgery"))
    assert [one.id for one in load_dead_letters(database)] == [number]
    with database.transaction() as session:
        assert session.execute(select(func.count()).select_from(chats)).scalar_one() == 0


def test_bytes_of_another_key_stay_with_a_sentence(database: Database) -> None:
    number = aside(database, message(1, CHAT_ID, "/start"))
    with database.transaction() as session:
        session.execute(update(dead_letters).values(content=b"not of this key"))
    taken_in, said = replay_dead_letter(database, number, ME)
    assert (taken_in, "written with another key" in said) == (False, True)
    assert [one.id for one in load_dead_letters(database)] == [number]


def test_the_list_shows_nothing_of_what_is_said_or_of_whom(database: Database) -> None:
    aside(database, message(1, CHAT_ID, WORDS))
    shown = "\n".join(format_dead_letter_table(database))
    assert "here.py:1" in shown
    assert not any(secret in shown for secret in (*WORDS.split(), "Blodwen", str(CHAT_ID)))


def test_given_up_is_gone(database: Database) -> None:
    first, second = (aside(database, message(number, CHAT_ID, WORDS)) for number in (1, 2))
    assert list(drop_and_report(database, [first])) == [f"{first}: deleted."]
    assert [one.id for one in load_dead_letters(database)] == [second]
    with pytest.raises(DeadLetterNotFoundError, match="there is none of this number"):
        list(drop_and_report(database, [first]))


async def test_all_are_tried_and_one_that_fails_is_told_by_the_exit_code(
    tmp_path: Path, settings: Settings, database: Database, emulator: TelegramEmulator
) -> None:
    odd = aside(database, "[]")
    for number in (1, 2):
        aside(database, message(number, CHAT_ID, "/start"))
    done = await run_command(tmp_path, "set-aside", "replay", "--all", **to_environment(settings))
    assert done.exit_code == 1
    assert (done.stdout.count("processed."), done.stderr.count("\n")) == (2, 1)
    assert [one.id for one in load_dead_letters(database)] == [odd]
    away = replace_settings(settings, telegram_api_url="http://127.0.0.1:1")
    done = await run_command(tmp_path, "set-aside", "replay", "--all", **to_environment(away))
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("Could not: 127.0.0.1 can't be reached")
    assert emulator.calls["getUpdates"] == 0
    done = await run_command(tmp_path, "set-aside", "replay", "999", **to_environment(settings))
    assert (done.exit_code, "there is none of this number" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    "arguments", [["replay"], ["replay", "1", "--all"], ["replay", "one"], ["drop"], ["drop", "one"], ["lose", "1"]]
)
async def test_wrong_use_is_2(tmp_path: Path, arguments: list[str]) -> None:
    assert (await run_command(tmp_path, "set-aside", *arguments)).exit_code == 2
