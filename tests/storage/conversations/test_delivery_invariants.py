"""However updates are delivered: what is remembered is what one clean delivery, in order, leaves behind.

Several chats and two workers. Updates come twice, late, at once with another; a worker is gone after any statement of
its turn, before the commit, after it, or between saying a thing and striking it off.
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

PLAIN: dict[str, Reply] = {
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
acts = st.sampled_from(["on"] * 8 + ["skip", "back", "why", "old", "delete", *PLAIN])
workers = st.integers(0, 1)
statements = st.one_of(st.none(), st.integers(0, 12))


class AnyDeliveries(RuleBasedStateMachine):
    """Two people, two workers, and a world that delivers as it likes."""

    opened: Callable[[ExitStack], str]

    def __init__(self) -> None:
        super().__init__()
        self.ending = ExitStack()
        address = type(self).opened(self.ending)
        self.workers = [self.ending.enter_context(closing(open_database(address, TEST_SECRET_KEY))) for _ in range(2)]
        self.threads = self.ending.enter_context(ThreadPoolExecutor(2))
        one = self.workers[0]
        self.pairs = [
            ChatPair(StoredChat(one, next(UPDATE_IDS)), StoredChat(one, next(UPDATE_IDS))) for _ in range(CHATS)
        ]
        for pair in self.pairs:
            self.settled(pair, Command("start"))

    def settled(self, pair: ChatPair, reply: Reply) -> None:
        self.delivered(pair, pair.make_update(reply), self.workers[0])
        pair.deliver_entries(self.workers[0], None)

    def delivered(self, pair: ChatPair, came: IncomingUpdate, worker: Database) -> None:
        assert take_update(worker, came)
        pair.deliver_to_reference(came)

    @rule(chat_id=chats, act=acts, worker=workers, said=st.booleans())
    def a_reply_comes(self, chat_id: int, act: str, worker: int, *, said: bool) -> None:
        pair = self.pairs[chat_id]
        self.delivered(pair, pair.make_update(reply(pair, act)), self.workers[worker])
        if said:
            pair.deliver_entries(self.workers[worker], None)

    @rule(chat_id=chats, act=acts, worker=workers, after=statements)
    def a_worker_is_gone_in_mid_turn(self, chat_id: int, act: str, worker: int, after: int | None) -> None:
        """Telegram was not told that it arrived, and delivers it again: to the other worker."""
        pair = self.pairs[chat_id]
        came, before, there = pair.make_update(reply(pair, act)), load_state(pair.disturbed), False
        with cut_worker_off(self.workers[worker], after):
            there = take_update(self.workers[worker], came)  # a turn of few statements is not cut off
        assert there or load_state(pair.disturbed) == before
        if there:
            assert not take_update(self.workers[1 - worker], came)
            pair.deliver_to_reference(came)
        else:
            self.delivered(pair, came, self.workers[1 - worker])

    @rule(chat_id=chats, worker=workers, which=st.integers(0, 50))
    def an_old_update_comes_again(self, chat_id: int, worker: int, which: int) -> None:
        pair = self.pairs[chat_id]
        assert not take_update(self.workers[worker], pair.delivered_updates[which % len(pair.delivered_updates)])
        pair.assert_same_state()

    @rule(chat_id=chats, act=acts)
    def one_update_comes_to_both_workers_at_once(self, chat_id: int, act: str) -> None:
        pair = self.pairs[chat_id]
        came = pair.make_update(reply(pair, act))
        assert sorted(self.at_once(came, came)) == [False, True]
        pair.deliver_to_reference(came)

    @rule(chat_id=chats, one=acts, other=acts)
    def two_updates_of_a_chat_come_at_once(self, chat_id: int, one: str, other: str) -> None:
        """Both are taken in, one after the other."""
        pair = self.pairs[chat_id]
        both = {came.update_id: came for came in (pair.make_update(reply(pair, act)) for act in (one, other))}
        assert self.at_once(*both.values()) == [True, True]
        pair.deliver_to_reference(*(both[number] for number in get_intake_order(pair.disturbed, both)))

    @rule(one=acts, other=acts)
    def two_chats_are_answered_at_once(self, one: str, other: str) -> None:
        both = [pair.make_update(reply(pair, act)) for pair, act in zip(self.pairs, (one, other), strict=True)]
        assert self.at_once(*both) == [True, True]
        for pair, came in zip(self.pairs, both, strict=True):
            pair.deliver_to_reference(came)

    @rule(chat_id=chats, worker=workers)
    def the_bot_was_away(self, chat_id: int, worker: int) -> None:
        self.pairs[chat_id].return_from_downtime(self.workers[worker])

    @rule(chat_id=chats, worker=workers, cut=st.one_of(st.none(), st.integers(0, 2)))
    def what_is_due_is_said(self, chat_id: int, worker: int, cut: int | None) -> None:
        self.pairs[chat_id].deliver_entries(self.workers[worker], cut)

    def at_once(self, *updates: IncomingUpdate) -> list[bool]:
        """Each to a worker of its own, at the same moment."""
        together = Barrier(len(updates), timeout=60)

        def deliver(worker: Database, came: IncomingUpdate) -> bool:
            together.wait()
            return take_update(worker, came)

        return list(self.threads.map(deliver, self.workers, updates))

    def teardown(self) -> None:
        """From wherever that leads: on and on, until it is sent. Then all was said, and in order."""
        with self.ending:
            for pair in self.pairs:
                pair.deliver_entries(self.workers[1], None)
                self.settled(pair, Command("start"))
                while not load_sent_parts(pair.disturbed):
                    self.settled(pair, pair.disturbed.make_next_reply())
                pair.assert_all_delivered()
            for pair in self.pairs:
                pair.assert_same_state()


def reply(pair: ChatPair, act: str) -> Reply:
    """What the person does, who knows what was said so far."""
    if act == "on":
        return pair.disturbed.make_next_reply()
    if act == "delete":
        return Tap(
            pair.disturbed.run_id,
            0,
            "",
            "delete_yes",
            str(pair.disturbed.prompt_event.prompt if pair.disturbed.prompt_event else 0),
        )
    found = PLAIN.get(act) or pair.disturbed.make_tap("skip" if act == "old" else act)
    return replace(found, prompt=found.prompt - 1) if act == "old" and isinstance(found, Tap) else found


class OnSQLite(AnyDeliveries):
    @staticmethod
    def opened(ending: ExitStack) -> str:
        return create_migrated_file(Path(ending.enter_context(tempfile.TemporaryDirectory())) / "any.db")


class OnPostgreSQL(AnyDeliveries):
    @staticmethod
    def opened(ending: ExitStack) -> str:
        return ending.enter_context(create_migrated_database())


TestOnSQLite, TestOnPostgreSQL = OnSQLite.TestCase, OnPostgreSQL.TestCase
TestOnSQLite.settings = settings(max_examples=max(15, settings().max_examples // 6))
TestOnPostgreSQL.settings = settings(max_examples=max(10, settings().max_examples // 10))
