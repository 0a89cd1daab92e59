"""The commands that list dead letters without their content, replay them after a fix, or drop them."""

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

BOT_NAME = "connection_test_bot"
WORDS = "Gwenllian rang the surgery back"
UNREADABLE_TIME = 10**17  # seconds: beyond the calendar


def damage_run(database: Database) -> None:
    """Stores a time in the run that cannot be read, so that each turn on it fails."""
    with database.transaction() as session:
        session.execute(text(f"UPDATE runs SET seen_at = {UNREADABLE_TIME}"))


def repair_run(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("UPDATE runs SET seen_at = 1"))


async def test_a_dead_letter_can_be_replayed_once_the_cause_is_fixed(
    tmp_path: Path, settings: Settings, database: Database, phone: Phone
) -> None:
    async with run_bot_with(settings):
        await Walker(phone).walk_to("role")
        damage_run(database)
        phone.tap("Somebody else")
        assert "It's my fault, not yours." in (await phone.receive()).text
        environment = to_environment(settings)

        listed = await run_command(tmp_path, "dead-letters", "list", **environment)
        assert listed.exit_code == 0
        title, row = listed.stdout.splitlines()
        assert title.split() == ["number", "when", "(UTC)", "kind", "error", "where"]
        assert row.split()[0] == "1"
        assert "callback_query" in row
        assert str(phone.chat_id) not in row.split()

        failed = await run_command(tmp_path, "dead-letters", "replay", "1", **environment)
        assert (failed.exit_code, failed.stdout) == (1, "")
        assert failed.stderr.startswith("1: kept, it failed again: ")
        assert failed.stderr.count("\n") == 1

        repair_run(database)
        completed = await run_command(tmp_path, "dead-letters", "replay", "1", **environment)
        assert (completed.exit_code, completed.stderr) == (0, "")
        assert completed.stdout.startswith("1: processed.")
        assert get_step(await phone.receive()) == "viewpoint"
        listed = await run_command(tmp_path, "dead-letters", "list", **environment)
        assert listed.stdout == "There are no dead letters.\n"


# Tests below call the functions without starting a process for each command.


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


def add_dead_letter_with(database: Database, content: str) -> int:
    add_dead_letter(database, None, "message", content, "KeyError", "here.py:1")
    return load_dead_letters(database)[-1].id


async def test_a_dead_letter_is_not_replayed_if_the_person_has_gone_on_since(
    tmp_path: Path, settings: Settings, database: Database, phone: Phone
) -> None:
    """The person in chat 7 went on since, so theirs are refused. For a group that does not matter.

    Chat 8 did not go on, and replaying its first update does not stop the second.
    """
    async with run_bot_with(settings):
        await Walker(phone).walk_to("role")
    for number in (1_001, 1_002):
        add_dead_letter(database, phone.chat_id, "message", message(number, 7, "/about"), "KeyError", "here.py:1")
    add_dead_letter(database, -100, "message", message(1_003, -100, "/start", "group"), "KeyError", "here.py:1")
    add_dead_letter(database, 8, "message", message(1_004, 8, "/about"), "KeyError", "here.py:1")
    add_dead_letter(database, 8, "message", message(1_005, 8, "/help"), "KeyError", "here.py:1")
    for chat, later in ((phone.chat_id, 1), (-100, 1), (8, 0)):
        set_last_activity(database, chat, later)
    before = stored_rows(database)
    completed = await run_command(tmp_path, "dead-letters", "replay", "--all", **to_environment(settings))
    late = "The person has gone on since, and it would answer something else now"
    assert completed.exit_code == 1
    assert completed.stderr == "".join(
        f"{number}: not processed. {late}: `dead-letters drop {number}` deletes it.\n" for number in (1, 2)
    )
    assert completed.stdout.count("processed.") == 3
    assert [one.id for one in load_dead_letters(database)] == [1, 2]
    assert stored_rows(database) == before


def set_last_activity(database: Database, chat_id: int, later: int) -> None:
    """Sets when the chat was last active: so many seconds after its updates became dead letters."""
    dead_letter_time = 1_800_000_000
    with database.transaction() as session:
        lock_chat(session, chat_id)
        session.execute(
            update(dead_letters).where(dead_letters.c.chat_id == chat_id).values(created_at=dead_letter_time)
        )
        session.execute(update(chats).where(chats.c.chat_id == chat_id).values(seen_at=dead_letter_time + later))


def stored_rows(database: Database) -> list[Any]:
    """Everything stored on chat 7."""
    with database.transaction() as session:
        return [
            session.execute(select(table).where(table.c.chat_id == 7)).all() for table in (chats, runs, outbox_entries)
        ]


