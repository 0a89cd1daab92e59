"""Two chats that get the same replies: one smoothly, one as the world delivers them. What is remembered must agree."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count

from sqlalchemy import Connection, event

from bot.handlers.turn import take_turn
from bot.jobs.outages import repeat_prompt
from bot.telegram.updates import IncomingUpdate
from flows.events import Event
from flows.models import Reply, Run, Tap
from storage.anonymity.sealing import hash_receipt
from storage.conversations.outbox import acknowledge, load_next_entry
from storage.conversations.runs import load_run
from storage.db.database import Database
from tests.support.raw_sql import fetch_rows
from tests.support.statement_listener import listen_to_statements
from tests.support.stored_chat import NOW, StoredChat

UPDATE_IDS = count(1)  # no chat and no update has another's number, whatever database it is in
REFERENCE_ID_OFFSET = 10**9  # what comes to the smooth chat is numbered from here


class WorkerCutError(Exception):
    """The process is gone."""


@dataclass(slots=True)
class ChatPair:
    """A chat that is delivered to smoothly, and one that is not. `seen`: what the person of the second was told."""

    reference: StoredChat
    disturbed: StoredChat
    run_ids: dict[str, str] = field(default_factory=dict)
    received_events: dict[tuple[int, int], Event] = field(default_factory=dict)
    reference_events: list[Event] = field(default_factory=list)
    delivered_updates: list[IncomingUpdate] = field(default_factory=list)

    def make_update(self, reply: Reply) -> IncomingUpdate:
        return IncomingUpdate(next(UPDATE_IDS), self.disturbed.chat_id, reply, "en")

    def deliver_to_reference(self, *updates: IncomingUpdate) -> None:
        """The same for the chat where nothing ever goes wrong; then the law holds."""
        for update in updates:
            about = update.content
            if isinstance(about, Tap):
                about = replace(
                    about, run=self.run_ids.get(about.run, about.run), value=self.translate_receipt(about.value)
                )
            number = REFERENCE_ID_OFFSET + update.update_id
            assert take_update(
                self.reference.database,
                replace(update, update_id=number, chat_id=self.reference.chat_id, content=about),
            )
            self.reference_events += self.reference.deliver_entries()
        self.delivered_updates += updates
        self.assert_same_state()

    def translate_receipt(self, receipt: str) -> str:
        return receipt.replace(f"receipt-of-{self.disturbed.chat_id}", f"receipt-of-{self.reference.chat_id}")

    def return_from_downtime(self, database: Database) -> None:
        """We were away, and come back."""
        until = NOW.replace(year=NOW.year + 1)
        self.deliver_entries(database, None)  # where something is about to be said anyway, nothing is asked again
        repeat_prompt(database, self.disturbed.chat_id, until)
        repeat_prompt(self.reference.database, self.reference.chat_id, until)
        self.reference_events += self.reference.deliver_entries()
        self.assert_same_state()

    def deliver_entries(self, database: Database, cut_after: int | None) -> None:
        """Says what is due, one thing after the other; cut off after that many things, before they are struck off."""
        while entry := load_next_entry(database, self.disturbed.chat_id):
            events = entry.content.events
            self.disturbed.run_id = entry.content.run_id
            if cut_after is not None and cut_after < len(events):
                self.receive_events(entry.id, events, cut_after)
                return
            while events:
                self.receive_events(entry.id, events, 0)
                events = events[1:]
                rest = replace(entry.content, events=events) if events else None
                struck = acknowledge(database, entry, rest, None)
                assert struck
                entry = struck
            self.run_ids[self.disturbed.run_id] = self.reference.run_id

    def receive_events(self, entry_id: int, events: tuple[Event, ...], last_index: int) -> None:
        for number, said in enumerate(events[: last_index + 1]):
            self.received_events[entry_id, number - len(events)] = said
            self.disturbed.note_event(said)

    def assert_same_state(self) -> None:
        """The law: all that is remembered of one chat is remembered of the other."""
        assert load_state(self.disturbed) == load_state(self.reference)

    def assert_all_delivered(self) -> None:
        """Each thing, in order; what was said again after a cut counts where it was said first."""
        said = list(self.received_events.values())
        assert self.translate_receipt(str(said)) == str(self.reference_events)


def take_update(database: Database, update: IncomingUpdate) -> bool:
    assert isinstance(update.content, Reply)
    return take_turn(database, update, update.content, NOW) is not None


def load_state(chat: StoredChat) -> tuple[Run | None, list[int], list[tuple[str, str]]]:
    """All that the database holds of a chat, but for what is random and what is still to be said."""
    database = chat.database
    with database.transaction() as session:
        run = load_run(session, chat.chat_id)
    return run and replace(run, id=""), _load_update_ids(chat), load_sent_parts(chat)


def get_intake_order(chat: StoredChat, update_ids: Iterable[int]) -> list[int]:
    """These updates in the order in which they were taken in: those before the chat was let go, and those since."""
    order = "rowid" if chat.database.is_embedded else "ctid"
    let_go = [
        number % REFERENCE_ID_OFFSET
        for (number,) in fetch_rows(chat.database, f"select update_id from processed_updates order by {order}")
    ]
    return [number for number in [*let_go, *_load_update_ids(chat)] if number in set(update_ids)]


def _load_update_ids(chat: StoredChat) -> list[int]:
    found = fetch_rows(chat.database, "select recent_update_ids from chats where chat_id = ?", chat.chat_id)
    return [int(number) % REFERENCE_ID_OFFSET for (taken,) in found for number in taken.split()]


def load_sent_parts(chat: StoredChat) -> list[tuple[str, str]]:
    """The parts of what this chat has sent: (question, content)."""
    cipher = chat.database.cipher
    marks = hash_receipt(cipher, f"receipt-of-{chat.chat_id}")
    found = fetch_rows(chat.database, "select question, content, receipt_hash from pending_parts")
    return sorted((question, cipher.unseal(bytes(content))) for question, content, of in found if bytes(of) in marks)


@contextmanager
def cut_worker_off(database: Database, after: int | None) -> Iterator[None]:
    """The worker is gone after that many statements of its turn, or before the commit (None)."""
    statements = count()

    def count_down(*_: object) -> None:
        if next(statements) == after:
            raise WorkerCutError

    def cut(_: Connection) -> None:
        raise WorkerCutError

    if after is not None and not database.is_embedded:
        with listen_to_statements(database.engine, count_down), suppress(WorkerCutError):
            yield
        return
    what, act = ("commit", cut) if after is None else ("before_cursor_execute", count_down)
    event.listen(database.engine, what, act)
    try:
        with suppress(WorkerCutError):
            yield
    finally:
        event.remove(database.engine, what, act)
