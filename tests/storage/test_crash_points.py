"""Cut off anywhere and delivered again: the same state, the same response, as if nothing had happened."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from enum import StrEnum, auto
from itertools import chain, count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event

from flows.run import Commanded, Edited, Reply, Tapped, Typed, Unreadable
from storage.database import Database
from storage.outbox import next_due
from storage.runs import Came, open_run
from tests.storage.looking import rows
from tests.storage.turning import Turning


class Crash(StrEnum):
    NONE = auto()
    BEFORE_THE_COMMIT = auto()
    BEFORE_ACKNOWLEDGING = auto()
    BEFORE_STRIKING_OFF = auto()


class Cut(Exception):
    """The process is gone."""


PLAIN: dict[str, Reply] = {
    "words": Typed("they rang back when they said", 11),
    "a label": Typed("neighbour", 12),
    "edited": Edited("they never rang back", 11),
    "a photo": Unreadable("photo"),
    "/start": Commanded("start"),
    "/stop": Commanded("stop"),
    "/delete": Commanded("delete"),
}
ACTS = ["on"] * 8 + ["skip", "back", "why", "old", *PLAIN]
walks = st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(Crash)), min_size=1, max_size=15)


chats = count(1)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=walks)
def test_a_crash_anywhere_changes_nothing_that_is_remembered(database: Database, walk: list[tuple[str, Crash]]) -> None:
    """Two chats get the same replies, one of them with crashes: what is remembered of both is the same."""
    smooth, rough = Turning(database, next(chats)), Turning(database, next(chats))
    for act, crash in chain([("/start", Crash.NONE)], walk, the_rest_of_the_way(rough)):
        deliver(smooth, reply(smooth, act), Crash.NONE)
        deliver(rough, reply(rough, act), crash)
        assert remembered(smooth) == remembered(rough)
    assert sent_by(smooth) == sent_by(rough) != []


def the_rest_of_the_way(turning: Turning) -> Iterator[tuple[str, Crash]]:
    """On and on, until it is sent."""
    yield "/start", Crash.BEFORE_THE_COMMIT
    while not sent_by(turning):
        yield "on", Crash.BEFORE_ACKNOWLEDGING


def reply(turning: Turning, act: str) -> Reply:
    if act == "on":
        return turning.way_on()
    found = PLAIN.get(act) or turning.tap("skip" if act == "old" else act)
    return replace(found, ask=found.ask - 1) if act == "old" and isinstance(found, Tapped) else found


def deliver(turning: Turning, given: Reply, crash: Crash) -> None:
    """One reply. Cut off, it is delivered again by Telegram, which was not told that it arrived."""
    number = next(turning.numbers)
    if crash is Crash.BEFORE_THE_COMMIT:
        with cut_off(turning.database):
            turning.take(given, number)
    assert turning.take(given, number)
    if crash is Crash.BEFORE_ACKNOWLEDGING:
        assert not turning.take(given, number)
    if crash is Crash.BEFORE_STRIKING_OFF:
        due = next_due(turning.database, turning.chat)
        assert next_due(turning.database, turning.chat) == due
    turning.say()


@contextmanager
def cut_off(database: Database) -> Iterator[None]:
    """Everything is written, and then there is no commit."""

    def cut(_: Connection) -> None:
        raise Cut

    event.listen(database.engine, "commit", cut)
    try:
        with suppress(Cut):
            yield
    finally:
        event.remove(database.engine, "commit", cut)


def remembered(turning: Turning) -> tuple[object, ...]:
    """All that the database holds of a chat, but for what is random."""
    came = Came(-1, turning.chat, "connection_test", 1, "en")
    with turning.database.transaction() as tx:
        run = open_run(tx, turning.database.cipher, came)
    [(taken, blocked)] = rows(turning.database, "select taken, blocked from chats where chat = ?", turning.chat)
    unsaid = rows(turning.database, "select id from outbox where chat = ?", turning.chat)
    return run and replace(run, id=""), taken, blocked, unsaid, sent_by(turning)


def sent_by(turning: Turning) -> list[tuple[object, ...]]:
    mark = turning.database.cipher.mark(f"receipt-of-{turning.chat}")
    return rows(turning.database, "select flow, version, language, answers from responses where receipt = ?", mark)
