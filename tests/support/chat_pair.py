"""Two chats that get the same replies: one smoothly, one as the world delivers them. What is remembered must agree."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count

from sqlalchemy import Connection, event

from bot.handlers.turn import take_turn
from bot.jobs.outages import ask_again
from bot.telegram.updates import Incoming
from flows.events import Event
from flows.models import Reply, Run, Tapped
from storage.anonymity.sealing import marks_of
from storage.conversations.outbox import next_due, strike_off
from storage.conversations.runs import kept_run
from storage.db.database import Database
from tests.support.raw_sql import rows
from tests.support.statement_listener import hearing
from tests.support.stored_chat import NOW, Turning

NUMBERS = count(1)  # no chat and no update has another's number, whatever database it is in
SMOOTH = 10**9  # what comes to the smooth chat is numbered from here


class Cut(Exception):
    """The process is gone."""


@dataclass(slots=True)
class Pair:
    """A chat that is delivered to smoothly, and one that is not. `seen`: what the person of the second was told."""

    smooth: Turning
    rough: Turning
    runs: dict[str, str] = field(default_factory=dict)
    seen: dict[tuple[int, int], Event] = field(default_factory=dict)
    told: list[Event] = field(default_factory=list)
    delivered: list[Incoming] = field(default_factory=list)

    def incoming(self, reply: Reply) -> Incoming:
        return Incoming(next(NUMBERS), self.rough.chat, reply, "en")

    def smoothly(self, *updates: Incoming) -> None:
        """The same for the chat where nothing ever goes wrong; then the law holds."""
        for came in updates:
            about = came.about
            if isinstance(about, Tapped):
                about = replace(about, run=self.runs.get(about.run, about.run), value=self.its_own(about.value))
            number = SMOOTH + came.update
            assert take(self.smooth.database, replace(came, update=number, chat=self.smooth.chat, about=about))
            self.told += self.smooth.say()
        self.delivered += updates
        self.holds()

    def its_own(self, receipt: str) -> str:
        return receipt.replace(f"receipt-of-{self.rough.chat}", f"receipt-of-{self.smooth.chat}")

    def asked_again(self, database: Database) -> None:
        """We were away, and come back."""
        until = NOW.replace(year=NOW.year + 1)
        self.say(database, None)  # where something is about to be said anyway, nothing is asked again
        ask_again(database, self.rough.chat, until)
        ask_again(self.smooth.database, self.smooth.chat, until)
        self.told += self.smooth.say()
        self.holds()

    def say(self, database: Database, cut: int | None) -> None:
        """Says what is due, one thing after the other; cut off after that many things, before they are struck off."""
        while due := next_due(database, self.rough.chat):
            events = due.saying.events
            self.rough.run = due.saying.run
            if cut is not None and cut < len(events):
                self.hear(due.id, events, cut)
                return
            while events:
                self.hear(due.id, events, 0)
                events = events[1:]
                rest = replace(due.saying, events=events) if events else None
                struck = strike_off(database, due, rest, None)
                assert struck
                due = struck
            self.runs[self.rough.run] = self.smooth.run

    def hear(self, due: int, events: tuple[Event, ...], last: int) -> None:
        for number, said in enumerate(events[: last + 1]):
            self.seen[due, number - len(events)] = said
            self.rough.notice(said)

    def holds(self) -> None:
        """The law: all that is remembered of one chat is remembered of the other."""
        assert remembered(self.rough) == remembered(self.smooth)

    def all_was_said(self) -> None:
        """Each thing, in order; what was said again after a cut counts where it was said first."""
        said = list(self.seen.values())
        assert self.its_own(str(said)) == str(self.told)


def take(database: Database, came: Incoming) -> bool:
    assert isinstance(came.about, Reply)
    return take_turn(database, came, came.about, NOW) is not None


def remembered(turning: Turning) -> tuple[Run | None, list[int], list[tuple[str, str]]]:
    """All that the database holds of a chat, but for what is random and what is still to be said."""
    database = turning.database
    with database.transaction() as tx:
        run = kept_run(tx, database.cipher, turning.chat)
    return run and replace(run, id=""), _there(turning), sent_by(turning)


def in_order(turning: Turning, numbers: Iterable[int]) -> list[int]:
    """These updates in the order in which they were taken in: those before the chat was let go, and those since."""
    order = "rowid" if turning.database.embedded else "ctid"
    let_go = [number % SMOOTH for (number,) in rows(turning.database, f"select number from taken order by {order}")]
    return [number for number in [*let_go, *_there(turning)] if number in set(numbers)]


def _there(turning: Turning) -> list[int]:
    found = rows(turning.database, "select taken from chats where chat = ?", turning.chat)
    return [int(number) % SMOOTH for (taken,) in found for number in taken.split()]


def sent_by(turning: Turning) -> list[tuple[str, str]]:
    """The parts of what this chat has sent: (question, content)."""
    cipher = turning.database.cipher
    marks = marks_of(cipher, f"receipt-of-{turning.chat}")
    found = rows(turning.database, "select question, content, receipt from waiting")
    return sorted((question, cipher.unseal(bytes(content))) for question, content, of in found if bytes(of) in marks)


@contextmanager
def cut_off(database: Database, after: int | None) -> Iterator[None]:
    """The worker is gone after that many statements of its turn, or before the commit (None)."""
    statements = count()

    def count_down(*_: object) -> None:
        if next(statements) == after:
            raise Cut

    def cut(_: Connection) -> None:
        raise Cut

    if after is not None and not database.embedded:
        with hearing(database.engine, count_down), suppress(Cut):
            yield
        return
    what, act = ("commit", cut) if after is None else ("before_cursor_execute", count_down)
    event.listen(database.engine, what, act)
    try:
        with suppress(Cut):
            yield
    finally:
        event.remove(database.engine, what, act)
