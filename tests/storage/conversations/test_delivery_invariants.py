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

from bot.telegram.updates import Incoming
from flows.models import Commanded, Edited, Reply, Tapped, Typed, Unreadable
from storage.db.database import Database, open_database
from tests.support.chat_pair import NUMBERS, Pair, cut_off, in_order, remembered, sent_by, take
from tests.support.postgresql import SECRET, migrated
from tests.support.sqlite import migrated_file
from tests.support.stored_chat import Turning

PLAIN: dict[str, Reply] = {
    "words": Typed("they rang back when they said", 11),
    "words with a name": Typed("Mary rang back from 01632 960 123", 13),
    "keep it": Typed("keep my words as they are", 14),
    "a label": Typed("neighbour", 12),
    "edited": Edited("they never rang back", 11),
    "a photo": Unreadable("photo"),
    "/start": Commanded("start"),
    "/stop": Commanded("stop"),
    "/delete": Commanded("delete"),
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
        self.workers = [self.ending.enter_context(closing(open_database(address, SECRET))) for _ in range(2)]
        self.threads = self.ending.enter_context(ThreadPoolExecutor(2))
        one = self.workers[0]
        self.pairs = [Pair(Turning(one, next(NUMBERS)), Turning(one, next(NUMBERS))) for _ in range(CHATS)]
        for pair in self.pairs:
            self.settled(pair, Commanded("start"))

    def settled(self, pair: Pair, reply: Reply) -> None:
        self.delivered(pair, pair.incoming(reply), self.workers[0])
        pair.say(self.workers[0], None)

    def delivered(self, pair: Pair, came: Incoming, worker: Database) -> None:
        assert take(worker, came)
        pair.smoothly(came)

    @rule(chat=chats, act=acts, worker=workers, said=st.booleans())
    def a_reply_comes(self, chat: int, act: str, worker: int, *, said: bool) -> None:
        pair = self.pairs[chat]
        self.delivered(pair, pair.incoming(reply(pair, act)), self.workers[worker])
        if said:
            pair.say(self.workers[worker], None)

    @rule(chat=chats, act=acts, worker=workers, after=statements)
    def a_worker_is_gone_in_mid_turn(self, chat: int, act: str, worker: int, after: int | None) -> None:
        """Telegram was not told that it arrived, and delivers it again: to the other worker."""
        pair = self.pairs[chat]
        came, before, there = pair.incoming(reply(pair, act)), remembered(pair.rough), False
        with cut_off(self.workers[worker], after):
            there = take(self.workers[worker], came)  # a turn of few statements is not cut off
        assert there or remembered(pair.rough) == before
        if there:
            assert not take(self.workers[1 - worker], came)
            pair.smoothly(came)
        else:
            self.delivered(pair, came, self.workers[1 - worker])

    @rule(chat=chats, worker=workers, which=st.integers(0, 50))
    def an_old_update_comes_again(self, chat: int, worker: int, which: int) -> None:
        pair = self.pairs[chat]
        assert not take(self.workers[worker], pair.delivered[which % len(pair.delivered)])
        pair.holds()

    @rule(chat=chats, act=acts)
    def one_update_comes_to_both_workers_at_once(self, chat: int, act: str) -> None:
        pair = self.pairs[chat]
        came = pair.incoming(reply(pair, act))
        assert sorted(self.at_once(came, came)) == [False, True]
        pair.smoothly(came)

    @rule(chat=chats, one=acts, other=acts)
    def two_updates_of_a_chat_come_at_once(self, chat: int, one: str, other: str) -> None:
        """Both are taken in, one after the other."""
        pair = self.pairs[chat]
        both = {came.update: came for came in (pair.incoming(reply(pair, act)) for act in (one, other))}
        assert self.at_once(*both.values()) == [True, True]
        pair.smoothly(*(both[number] for number in in_order(pair.rough, both)))

    @rule(one=acts, other=acts)
    def two_chats_are_answered_at_once(self, one: str, other: str) -> None:
        both = [pair.incoming(reply(pair, act)) for pair, act in zip(self.pairs, (one, other), strict=True)]
        assert self.at_once(*both) == [True, True]
        for pair, came in zip(self.pairs, both, strict=True):
            pair.smoothly(came)

    @rule(chat=chats, worker=workers)
    def the_bot_was_away(self, chat: int, worker: int) -> None:
        self.pairs[chat].asked_again(self.workers[worker])

    @rule(chat=chats, worker=workers, cut=st.one_of(st.none(), st.integers(0, 2)))
    def what_is_due_is_said(self, chat: int, worker: int, cut: int | None) -> None:
        self.pairs[chat].say(self.workers[worker], cut)

    def at_once(self, *updates: Incoming) -> list[bool]:
        """Each to a worker of its own, at the same moment."""
        together = Barrier(len(updates), timeout=60)

        def deliver(worker: Database, came: Incoming) -> bool:
            together.wait()
            return take(worker, came)

        return list(self.threads.map(deliver, self.workers, updates))

    def teardown(self) -> None:
        """From wherever that leads: on and on, until it is sent. Then all was said, and in order."""
        with self.ending:
            for pair in self.pairs:
                pair.say(self.workers[1], None)
                self.settled(pair, Commanded("start"))
                while not sent_by(pair.rough):
                    self.settled(pair, pair.rough.way_on())
                pair.all_was_said()
            for pair in self.pairs:
                pair.holds()


def reply(pair: Pair, act: str) -> Reply:
    """What the person does, who knows what was said so far."""
    if act == "on":
        return pair.rough.way_on()
    if act == "delete":
        return Tapped(pair.rough.run, 0, "", "delete_yes", str(pair.rough.asked.ask if pair.rough.asked else 0))
    found = PLAIN.get(act) or pair.rough.tap("skip" if act == "old" else act)
    return replace(found, ask=found.ask - 1) if act == "old" and isinstance(found, Tapped) else found


class OnSQLite(AnyDeliveries):
    @staticmethod
    def opened(ending: ExitStack) -> str:
        return migrated_file(Path(ending.enter_context(tempfile.TemporaryDirectory())) / "any.db")


class OnPostgreSQL(AnyDeliveries):
    @staticmethod
    def opened(ending: ExitStack) -> str:
        return ending.enter_context(migrated())


TestOnSQLite, TestOnPostgreSQL = OnSQLite.TestCase, OnPostgreSQL.TestCase
TestOnSQLite.settings = settings(max_examples=max(15, settings().max_examples // 6))
TestOnPostgreSQL.settings = settings(max_examples=max(10, settings().max_examples // 10))
