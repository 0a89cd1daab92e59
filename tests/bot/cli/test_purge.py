"""The purge command erases what is past the retention time, keeps the rest, and reports how many of each."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from bot.cli.database import purge_and_report
from bot.settings import Settings
from flows.models import Command
from storage.anonymity.schema import pending_parts
from storage.conversations.dead_letters import add_dead_letter
from storage.db.database import Database, open_database
from storage.db.schema import answers, chats, dead_letters, outbox_entries, runs
from tests.support.bot_process import run_command
from tests.support.cli import to_environment
from tests.support.stored_chat import StoredChat

WORDS = "Gwenllian rang the surgery back"
EXPIRED_DAYS, RECENT_DAYS = 40, 20


def days_ago(days: float) -> int:
    return int((datetime.now(UTC) - timedelta(days=days)).timestamp())


def add_unfinished_run(database: Database, chat_id: int, days: float) -> None:
    """Walks to the review page in this chat, and sets its last activity so many days back."""
    stored_chat = StoredChat(database, chat_id)
    stored_chat.walk_to_review(WORDS)
    with database.transaction() as session:
        session.execute(update(runs).where(runs.c.chat_id == chat_id).values(seen_at=days_ago(days)))
        session.execute(update(chats).where(chats.c.chat_id == chat_id).values(seen_at=days_ago(days)))


def count_rows(database: Database) -> dict[str, int]:
    with database.transaction() as session:
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (runs, answers, chats, dead_letters, pending_parts)
        }


async def test_purge_erases_expired_rows_and_keeps_recent_ones(
    tmp_path: Path, settings: Settings, database: Database
) -> None:
    for chat, days in ((1, EXPIRED_DAYS), (2, EXPIRED_DAYS), (3, RECENT_DAYS)):
        add_unfinished_run(database, chat, days)
    submitted = StoredChat(database, 4)
    submitted.walk_to_review()
    submitted.submit()
    for days in (EXPIRED_DAYS, RECENT_DAYS):
        add_dead_letter(database, 1, "message", "{}", "KeyError", "here.py:1")
        with database.transaction() as session:
            newest = select(func.max(dead_letters.c.id)).scalar_subquery()
            session.execute(update(dead_letters).where(dead_letters.c.id == newest).values(created_at=days_ago(days)))
    completed = await run_command(tmp_path, "purge", **to_environment(settings))
    assert (completed.exit_code, completed.stderr) == (0, "")
    assert "inactive for 30 days" in completed.stdout
    for line in ("2 unfinished runs", "2 idle chats", "1 dead letter"):
        assert f"  {line}" in completed.stdout
    remaining = count_rows(database)
    assert remaining.pop("answers") > 0
    assert remaining == {"runs": 1, "chats": 1, "dead_letters": 1, "pending_parts": 1}
    again = await run_command(tmp_path, "purge", "--older-than", "10", **to_environment(settings))
    assert "inactive for 10 days" in again.stdout
    assert count_rows(database) == {"runs": 0, "answers": 0, "chats": 0, "dead_letters": 0, "pending_parts": 1}


async def test_purge_uses_retention_days_by_default(tmp_path: Path, settings: Settings, database: Database) -> None:
    add_unfinished_run(database, 3, RECENT_DAYS)
    await run_command(tmp_path, "purge", **to_environment(settings), RETENTION_DAYS="21")
    assert count_rows(database)["runs"] == 1
    await run_command(tmp_path, "purge", **to_environment(settings), RETENTION_DAYS="19")
    assert count_rows(database)["runs"] == 0


def test_purge_deletes_expired_outbox_entries_and_repeats_the_question(database: Database) -> None:
    stored_chat = StoredChat(database, 1)
    stored_chat.walk_to_review(WORDS)
    assert stored_chat.take_reply(Command("help"), 900)
    with database.transaction() as session:
        session.execute(update(outbox_entries).values(created_at=days_ago(0.1)))
    assert "in 1 chat." in " ".join(purge_and_report(database, 30))
    [review] = [event for event in stored_chat.deliver_entries() if event.kind == "review_reached"]
    assert getattr(review, "notice", None) == "after_downtime"


async def test_invalid_numbers_of_days_exit_with_2(tmp_path: Path, sqlite_settings: Settings) -> None:
    for days in ("0", "-1", "soon", "99999999999"):
        assert (
            await run_command(tmp_path, "purge", "--older-than", days, **to_environment(sqlite_settings))
        ).exit_code == 2


async def test_without_a_database_commands_fail_and_create_none(
    tmp_path: Path, sqlite_settings: Settings, database_file: Path
) -> None:
    for arguments in (
        ["purge"],
        ["dead-letters", "list"],
        ["dead-letters", "replay", "--all"],
        ["dead-letters", "drop", "1"],
    ):
        completed = await run_command(tmp_path, *arguments, **to_environment(sqlite_settings))
        assert (completed.exit_code, completed.stdout) == (1, "")
        assert completed.stderr.startswith(f"Could not: There is no database at {database_file}")
        assert completed.stderr.count("\n") == 1
    assert not list((tmp_path / "data").iterdir())


async def test_a_locked_database_is_reported_in_one_sentence(
    tmp_path: Path, sqlite_settings: Settings, database_file: Path
) -> None:
    open_database(sqlite_settings.database_url).close()
    with closing(sqlite3.connect(database_file, isolation_level=None)) as other:
        other.execute("begin immediate")
        completed = await run_command(tmp_path, "purge", **to_environment(sqlite_settings))
    assert (completed.exit_code, completed.stderr.count("\n")) == (1, 1)
    assert "database is locked" in completed.stderr
