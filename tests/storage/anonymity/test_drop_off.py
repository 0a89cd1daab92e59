"""Drop-off counts: which runs count; rounded, taken with each release, and unaffected by a single account."""

from datetime import UTC, datetime

from flows.models import Command, Run, Tap
from storage.anonymity.drop_off import count_drop_offs, load_drop_offs, snapshot_drop_offs
from storage.anonymity.releases import release_due_responses
from storage.anonymity.sealing import seal_response
from storage.db.database import Database
from storage.retention import delete_expired_data
from tests.support.raw_sql import execute_sql, fetch_rows
from tests.support.stored_campaigns import DAY, create_campaign
from tests.support.stored_chat import StoredChat, start_chat_at

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def fetch_drop_offs(database: Database) -> list[tuple[object, ...]]:
    return fetch_rows(database, "select campaign, step, run_count from drop_offs order by step")


def test_a_deleted_run_is_not_counted_as_a_drop_off(database: Database) -> None:
    stored_chat = start_chat_at(database, "viewpoint")
    stored_chat.send_reply(Command("delete"))
    assert stored_chat.prompt_event
    stored_chat.send_reply(Tap(stored_chat.run_id, 0, "", "delete_yes", str(stored_chat.prompt_event.prompt)))
    assert fetch_drop_offs(database) == []


def test_an_expired_run_is_counted_as_a_drop_off(database: Database) -> None:
    start_chat_at(database, "informed").send_reply(Command("stop"))
    delete_expired_data(database, datetime.now(UTC), DAY)
    assert fetch_drop_offs(database) == [("general", "informed", 1)]


def test_a_submitted_run_is_not_counted_as_a_drop_off(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review()
    stored_chat.submit()
    assert fetch_drop_offs(database) == []


def test_a_switched_run_is_not_counted_as_a_drop_off(database: Database) -> None:
    code = create_campaign(database)
    stored_chat = start_chat_at(database, "viewpoint")
    assert stored_chat.prompt_event
    stored_chat.send_reply(Command("start", code))
    assert fetch_drop_offs(database) == []
    stored_chat.send_reply(Tap(stored_chat.run_id, 0, "", "begin_other", f"{code}-{stored_chat.prompt_event.prompt}"))
    assert fetch_drop_offs(database) == []
    assert fetch_rows(database, "select campaign, step from runs") == [(code, "welcome")]
    assert fetch_rows(database, "select * from answers") == []


def test_drop_offs_add_up(database: Database) -> None:
    with database.transaction() as session:
        count_drop_offs(session, [("general", "role"), ("general", "check"), ("general", "role")])
        count_drop_offs(session, [("general", "role")])
    assert fetch_drop_offs(database) == [("general", "check", 1), ("general", "role", 3)]


def test_drop_offs_are_rounded_and_small_counts_hidden(database: Database) -> None:
    with database.transaction() as session:
        count_drop_offs(
            session, [("general", "role")] * 8 + [("general", "check")] * 7 + [("general", "informed")] * 13
        )
        snapshot_drop_offs(session, "general", NOW)
        assert load_drop_offs(session, "general") == {"role": "10", "informed": "15"}
        snapshot_drop_offs(session, "general", NOW)
        assert load_drop_offs(session, "general") == {"role": "10", "informed": "15"}, "counts are not added twice"
        assert load_drop_offs(session, "another") == {}


def test_drop_offs_change_only_with_a_release(database: Database) -> None:
    stored_chat = start_chat_at(database, "role")
    inactive_at, active_at = int(NOW.timestamp()) - 86_401, int(NOW.timestamp()) - 86_399
    execute_sql(database, "update runs set seen_at = ?", inactive_at)
    with database.transaction() as session:
        count_drop_offs(session, [("general", "role")] * 7)
        assert load_drop_offs(session, "general") == {}
        snapshot_drop_offs(session, "general", NOW)
        assert load_drop_offs(session, "general") == {"role": "10"}
    execute_sql(database, "update runs set seen_at = ?", active_at)
    with database.transaction() as session:
        count_drop_offs(session, [("general", "informed")] * 9)
        assert load_drop_offs(session, "general") == {"role": "10"}
        snapshot_drop_offs(session, "general", NOW)
        assert load_drop_offs(session, "general") == {"informed": "10"}
    assert stored_chat.prompt_event


def test_deleted_runs_of_one_account_do_not_count_as_drop_offs(database: Database) -> None:
    """One account starts and deletes seven runs; if they counted, an eighth person would be visible."""
    with database.transaction() as session:
        count_drop_offs(session, [("general", "role")])
    for _ in range(7):
        stored_chat = start_chat_at(database, "role")
        stored_chat.send_reply(Command("delete"))
        assert fetch_rows(database, "select * from runs") == []
    with database.transaction() as session:
        for number in range(5):
            run = Run("", "connection_test", 1, "en")
            seal_response(session, run, 100 + number, {"role": "neighbour"}, f"receipt {number}")
    with database.transaction() as session:
        count_drop_offs(session, [("general", "check")] * 9)
    assert release_due_responses(database, 5)
    with database.transaction() as session:
        assert load_drop_offs(session, "general") == {"check": "10"}
