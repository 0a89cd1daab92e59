"""What is kept for a time only: purge erases that, and nothing else."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.jobs.outages import ask_again
from flows.models import Commanded
from storage.conversations.dead_letters import put_aside
from storage.db.database import Database
from storage.retention import Purged, purge
from tests.support.raw_sql import change, rows
from tests.support.stored_chat import Turning
from tests.support.stored_responses import sent

NOW = datetime(2030, 6, 1, tzinfo=UTC)
KEEP = timedelta(days=30)
OLD, YOUNG = (int((NOW - KEEP + timedelta(seconds=by)).timestamp()) for by in (-1, 0))


def walked(database: Database, chat: int, run: int, heard: int) -> None:
    """Somebody at the check page; their run was last touched, and they were last heard of, at these moments."""
    Turning(database, chat).to_check("they rang back")
    change(database, "update runs set seen_at = ? where chat = ?", run, chat)
    change(database, "update chats set seen_at = ? where chat = ?", heard, chat)


def left(database: Database, table: str) -> list[int]:
    return sorted(chat for (chat,) in rows(database, f"select distinct chat from {table}"))


def test_an_unfinished_run_that_nobody_touched_goes_with_its_answers(database: Database) -> None:
    walked(database, 1, OLD, YOUNG)
    walked(database, 2, YOUNG, YOUNG)
    [(kept,)] = rows(database, "select count(*) from answers where run = (select id from runs where chat = 2)")
    assert purge(database, NOW, KEEP) == Purged(runs=1, chats=0, set_aside=0)
    assert left(database, "runs") == [2]
    assert left(database, "chats") == [1, 2]
    assert rows(database, "select count(*) from answers") == [(kept,)]
    assert kept


def test_a_chat_long_silent_goes_with_its_old_run(database: Database) -> None:
    walked(database, 1, OLD, OLD)
    walked(database, 2, YOUNG, YOUNG)
    assert purge(database, NOW, KEEP) == Purged(runs=1, chats=1, set_aside=0)
    assert left(database, "chats") == [2]


def test_a_silent_chat_stays_while_its_run_does(database: Database) -> None:
    """As after words were edited long ago: the run is what counts."""
    walked(database, 1, YOUNG, OLD)
    assert purge(database, NOW, KEEP) == Purged(0, 0, 0)
    Turning(database, 1, numbers=iter(range(100, 200))).do(Commanded("start"))
    assert rows(database, "select count(*) from answers")[0][0]


def test_a_silent_chat_stays_while_something_is_to_be_said_there(database: Database) -> None:
    """As an earlier version left them: today a chat without a run is let go at once."""
    walked(database, 1, OLD, OLD)
    turning = Turning(database, 1)
    turning.take(Commanded("help"), 1_000)
    change(database, "delete from runs")
    change(database, "update chats set seen_at = ?", OLD)
    change(database, "update outbox set left_at = ?", YOUNG)
    assert purge(database, NOW, KEEP) == Purged(0, 0, 0)
    turning.say()
    assert purge(database, NOW, KEEP) == Purged(runs=0, chats=1, set_aside=0)


def test_what_nobody_could_be_told_for_so_long_goes_too(database: Database) -> None:
    """A question asked again of somebody whom Telegram never reached: it may be the check page, answers and all."""
    for chat, moment in ((1, OLD), (2, YOUNG)):
        walked(database, chat, moment, moment)
        ask_again(database, chat, NOW)
        change(database, "update outbox set left_at = ? where chat = ?", moment, chat)
    assert purge(database, NOW, KEEP) == Purged(runs=1, chats=1, set_aside=0)
    assert left(database, "outbox") == [2]


def test_updates_set_aside_go_when_their_time_is_over(database: Database) -> None:
    for number, moment in ((1, OLD), (2, YOUNG)):
        put_aside(database, number, "message", "{}", "KeyError", "here")
        change(database, "update set_aside set set_aside_at = ? where chat = ?", moment, number)
    assert purge(database, NOW, KEEP) == Purged(runs=0, chats=0, set_aside=1)
    assert left(database, "set_aside") == [2]


def test_what_was_sent_stays(database: Database) -> None:
    turning = Turning(database, 1)
    turning.to_check()
    turning.send()
    assert purge(database, NOW, KEEP) == Purged(runs=0, chats=0, set_aside=0)
    assert len(sent(database)) == 1


def test_erasing_twice_is_harmless(database: Database) -> None:
    walked(database, 1, OLD, OLD)
    purge(database, NOW, KEEP)
    assert purge(database, NOW, KEEP) == Purged(0, 0, 0)


def test_whoever_comes_back_after_the_purge_begins_as_anybody_does(database: Database) -> None:
    walked(database, 1, OLD, OLD)
    purge(database, NOW, KEEP)
    turning = Turning(database, 1)
    turning.to_check()
    turning.send()
    assert len(sent(database)) == 1


def test_nothing_that_was_erased_stands_in_sqlite_s_files(on_file: Database, file: Path) -> None:
    walked(on_file, 1, OLD, OLD)
    [(run,)] = rows(on_file, "select id from runs")
    purge(on_file, NOW, KEEP)
    assert run.encode() not in b"".join(one.read_bytes() for one in file.parent.glob("bot.db*"))
