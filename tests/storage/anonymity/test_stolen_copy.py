"""One copy of the database, with all its keys, says no more of who sent what than chance does."""

from collections import Counter
from math import sqrt
from pathlib import Path
from random import Random

import pytest

from flows.events.prompts import ReviewReached
from flows.models import Command, Reply, TextReply
from storage.anonymity.releases import release_due_responses
from storage.db.database import Database
from tests.support.database_thief import LocatedRow, list_database_files, make_guesses, make_unique_answers, steal_copy
from tests.support.raw_sql import fetch_rows
from tests.support.stored_chat import StoredChat

FIRST = 5_000_000_000  # Telegram's numbers of today need more than 32 bits
PEOPLE = range(60)
COPIES = 200
SIZE = 10
COMES_BACK = 0.1  # how often somebody who has sent does something more, and begins anew
WORDS = "select texts from answers where run_id = ?"


class Walking:
    """Sixty people, who walk side by side; some come back after they have sent."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.chance = Random(4)
        self.turning = {person: StoredChat(database, FIRST + person) for person in PEOPLE}
        self.sent: list[int] = []
        self.erased: set[bytes] = set()  # as they stood there, locked

    def turns(self) -> None:
        """A few people do one thing each."""
        for _ in range(self.chance.randint(1, 12)):
            person = self.chance.choice(PEOPLE)
            if FIRST + person not in self.sent or self.chance.random() < COMES_BACK:
                self.one(person, self.turning[person])

    def one(self, person: int, stored_chat: StoredChat) -> None:
        sending = isinstance(stored_chat.prompt_event, ReviewReached)
        if sending:
            self.erased |= {bytes(said) for (said,) in fetch_rows(self.database, WORDS, stored_chat.run_id) if said}
        stored_chat.send_reply(self.reply(stored_chat, person))
        if sending:
            self.sent.append(FIRST + person)
            release_due_responses(self.database, SIZE)

    def reply(self, stored_chat: StoredChat, person: int) -> Reply:
        if stored_chat.prompt_event is None:
            return Command("start")
        if isinstance(stored_chat.prompt_event, ReviewReached):
            return stored_chat.make_tap("send", f"receipt of {person}")
        place = stored_chat.prompt_event.step
        if place in make_unique_answers(person):
            return stored_chat.make_tap("answer", make_unique_answers(person)[place])
        return TextReply(f"the words of {person}", 10) if place.endswith("_why") else stored_chat.make_next_reply()


def is_told(right: int, by_chance: float, tried: int) -> bool:
    """Whether so many right guesses are more than chance gives: how many of an order stand right has a variance of 1 (a
    random permutation's fixed points), and five standard deviations are one run in millions.
    """
    return right > by_chance + max(tried / 10, 5 * sqrt(by_chance))


@pytest.mark.timeout(300)
def test_no_copy_tells_who_sent_what(database: Database) -> None:
    """At 200 moments, and by each way to guess: right about as often as by chance. Each order counts once: where nobody
    sends any more, one that chance has made would count a hundred times.
    """
    file = Path(database.engine.url.database or "") if database.is_embedded else None
    walking, people = Walking(database), [FIRST + person for person in PEOPLE]
    right, tried = Counter[str](), Counter[str]()
    by_chance: dict[str, float] = {}
    stood: list[LocatedRow] = []
    for _ in range(COPIES):
        walking.turns()
        copy = steal_copy(database, people, file)
        if copy.waiting == stood:
            continue
        stood = copy.waiting
        for way, guessed in make_guesses(copy, walking.sent).items():
            right[way] += sum(truly == said for truly, said, _ in guessed)
            tried[way] += len(guessed)
            by_chance[way] = by_chance.get(way, 0) + sum(chance for *_, chance in guessed)
    assert len(walking.sent) > PEOPLE[-1] // 2
    told = {way: (right[way], by_chance[way], tried[way]) for way in tried}
    assert {way: said for way, said in told.items() if is_told(*said)} == {}
    assert walking.erased
    raw = b"".join(one.read_bytes() for one in list_database_files(file))
    assert not [locked for locked in walking.erased if locked in raw]
    assert b"the words of" not in raw
