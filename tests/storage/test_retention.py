"""Retention: the purge erases what is past its time, and nothing else."""

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
RETENTION = timedelta(days=30)
OLD, YOUNG = (int((NOW - RETENTION + timedelta(seconds=seconds)).timestamp()) for seconds in (-1, 0))


def add_chat_at_review(database: Database, chat_id: int, run_seen_at: int, chat_seen_at: int) -> None:
    """A chat at the review page, whose run and chat were last active at these times."""
    StoredChat(database, chat_id).walk_to_review("they rang back")
    execute_sql(database, "update runs set seen_at = ? where chat_id = ?", run_seen_at, chat_id)
    execute_sql(database, "update chats set seen_at = ? where chat_id = ?", chat_seen_at, chat_id)


def list_chats(database: Database, table: str) -> list[int]:
    return sorted(chat for (chat,) in fetch_rows(database, f"select distinct chat_id from {table}"))


def test_an_expired_run_is_deleted_with_its_answers(database: Database) -> None:
    add_chat_at_review(database, 1, OLD, YOUNG)
    add_chat_at_review(database, 2, YOUNG, YOUNG)
    [(remaining,)] = fetch_rows(
        database, "select count(*) from answers where run_id = (select id from runs where chat_id = 2)"
    )
    assert delete_expired_data(database, NOW, RETENTION) == PurgeCounts(runs=1, chats=0, dead_letters=0)
    assert list_chats(database, "runs") == [2]
    assert list_chats(database, "chats") == [1, 2]
    assert fetch_rows(database, "select count(*) from answers") == [(remaining,)]
    assert remaining


def test_an_inactive_chat_is_deleted_with_its_expired_run(database: Database) -> None:
    add_chat_at_review(database, 1, OLD, OLD)
    add_chat_at_review(database, 2, YOUNG, YOUNG)
    assert delete_expired_data(database, NOW, RETENTION) == PurgeCounts(runs=1, chats=1, dead_letters=0)
    assert list_chats(database, "chats") == [2]


def test_an_inactive_chat_is_kept_while_its_run_is_active(database: Database) -> None:
    """The run's activity counts, for example after a late edit."""
    add_chat_at_review(database, 1, YOUNG, OLD)
    assert delete_expired_data(database, NOW, RETENTION) == PurgeCounts(0, 0, 0)
    StoredChat(database, 1, update_ids=iter(range(100, 200))).send_reply(Command("start"))
    assert fetch_rows(database, "select count(*) from answers")[0][0]


def test_an_inactive_chat_is_kept_while_it_has_outbox_entries(database: Database) -> None:
    """Earlier versions left such chats; today, a chat without a run is deleted at once."""
    add_chat_at_review(database, 1, OLD, OLD)
    stored_chat = StoredChat(database, 1)
    stored_chat.take_reply(Command("help"), 1_000)
    execute_sql(database, "delete from runs")
    execute_sql(database, "update chats set seen_at = ?", OLD)
    execute_sql(database, "update outbox_entries set created_at = ?", YOUNG)
    assert delete_expired_data(database, NOW, RETENTION) == PurgeCounts(0, 0, 0)
    stored_chat.deliver_entries()
    assert delete_expired_data(database, NOW, RETENTION) == PurgeCounts(runs=0, chats=1, dead_letters=0)


def test_expired_broadcast_entries_are_deleted(database: Database) -> None:
    """A repeated prompt that Telegram never delivered may be the review page with all answers."""
    for chat, seen_at in ((1, OLD), (2, YOUNG)):
        add_chat_at_review(database, chat, seen_at, seen_at)
        repeat_prompt(database, chat, NOW)
        execute_sql(database, "update outbox_entries set created_at = ? where chat_id = ?", seen_at, chat)
    assert delete_expired_data(database, NOW, RETENTION) == PurgeCounts(runs=1, chats=1, dead_letters=0)
    assert list_chats(database, "outbox_entries") == [2]


def test_expired_dead_letters_are_deleted(database: Database) -> None:
    for number, seen_at in ((1, OLD), (2, YOUNG)):
        add_dead_letter(database, number, "message", "{}", "KeyError", "here")
        execute_sql(database, "update dead_letters set created_at = ? where chat_id = ?", seen_at, number)
    assert delete_expired_data(database, NOW, RETENTION) == PurgeCounts(runs=0, chats=0, dead_letters=1)
    assert list_chats(database, "dead_letters") == [2]


def test_submitted_responses_are_kept(database: Database) -> None:
    stored_chat = StoredChat(database, 1)
    stored_chat.walk_to_review()
    stored_chat.submit()
    assert delete_expired_data(database, NOW, RETENTION) == PurgeCounts(runs=0, chats=0, dead_letters=0)
    assert len(load_choices(database)) == 1


def test_purging_twice_is_harmless(database: Database) -> None:
    add_chat_at_review(database, 1, OLD, OLD)
    delete_expired_data(database, NOW, RETENTION)
    assert delete_expired_data(database, NOW, RETENTION) == PurgeCounts(0, 0, 0)


def test_a_person_who_returns_after_the_purge_starts_afresh(database: Database) -> None:
    add_chat_at_review(database, 1, OLD, OLD)
    delete_expired_data(database, NOW, RETENTION)
    stored_chat = StoredChat(database, 1)
    stored_chat.walk_to_review()
    stored_chat.submit()
    assert len(load_choices(database)) == 1


def test_purged_data_is_gone_from_sqlite_s_files(sqlite_database: Database, database_file: Path) -> None:
    add_chat_at_review(sqlite_database, 1, OLD, OLD)
    [(run_seen_at,)] = fetch_rows(sqlite_database, "select id from runs")
    delete_expired_data(sqlite_database, NOW, RETENTION)
    assert run_seen_at.encode() not in b"".join(one.read_bytes() for one in database_file.parent.glob("bot.db*"))
