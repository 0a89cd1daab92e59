"""Erasing at once: what is over goes, what is not stays, and it is said how many of each."""

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
OVER, NOT_OVER = 40, 20  # days


def days_ago(days: float) -> int:
    return int((datetime.now(UTC) - timedelta(days=days)).timestamp())


def somebody(database: Database, chat_id: int, days: float) -> None:
    """Who answered so long ago, came as far as the check page, and has not been heard of since."""
    stored_chat = StoredChat(database, chat_id)
    stored_chat.walk_to_review(WORDS)
    with database.transaction() as session:
        session.execute(update(runs).where(runs.c.chat_id == chat_id).values(seen_at=days_ago(days)))
        session.execute(update(chats).where(chats.c.chat_id == chat_id).values(seen_at=days_ago(days)))


def counts(database: Database) -> dict[str, int]:
    with database.transaction() as session:
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (runs, answers, chats, dead_letters, pending_parts)
        }


async def test_what_is_over_goes_and_what_is_not_stays(tmp_path: Path, settings: Settings, database: Database) -> None:
    for chat, days in ((1, OVER), (2, OVER), (3, NOT_OVER)):
        somebody(database, chat, days)
    sent = StoredChat(database, 4)
    sent.walk_to_review()
    sent.submit()
    for days in (OVER, NOT_OVER):
        add_dead_letter(database, 1, "message", "{}", "KeyError", "here.py:1")
        with database.transaction() as session:
            newest = select(func.max(dead_letters.c.id)).scalar_subquery()
            session.execute(update(dead_letters).where(dead_letters.c.id == newest).values(created_at=days_ago(days)))
    done = await run_command(tmp_path, "purge", **to_environment(settings))
    assert (done.exit_code, done.stderr) == (0, "")
    assert "inactive for 30 days" in done.stdout
    for line in ("2 unfinished runs", "2 idle chats", "1 update set aside"):
        assert f"  {line}" in done.stdout
    left = counts(database)
    assert left.pop("answers") > 0
    assert left == {"runs": 1, "chats": 1, "dead_letters": 1, "pending_parts": 1}
    again = await run_command(tmp_path, "purge", "--older-than", "10", **to_environment(settings))
    assert "inactive for 10 days" in again.stdout
    assert counts(database) == {"runs": 0, "answers": 0, "chats": 0, "dead_letters": 0, "pending_parts": 1}


async def test_retention_days_is_what_holds_unless_told(tmp_path: Path, settings: Settings, database: Database) -> None:
    somebody(database, 3, NOT_OVER)
    await run_command(tmp_path, "purge", **to_environment(settings), RETENTION_DAYS="21")
    assert counts(database)["runs"] == 1
    await run_command(tmp_path, "purge", **to_environment(settings), RETENTION_DAYS="19")
    assert counts(database)["runs"] == 0


def test_what_could_not_be_said_in_time_is_erased_and_the_question_asked_again(database: Database) -> None:
    stored_chat = StoredChat(database, 1)
    stored_chat.walk_to_review(WORDS)
    assert stored_chat.take_reply(Command("help"), 900)
    with database.transaction() as session:
        session.execute(update(outbox_entries).values(created_at=days_ago(0.1)))
    assert "in 1 chat." in " ".join(purge_and_report(database, 30))
    [asked] = [event for event in stored_chat.deliver_entries() if event.kind == "review_reached"]
    assert getattr(asked, "notice", None) == "after_downtime"


async def test_wrong_numbers_of_days_are_wrong_use(tmp_path: Path, sqlite_settings: Settings) -> None:
    for days in ("0", "-1", "soon", "99999999999"):
        assert (
            await run_command(tmp_path, "purge", "--older-than", days, **to_environment(sqlite_settings))
        ).exit_code == 2


async def test_where_there_is_no_database_none_is_made(
    tmp_path: Path, sqlite_settings: Settings, database_file: Path
) -> None:
    for arguments in (["purge"], ["set-aside", "list"], ["set-aside", "replay", "--all"], ["set-aside", "drop", "1"]):
        done = await run_command(tmp_path, *arguments, **to_environment(sqlite_settings))
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.startswith(f"Could not: There is no database at {database_file}")
        assert done.stderr.count("\n") == 1
    assert not list((tmp_path / "data").iterdir())


async def test_a_database_somebody_holds_is_said_in_one_sentence(
    tmp_path: Path, sqlite_settings: Settings, database_file: Path
) -> None:
    open_database(sqlite_settings.database_url).close()
    with closing(sqlite3.connect(database_file, isolation_level=None)) as other:
        other.execute("begin immediate")
        done = await run_command(tmp_path, "purge", **to_environment(sqlite_settings))
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "database is locked" in done.stderr
