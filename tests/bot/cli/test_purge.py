"""Erasing at once: what is over goes, what is not stays, and it is said how many of each."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from bot.cli.database import erase
from bot.settings import Settings
from flows.models import Commanded
from storage.anonymity.schema import waiting
from storage.conversations.dead_letters import put_aside
from storage.db.database import Database, open_database
from storage.db.schema import answers, chats, outbox, runs, set_aside
from tests.support.bot_process import run
from tests.support.cli import as_environment
from tests.support.stored_chat import Turning

WORDS = "Gwenllian rang the surgery back"
OVER, NOT_OVER = 40, 20  # days


def days_ago(days: float) -> int:
    return int((datetime.now(UTC) - timedelta(days=days)).timestamp())


def somebody(database: Database, chat: int, days: float) -> None:
    """Who answered so long ago, came as far as the check page, and has not been heard of since."""
    turning = Turning(database, chat)
    turning.to_check(WORDS)
    with database.transaction() as tx:
        tx.execute(update(runs).where(runs.c.chat == chat).values(seen_at=days_ago(days)))
        tx.execute(update(chats).where(chats.c.chat == chat).values(seen_at=days_ago(days)))


def counts(database: Database) -> dict[str, int]:
    with database.transaction() as tx:
        return {
            table.name: tx.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (runs, answers, chats, set_aside, waiting)
        }


async def test_what_is_over_goes_and_what_is_not_stays(tmp_path: Path, settings: Settings, database: Database) -> None:
    for chat, days in ((1, OVER), (2, OVER), (3, NOT_OVER)):
        somebody(database, chat, days)
    sent = Turning(database, 4)
    sent.to_check()
    sent.send()
    for days in (OVER, NOT_OVER):
        put_aside(database, 1, "message", "{}", "KeyError", "here.py:1")
        with database.transaction() as tx:
            newest = select(func.max(set_aside.c.id)).scalar_subquery()
            tx.execute(update(set_aside).where(set_aside.c.id == newest).values(set_aside_at=days_ago(days)))
    done = await run(tmp_path, "purge", **as_environment(settings))
    assert (done.code, done.err) == (0, "")
    assert "nobody has touched for 30 days" in done.out
    for line in ("2 unfinished walks", "2 chats", "1 update set aside"):
        assert f"  {line}" in done.out
    left = counts(database)
    assert left.pop("answers") > 0
    assert left == {"runs": 1, "chats": 1, "set_aside": 1, "waiting": 1}
    again = await run(tmp_path, "purge", "--older-than", "10", **as_environment(settings))
    assert "nobody has touched for 10 days" in again.out
    assert counts(database) == {"runs": 0, "answers": 0, "chats": 0, "set_aside": 0, "waiting": 1}


async def test_retention_days_is_what_holds_unless_told(tmp_path: Path, settings: Settings, database: Database) -> None:
    somebody(database, 3, NOT_OVER)
    await run(tmp_path, "purge", **as_environment(settings), RETENTION_DAYS="21")
    assert counts(database)["runs"] == 1
    await run(tmp_path, "purge", **as_environment(settings), RETENTION_DAYS="19")
    assert counts(database)["runs"] == 0


def test_what_could_not_be_said_in_time_is_erased_and_the_question_asked_again(database: Database) -> None:
    turning = Turning(database, 1)
    turning.to_check(WORDS)
    assert turning.take(Commanded("help"), 900)
    with database.transaction() as tx:
        tx.execute(update(outbox).values(left_at=days_ago(0.1)))
    assert "in 1 chat." in " ".join(erase(database, 30))
    [asked] = [event for event in turning.say() if event.kind == "check_reached"]
    assert getattr(asked, "notice", None) == "were_away"


async def test_wrong_numbers_of_days_are_wrong_use(tmp_path: Path, on_file: Settings) -> None:
    for days in ("0", "-1", "soon", "99999999999"):
        assert (await run(tmp_path, "purge", "--older-than", days, **as_environment(on_file))).code == 2


async def test_where_there_is_no_database_none_is_made(tmp_path: Path, on_file: Settings, file: Path) -> None:
    for arguments in (["purge"], ["set-aside", "list"], ["set-aside", "replay", "--all"], ["set-aside", "drop", "1"]):
        done = await run(tmp_path, *arguments, **as_environment(on_file))
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith(f"Could not: There is no database at {file}")
        assert done.err.count("\n") == 1
    assert not list((tmp_path / "data").iterdir())


async def test_a_database_somebody_holds_is_said_in_one_sentence(tmp_path: Path, on_file: Settings, file: Path) -> None:
    open_database(on_file.database_url).close()
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("begin immediate")
        done = await run(tmp_path, "purge", **as_environment(on_file))
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "database is locked" in done.err
