"""However updates are delivered, the stored state is that after one clean delivery in order.

Several chats and two workers: updates come twice, late or at once with another, and a worker stops after any statement
of its turn, before or after the commit, or between sending an entry and acknowledging it.
"""

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from threading import Barrier

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from bot.telegram.updates import IncomingUpdate
from flows.models import Command, Reply, Tap, TextEdit, TextReply, UnreadableReply
from storage.db.database import Database, open_database
from tests.support.chat_pair import (
    UPDATE_IDS,
    ChatPair,
    cut_worker_off,
    get_intake_order,
    load_sent_parts,
    load_state,
    take_update,
)
from tests.support.postgresql import TEST_SECRET_KEY, create_migrated_database
from tests.support.sqlite import create_migrated_file
from tests.support.stored_chat import StoredChat

REPLIES_BY_NAME: dict[str, Reply] = {
    "words": TextReply("they rang back when they said", 11),
    "words with a name": TextReply("Mary rang back from 01632 960 123", 13),
    "keep it": TextReply("keep my words as they are", 14),
    "a label": TextReply("neighbour", 12),
    "edited": TextEdit("they never rang back", 11),
    "a photo": UnreadableReply("photo"),
    "/start": Command("start"),
    "/stop": Command("stop"),
    "/delete": Command("delete"),
}
CHATS = 2
chats = st.integers(0, CHATS - 1)
actions = st.sampled_from(["on"] * 8 + ["skip", "back", "why", "old", "delete", *REPLIES_BY_NAME])
workers = st.integers(0, 1)
statements = st.one_of(st.none(), st.integers(0, 12))