def test_a_dead_letter_processed_before_is_deleted_without_effect(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.take_reply(Command("start"), 7)
    stored_chat.deliver_entries()
    number = add_dead_letter_with(database, message(7, CHAT_ID, "/start"))
    assert replay_dead_letter(database, number, BOT_NAME) == (True, f"{number}: was processed before, and is deleted.")
    assert stored_chat.deliver_entries() == []
    assert load_dead_letters(database) == []


def test_a_dead_letter_without_meaning_for_the_bot_is_deleted(database: Database) -> None:
    number = add_dead_letter_with(database, json.dumps({"update_id": 1}))
    assert replay_dead_letter(database, number, BOT_NAME) == (
        True,
        f"{number}: means nothing to the bot, and is deleted.",
    )
    assert load_dead_letters(database) == []


def test_a_replayed_group_command_with_the_bot_s_name_is_answered(database: Database) -> None:
    number = add_dead_letter_with(database, message(1, -100, f"/about@{BOT_NAME}", "group"))
    assert replay_dead_letter(database, number, BOT_NAME)[0]
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
def test_a_malformed_dead_letter_is_kept_and_its_content_not_shown(database: Database, content: str) -> None:
    number = add_dead_letter_with(database, content)
    taken_in, explanation = replay_dead_letter(database, number, BOT_NAME)
    assert not taken_in
    assert explanation.startswith(f"{number}: kept, it failed again: ")
    assert not any(word in explanation for word in ("Blodwen", "Gwenllian", "surgery"))
    assert [one.id for one in load_dead_letters(database)] == [number]
    with database.transaction() as session:
        assert session.execute(select(func.count()).select_from(chats)).scalar_one() == 0


def test_a_dead_letter_encrypted_with_another_key_is_kept_and_explained(database: Database) -> None:
    number = add_dead_letter_with(database, message(1, CHAT_ID, "/start"))
    with database.transaction() as session:
        session.execute(update(dead_letters).values(content=b"not of this key"))
    taken_in, explanation = replay_dead_letter(database, number, BOT_NAME)
    assert (taken_in, "written with another key" in explanation) == (False, True)
    assert [one.id for one in load_dead_letters(database)] == [number]


def test_the_list_shows_neither_content_nor_people(database: Database) -> None:
    add_dead_letter_with(database, message(1, CHAT_ID, WORDS))
    shown = "\n".join(format_dead_letter_table(database))
    assert "here.py:1" in shown
    assert not any(secret in shown for secret in (*WORDS.split(), "Blodwen", str(CHAT_ID)))


def test_a_dropped_dead_letter_is_deleted(database: Database) -> None:
    first, second = (add_dead_letter_with(database, message(number, CHAT_ID, WORDS)) for number in (1, 2))
    assert list(drop_and_report(database, [first])) == [f"{first}: deleted."]
    assert [one.id for one in load_dead_letters(database)] == [second]
    with pytest.raises(DeadLetterNotFoundError, match="there is none of this number"):
        list(drop_and_report(database, [first]))


async def test_replay_all_tries_every_dead_letter_and_exits_with_1_if_one_fails(
    tmp_path: Path, settings: Settings, database: Database, emulator: TelegramEmulator
) -> None:
    malformed = add_dead_letter_with(database, "[]")
    for number in (1, 2):
        add_dead_letter_with(database, message(number, CHAT_ID, "/start"))
    completed = await run_command(tmp_path, "dead-letters", "replay", "--all", **to_environment(settings))
    assert completed.exit_code == 1
    assert (completed.stdout.count("processed."), completed.stderr.count("\n")) == (2, 1)
    assert [one.id for one in load_dead_letters(database)] == [malformed]
    unreachable = replace_settings(settings, telegram_api_url="http://127.0.0.1:1")
    completed = await run_command(tmp_path, "dead-letters", "replay", "--all", **to_environment(unreachable))
    assert (completed.exit_code, completed.stderr.count("\n")) == (1, 1)
    assert completed.stderr.startswith("Could not: 127.0.0.1 can't be reached")
    assert emulator.calls["getUpdates"] == 0
    completed = await run_command(tmp_path, "dead-letters", "replay", "999", **to_environment(settings))
    assert (completed.exit_code, "there is none of this number" in completed.stderr) == (1, True)


@pytest.mark.parametrize(
    "arguments", [["replay"], ["replay", "1", "--all"], ["replay", "one"], ["drop"], ["drop", "one"], ["lose", "1"]]
)
async def test_invalid_arguments_exit_with_2(tmp_path: Path, arguments: list[str]) -> None:
    assert (await run_command(tmp_path, "dead-letters", *arguments)).exit_code == 2
