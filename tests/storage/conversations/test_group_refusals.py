"""What Telegram does not let the bot say in a group: it goes, or comes where the group is now; nothing stands above."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot.handlers.groups import give_up, turned_away
from bot.jobs.outages import expire
from bot.telegram.api import Unwelcome
from flows.events.results import GroupAnswered
from storage.conversations.groups import lock_both, move
from storage.conversations.outbox import next_due
from storage.db.database import Database
from tests.storage.conversations.test_concurrent_workers import WAITING, workers
from tests.storage.conversations.test_groups import (
    NEW,
    OLD,
    RESULTS,
    campaign_for,
    follows,
    hears,
    joined,
    said,
    waiting,
)
from tests.support.raw_sql import rows

__all__ = ["workers"]  # a fixture


def unwelcome(cause: TelegramError) -> Unwelcome:
    made = Unwelcome()
    made.__cause__ = cause
    return made


def test_shut_out_it_stays_where_somebody_has_added_it_anew(database: Database) -> None:
    code = campaign_for(database)
    hears(database, OLD, follows(code), RESULTS)
    refused = next_due(database, OLD)
    assert refused
    turned_away(database, refused, unwelcome(Forbidden("bot was kicked from the group chat")))
    assert joined(database) == [(OLD, code)]
    assert rows(database, "select told, told_at from groups") == [("", 0)], "what did not come is told anew"
    assert waiting(database, OLD) == ["group_answered"], "what was left later"
    hears(database, OLD, RESULTS)
    refused = next_due(database, OLD)
    assert refused
    turned_away(database, refused, unwelcome(Forbidden("bot was kicked from the group chat")))
    assert joined(database) == []


@pytest.mark.parametrize("how", ["refused", "given up", "expired"])
def test_results_that_did_not_come_are_not_said_to_stand_above(database: Database, how: str) -> None:
    hears(database, OLD, follows(campaign_for(database)))
    waiting(database, OLD)
    hears(database, OLD, RESULTS)
    due = next_due(database, OLD)
    assert due
    if how == "refused":
        turned_away(database, due, unwelcome(BadRequest("CHAT_WRITE_FORBIDDEN")))
    elif how == "given up":
        give_up(database, OLD, due.id)
    else:
        expire(database, OLD, due.left_at + 1)
    hears(database, OLD, RESULTS)
    assert [event.topic for event in said(database, OLD) if isinstance(event, GroupAnswered)] == ["group_results_early"]


def test_a_refusal_with_the_new_number_waits_for_the_worker_that_moves_the_group(workers: list[Database]) -> None:
    """It has taken nothing before it waits: else each would wait for what the other has."""
    first, second, _ = workers
    code = campaign_for(first)
    hears(first, OLD, follows(code))
    due = next_due(second, OLD)
    assert due
    with ThreadPoolExecutor(1) as threads:
        with first.transaction() as tx:
            lock_both(tx, OLD, NEW)
            refused = threads.submit(turned_away, second, due, unwelcome(ChatMigrated(NEW)))
            while not rows(first, WAITING):
                assert not refused.done()
            assert not move(tx, OLD, NEW)
        refused.result(20)
    assert joined(first) == [(NEW, code)]
    assert waiting(first, NEW) == ["group_greeted"]
