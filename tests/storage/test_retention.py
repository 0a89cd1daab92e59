"""What is kept for a time only: purge erases that, and nothing else."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.jobs.outages import repeat_prompt
from flows.models import Command
from storage.conversations.dead_letters import add_dead_letter
from storage.db.database import Database
from storage.retention import PurgeCounts, delete_expired_data
from tests.support.raw_sql import execute_sql, fetch_rows
from tests.support.stored_chat import StoredChat
from tests.support.stored_responses import load_choices

NOW = datetime(2030, 6, 1, tzinfo=UTC)
KEEP = timedelta(days=30)
OLD, YOUNG = (int((NOW - KEEP + timedelta(seconds=by)).timestamp()) for by in (-1, 0))


def walked(database: Database, chat_id: int, run: int, heard: int) -> None:
    """Somebody at the check page; their run was last touched, and they were last heard of, at these moments."""
    StoredChat(database, chat_id).walk_to_review("they rang back")
    execute_sql(database, "update runs set seen_at = ? where chat_id = ?", run, chat_id)
    execute_sql(database, "update chats set seen_at = ? where chat_id = ?", heard, chat_id)


def left(database: Database, table: str) -> list[int]:
    return sorted(chat for (chat,) in fetch_rows(database, f"select distinct chat_id from {table}"))


def test_an_unfinished_run_that_nobody_touched_goes_with_its_answers(database: Database) -> None:
    walked(database, 1, OLD, YOUNG)
    walked(database, 2, YOUNG, YOUNG)
    [(kept,)] = fetch_rows(
        database, "select count(*) from answers where run_id = (select id from runs where chat_id = 2)"
    )
    assert delete_expired_data(database, NOW, KEEP) == PurgeCounts(runs=1, chats=0, dead_letters=0)
    assert left(database, "runs") == [2]
    assert left(database, "chats") == [1, 2]
    assert fetch_rows(database, "select count(*) from answers") == [(kept,)]
    assert kept


def test_a_chat_long_silent_goes_with_its_old_run(database: Database) -> None:
    walked(database, 1, OLD, OLD)
    walked(database, 2, YOUNG, YOUNG)
    assert delete_expired_data(database, NOW, KEEP) == PurgeCounts(runs=1, chats=1, dead_letters=0)
    assert left(database, "chats") == [2]


def test_a_silent_chat_stays_while_its_run_does(database: Database) -> None:
    """As after words were edited long ago: the run is what counts."""
    walked(database, 1, YOUNG, OLD)
    assert delete_expired_data(database, NOW, KEEP) == PurgeCounts(0, 0, 0)
    StoredChat(database, 1, update_ids=iter(range(100, 200))).send_reply(Command("start"))
    assert fetch_rows(database, "select count(*) from answers")[0][0]


def test_a_silent_chat_stays_while_something_is_to_be_said_there(database: Database) -> None:
    """As an earlier version left them: today a chat without a run is let go at once."""
    walked(database, 1, OLD, OLD)
    stored_chat = StoredChat(database, 1)
    stored_chat.take_reply(Command("help"), 1_000)
    execute_sql(database, "delete from runs")
    execute_sql(database, "update chats set seen_at = ?", OLD)
    execute_sql(database, "update outbox_entries set created_at = ?", YOUNG)
    assert delete_expired_data(database, NOW, KEEP) == PurgeCounts(0, 0, 0)
    stored_chat.deliver_entries()
    assert delete_expired_data(database, NOW, KEEP) == PurgeCounts(runs=0, chats=1, dead_letters=0)


def test_what_nobody_could_be_told_for_so_long_goes_too(database: Database) -> None:
    """A question asked again of somebody whom Telegram never reached: it may be the check page, answers and all."""
    for chat, moment in ((1, OLD), (2, YOUNG)):
        walked(database, chat, moment, moment)
        repeat_prompt(database, chat, NOW)
        execute_sql(database, "update outbox_entries set created_at = ? where chat_id = ?", moment, chat)
    assert delete_expired_data(database, NOW, KEEP) == PurgeCounts(runs=1, chats=1, dead_letters=0)
    assert left(database, "outbox_entries") == [2]


def test_updates_set_aside_go_when_their_time_is_over(database: Database) -> None:
    for number, moment in ((1, OLD), (2, YOUNG)):
        add_dead_letter(database, number, "message", "{}", "KeyError", "here")
        execute_sql(database, "update dead_letters set created_at = ? where chat_id = ?", moment, number)
    assert delete_expired_data(database, NOW, KEEP) == PurgeCounts(runs=0, chats=0, dead_letters=1)
    assert left(database, "dead_letters") == [2]


def test_what_was_sent_stays(database: Database) -> None:
    stored_chat = StoredChat(database, 1)
    stored_chat.walk_to_review()
    stored_chat.submit()
    assert delete_expired_data(database, NOW, KEEP) == PurgeCounts(runs=0, chats=0, dead_letters=0)
    assert len(load_choices(database)) == 1


def test_erasing_twice_is_harmless(database: Database) -> None:
    walked(database, 1, OLD, OLD)
    delete_expired_data(database, NOW, KEEP)
    assert delete_expired_data(database, NOW, KEEP) == PurgeCounts(0, 0, 0)


def test_whoever_comes_back_after_the_purge_begins_as_anybody_does(database: Database) -> None:
    walked(database, 1, OLD, OLD)
    delete_expired_data(database, NOW, KEEP)
    stored_chat = StoredChat(database, 1)
    stored_chat.walk_to_review()
    stored_chat.submit()
    assert len(load_choices(database)) == 1


def test_nothing_that_was_erased_stands_in_sqlite_s_files(sqlite_database: Database, database_file: Path) -> None:
    walked(sqlite_database, 1, OLD, OLD)
    [(run,)] = fetch_rows(sqlite_database, "select id from runs")
    delete_expired_data(sqlite_database, NOW, KEEP)
    assert run.encode() not in b"".join(one.read_bytes() for one in database_file.parent.glob("bot.db*"))
