"""A stolen copy of the database, with all keys, reveals no more of who sent what than chance does."""

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

FIRST_CHAT_ID = 5_000_000_000  # today's chat IDs have more than 32 bits
PERSON_NUMBERS = range(60)
COPY_COUNT = 200
SIZE = 10
RETURN_PROBABILITY = 0.1  # that a person who has submitted acts again
SELECT_TEXTS = "select texts from answers where run_id = ?"


class Crowd:
    """Sixty people who walk concurrently; some start again after they submitted."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.chance = Random(4)
        self.chats = {person: StoredChat(database, FIRST_CHAT_ID + person) for person in PERSON_NUMBERS}
        self.sent: list[int] = []
        self.erased: set[bytes] = set()  # encrypted texts of submitted runs

    def take_turns(self) -> None:
        """A few people do one thing each."""
        for _ in range(self.chance.randint(1, 12)):
            person = self.chance.choice(PERSON_NUMBERS)
            if FIRST_CHAT_ID + person not in self.sent or self.chance.random() < RETURN_PROBABILITY:
                self.take_turn(person, self.chats[person])

    def take_turn(self, person: int, stored_chat: StoredChat) -> None:
        is_sending = isinstance(stored_chat.prompt_event, ReviewReached)
        if is_sending:
            self.erased |= {
                bytes(guess) for (guess,) in fetch_rows(self.database, SELECT_TEXTS, stored_chat.run_id) if guess
            }
        stored_chat.send_reply(self.make_reply(stored_chat, person))
        if is_sending:
            self.sent.append(FIRST_CHAT_ID + person)
            release_due_responses(self.database, SIZE)

    def make_reply(self, stored_chat: StoredChat, person: int) -> Reply:
        if stored_chat.prompt_event is None:
            return Command("start")
        if isinstance(stored_chat.prompt_event, ReviewReached):
            return stored_chat.make_tap("send", f"receipt of {person}")
        step = stored_chat.prompt_event.step
        if step in make_unique_answers(person):
            return stored_chat.make_tap("answer", make_unique_answers(person)[step])
        return TextReply(f"the words of {person}", 10) if step.endswith("_why") else stored_chat.make_next_reply()


def is_above_chance(hits: int, by_chance: float, guesses: int) -> bool:
    """Whether there are more correct guesses than chance explains.

    The number of fixed points of a random permutation has variance 1; five standard deviations happen once in millions
    of runs.
    """
    return hits > by_chance + max(guesses / 10, 5 * sqrt(by_chance))


@pytest.mark.timeout(300)
def test_a_stolen_copy_does_not_link_responses_to_people(database: Database) -> None:
    """Copies at 200 moments, with each method of guessing. Each order of rows counts once, as an unchanged one would
    count a chance hit many times.
    """
    file = Path(database.engine.url.database or "") if database.is_embedded else None
    crowd, people = Crowd(database), [FIRST_CHAT_ID + person for person in PERSON_NUMBERS]
    hits, guesses = Counter[str](), Counter[str]()
    by_chance: dict[str, float] = {}
    last_rows: list[LocatedRow] = []
    for _ in range(COPY_COUNT):
        crowd.take_turns()
        copy = steal_copy(database, people, file)
        if copy.waiting == last_rows:
            continue
        last_rows = copy.waiting
        for method, method_guesses in make_guesses(copy, crowd.sent).items():
            hits[method] += sum(actual == guess for actual, guess, _ in method_guesses)
            guesses[method] += len(method_guesses)
            by_chance[method] = by_chance.get(method, 0) + sum(chance for *_, chance in method_guesses)
    assert len(crowd.sent) > PERSON_NUMBERS[-1] // 2
    statistics = {method: (hits[method], by_chance[method], guesses[method]) for method in guesses}
    assert {method: guess for method, guess in statistics.items() if is_above_chance(*guess)} == {}
    assert crowd.erased
    raw = b"".join(one.read_bytes() for one in list_database_files(file))
    assert not [encrypted for encrypted in crowd.erased if encrypted in raw]
    assert b"the words of" not in raw
