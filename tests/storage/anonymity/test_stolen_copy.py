"""One copy of the database, with all its keys, says no more of who sent what than chance does."""

from collections import Counter
from math import sqrt
from pathlib import Path
from random import Random

import pytest

from flows.events.prompts import CheckReached
from flows.models import Commanded, Reply, Typed
from storage.anonymity.releases import release_due
from storage.db.database import Database
from tests.support.database_thief import Found, answers_of, copy_of, files, guesses
from tests.support.raw_sql import rows
from tests.support.stored_chat import Turning

FIRST = 5_000_000_000  # Telegram's numbers of today need more than 32 bits
PEOPLE = range(60)
COPIES = 200
SIZE = 10
COMES_BACK = 0.1  # how often somebody who has sent does something more, and begins anew
WORDS = "select said from answers where run = ?"


class Walking:
    """Sixty people, who walk side by side; some come back after they have sent."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.chance = Random(4)
        self.turning = {person: Turning(database, FIRST + person) for person in PEOPLE}
        self.sent: list[int] = []
        self.erased: set[bytes] = set()  # as they stood there, locked

    def turns(self) -> None:
        """A few people do one thing each."""
        for _ in range(self.chance.randint(1, 12)):
            person = self.chance.choice(PEOPLE)
            if FIRST + person not in self.sent or self.chance.random() < COMES_BACK:
                self.one(person, self.turning[person])

    def one(self, person: int, turning: Turning) -> None:
        sending = isinstance(turning.asked, CheckReached)
        if sending:
            self.erased |= {bytes(said) for (said,) in rows(self.database, WORDS, turning.run) if said}
        turning.do(self.reply(turning, person))
        if sending:
            self.sent.append(FIRST + person)
            release_due(self.database, SIZE)

    def reply(self, turning: Turning, person: int) -> Reply:
        if turning.asked is None:
            return Commanded("start")
        if isinstance(turning.asked, CheckReached):
            return turning.tap("send", f"receipt of {person}")
        place = turning.asked.place
        if place in answers_of(person):
            return turning.tap("answer", answers_of(person)[place])
        return Typed(f"the words of {person}", 10) if place.endswith("_why") else turning.way_on()


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
    file = Path(database.engine.url.database or "") if database.embedded else None
    walking, people = Walking(database), [FIRST + person for person in PEOPLE]
    right, tried = Counter[str](), Counter[str]()
    by_chance: dict[str, float] = {}
    stood: list[Found] = []
    for _ in range(COPIES):
        walking.turns()
        copy = copy_of(database, people, file)
        if copy.waiting == stood:
            continue
        stood = copy.waiting
        for way, guessed in guesses(copy, walking.sent).items():
            right[way] += sum(truly == said for truly, said, _ in guessed)
            tried[way] += len(guessed)
            by_chance[way] = by_chance.get(way, 0) + sum(chance for *_, chance in guessed)
    assert len(walking.sent) > PEOPLE[-1] // 2
    told = {way: (right[way], by_chance[way], tried[way]) for way in tried}
    assert {way: said for way, said in told.items() if is_told(*said)} == {}
    assert walking.erased
    raw = b"".join(one.read_bytes() for one in files(file))
    assert not [locked for locked in walking.erased if locked in raw]
    assert b"the words of" not in raw