class AnyDeliveries(RuleBasedStateMachine):
    """Two people and two workers, with updates delivered in any way."""

    create_url: Callable[[ExitStack], str]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        address = type(self).create_url(self.stack)
        self.workers = [self.stack.enter_context(closing(open_database(address, TEST_SECRET_KEY))) for _ in range(2)]
        self.threads = self.stack.enter_context(ThreadPoolExecutor(2))
        one = self.workers[0]
        self.pairs = [
            ChatPair(StoredChat(one, next(UPDATE_IDS)), StoredChat(one, next(UPDATE_IDS))) for _ in range(CHATS)
        ]
        for pair in self.pairs:
            self.settle(pair, Command("start"))

    def settle(self, pair: ChatPair, reply: Reply) -> None:
        self.deliver(pair, pair.make_update(reply), self.workers[0])
        pair.deliver_entries(self.workers[0], None)

    def deliver(self, pair: ChatPair, update: IncomingUpdate, worker: Database) -> None:
        assert take_update(worker, update)
        pair.deliver_to_reference(update)

    @rule(chat_id=chats, action=actions, worker=workers, is_delivered=st.booleans())
    def process_reply(self, chat_id: int, action: str, worker: int, *, is_delivered: bool) -> None:
        pair = self.pairs[chat_id]
        self.deliver(pair, pair.make_update(reply(pair, action)), self.workers[worker])
        if is_delivered:
            pair.deliver_entries(self.workers[worker], None)

    @rule(chat_id=chats, action=actions, worker=workers, after=statements)
    def interrupt_worker_mid_turn(self, chat_id: int, action: str, worker: int, after: int | None) -> None:
        """Telegram got no acknowledgement and delivers the update again, to the other worker."""
        pair = self.pairs[chat_id]
        update, before, is_processed = pair.make_update(reply(pair, action)), load_state(pair.disturbed), False
        with cut_worker_off(self.workers[worker], after):
            is_processed = take_update(self.workers[worker], update)  # a turn with few statements completes
        assert is_processed or load_state(pair.disturbed) == before
        if is_processed:
            assert not take_update(self.workers[1 - worker], update)
            pair.deliver_to_reference(update)
        else:
            self.deliver(pair, update, self.workers[1 - worker])

    @rule(chat_id=chats, worker=workers, index=st.integers(0, 50))
    def repeat_old_update(self, chat_id: int, worker: int, index: int) -> None:
        pair = self.pairs[chat_id]
        assert not take_update(self.workers[worker], pair.delivered_updates[index % len(pair.delivered_updates)])
        pair.assert_same_state()

    @rule(chat_id=chats, action=actions)
    def deliver_update_to_both_workers(self, chat_id: int, action: str) -> None:
        pair = self.pairs[chat_id]
        update = pair.make_update(reply(pair, action))
        assert sorted(self.deliver_at_once(update, update)) == [False, True]
        pair.deliver_to_reference(update)

    @rule(chat_id=chats, one=actions, other=actions)
    def deliver_two_updates_of_a_chat_at_once(self, chat_id: int, one: str, other: str) -> None:
        """Both are processed, one after the other."""
        pair = self.pairs[chat_id]
        updates = {
            update.update_id: update for update in (pair.make_update(reply(pair, action)) for action in (one, other))
        }
        assert self.deliver_at_once(*updates.values()) == [True, True]
        pair.deliver_to_reference(*(updates[number] for number in get_intake_order(pair.disturbed, updates)))

    @rule(one=actions, other=actions)
    def deliver_updates_of_two_chats_at_once(self, one: str, other: str) -> None:
        updates = [pair.make_update(reply(pair, action)) for pair, action in zip(self.pairs, (one, other), strict=True)]
        assert self.deliver_at_once(*updates) == [True, True]
        for pair, update in zip(self.pairs, updates, strict=True):
            pair.deliver_to_reference(update)

    @rule(chat_id=chats, worker=workers)
    def return_from_downtime(self, chat_id: int, worker: int) -> None:
        self.pairs[chat_id].return_from_downtime(self.workers[worker])

    @rule(chat_id=chats, worker=workers, interrupted_after=st.one_of(st.none(), st.integers(0, 2)))
    def deliver_entries(self, chat_id: int, worker: int, interrupted_after: int | None) -> None:
        self.pairs[chat_id].deliver_entries(self.workers[worker], interrupted_after)

    def deliver_at_once(self, *updates: IncomingUpdate) -> list[bool]:
        """Each update goes to its own worker at the same moment."""
        barrier = Barrier(len(updates), timeout=60)

        def deliver_to(worker: Database, update: IncomingUpdate) -> bool:
            barrier.wait()
            return take_update(worker, update)

        return list(self.threads.map(deliver_to, self.workers, updates))

    def teardown(self) -> None:
        """Each chat can still be walked to its end; then everything was sent, in order."""
        with self.stack:
            for pair in self.pairs:
                pair.deliver_entries(self.workers[1], None)
                self.settle(pair, Command("start"))
                while not load_sent_parts(pair.disturbed):
                    self.settle(pair, pair.disturbed.make_next_reply())
                pair.assert_all_delivered()
            for pair in self.pairs:
                pair.assert_same_state()


def reply(pair: ChatPair, action: str) -> Reply:
    """The person's reply, given what the bot has sent so far."""
    if action == "on":
        return pair.disturbed.make_next_reply()
    if action == "delete":
        return Tap(
            pair.disturbed.run_id,
            0,
            "",
            "delete_yes",
            str(pair.disturbed.prompt_event.prompt if pair.disturbed.prompt_event else 0),
        )
    found = REPLIES_BY_NAME.get(action) or pair.disturbed.make_tap("skip" if action == "old" else action)
    return replace(found, prompt=found.prompt - 1) if action == "old" and isinstance(found, Tap) else found


class OnSQLite(AnyDeliveries):
    @staticmethod
    def create_url(stack: ExitStack) -> str:
        return create_migrated_file(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "any.db")


class OnPostgreSQL(AnyDeliveries):
    @staticmethod
    def create_url(stack: ExitStack) -> str:
        return stack.enter_context(create_migrated_database())


TestOnSQLite, TestOnPostgreSQL = OnSQLite.TestCase, OnPostgreSQL.TestCase
TestOnSQLite.settings = settings(max_examples=max(15, settings().max_examples // 6))
TestOnPostgreSQL.settings = settings(max_examples=max(10, settings().max_examples // 10))
