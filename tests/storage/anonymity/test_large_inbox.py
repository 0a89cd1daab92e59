"""An inbox that is larger than what is written anew with a response: one copy still tells one of so many, at best."""

import json
from collections import Counter
from math import sqrt
from pathlib import Path
from random import Random

import pytest

from flows.models import Run
from storage.anonymity import participation, sealing
from storage.anonymity.sealing import extract_comment_text, seal_response
from storage.anonymity.withdrawal import withdraw_response
from storage.db.database import Database, open_database
from tests.support.database_thief import LocatedRow, locate_waiting_parts, make_guesses, make_unique_answers, steal_copy
from tests.support.postgresql import TEST_SECRET_KEY
from tests.support.raw_sql import fetch_rows
from tests.support.stored_responses import load_choices, load_comments

FIRST = 5_000_000_000
MANY, TOGETHER = 120, 16
COMMENTED = ("informed_why", "confident_why")


@pytest.fixture(autouse=True)
def _small_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that many more wait than are written at once."""
    for module in (sealing, participation):
        monkeypatch.setattr(module, "REWRITE_BATCH_SIZE", TOGETHER)


def send(database: Database, person: int, comments: bool = False) -> None:
    words = {question: f"words of {person}" for question in COMMENTED if comments}
    with database.transaction() as session:
        run, receipt = Run("", "connection_test", 1, "en"), f"receipt of {person}"
        seal_response(session, run, FIRST + person, {**make_unique_answers(person), **words}, receipt)
    database.checkpoint()


def standing(database: Database) -> dict[str, tuple[bytes, bool]]:
    """{id: whose part stands there, and whether it is a response's choices}."""
    found = fetch_rows(database, "select id, receipt_hash, question from pending_parts")
    return {one: (bytes(receipt), not question) for one, receipt, question in found}


def file_of(database: Database) -> Path | None:
    return Path(database.engine.url.database or "") if database.is_embedded else None


def few(tried: int, chance: float) -> float:
    """So many right guesses, at the most, are no better than this chance: four standard deviations."""
    return tried * chance + 4 * sqrt(tried * chance) + 1


def test_each_sending_writes_as_many_as_are_said_and_no_more(database: Database) -> None:
    for person in range(MANY):
        before = standing(database)
        send(database, person, comments=person % 3 == 0)
        after = standing(database)
        moved = [one for one, part in after.items() if before.get(one) != part]
        choices = sum(after[one][1] for one in moved)
        alike = TOGETHER // 2  # some stand again where they stood, by chance
        assert min(person + 1, TOGETHER) - alike <= choices <= TOGETHER
        assert before.keys() <= after.keys(), "as ids are random, they can stay"
    assert len(load_choices(database)) == MANY
    assert load_comments(database) == {q: sorted(f"words of {one}" for one in range(0, MANY, 3)) for q in COMMENTED}


def test_each_transaction_of_postgresql_s_wrote_as_many_responses_as_marks(postgresql_url: str) -> None:
    """The newest one, which shows on whatever was written last."""
    database = open_database(postgresql_url, TEST_SECRET_KEY)
    for person in range(40):
        send(database, person, comments=True)
        newest = "where xmin::text::bigint = (select max(xmin::text::bigint) from participations)"
        [(marks,)] = fetch_rows(database, f"select count(*) from participations {newest}")
        [(choices,)] = fetch_rows(database, f"select count(*) from pending_parts {newest} and question = ''")
        assert (marks, choices) == (min(person + 1, TOGETHER),) * 2
    database.close()


def test_no_copy_tells_who_sent_what(database: Database) -> None:
    """By each way to guess: right no more often than one in as many as are written together."""
    chance, order = Random(5), list(range(FIRST, FIRST + MANY))
    chance.shuffle(order)
    right, tried = Counter[str](), Counter[str]()
    for number, person in enumerate(order, start=1):
        send(database, person - FIRST)
        if number > 2 * TOGETHER and number % 4 == 0:
            for way, guessed in make_guesses(steal_copy(database, order, file_of(database)), order[:number]).items():
                right[way] += sum(truly == told for truly, told, _ in guessed)
                tried[way] += len(guessed)
    assert max(tried.values()) > 1_000
    told = {way: (right[way], many) for way, many in tried.items() if right[way] > few(many, 1 / TOGETHER)}
    assert told == {}


def test_no_copy_tells_which_parts_are_of_one_response(database: Database) -> None:
    """By what was written together, and by what stands beside what: each comment's choices, and its other comment."""
    right, tried = Counter[str](), Counter[str]()
    for person in range(MANY):
        send(database, person, comments=person % 2 == 0)
        if person > 2 * TOGETHER and person % 4 == 0:
            for way, hit in parts_guessed(database, Random(person)):
                right[way] += hit
                tried[way] += 1
    assert min(tried.values()) > 500
    told = {way: (right[way], many) for way, many in tried.items() if right[way] > few(many, 2 / TOGETHER)}
    assert told == {}


def parts_guessed(database: Database, chance: Random) -> list[tuple[str, bool]]:
    """Each comment with the part that it is said to belong to: was it?"""
    parts = [
        (question, LocatedRow(person_in(database, question, bytes(content)), *at))
        for question, content, *at in locate_waiting_parts(database, file_of(database))
    ]
    first, second = COMMENTED
    guessed = []
    for other in ("", second):
        others = [part for question, part in parts if question == other]
        for one in (part for question, part in parts if question == first):
            together = [part for part in others if part.transaction_id == one.transaction_id]
            if one.transaction_id and together:
                guessed.append((f"{other} together", chance.choice(together).person == one.person))
            nearest = min(others, key=lambda part: abs(part.position - one.position))
            guessed.append((f"{other} beside", nearest.person == one.person))
    return guessed


def person_in(database: Database, question: str, content: bytes) -> int:
    opened = json.loads(database.cipher.unseal(content))
    if question:
        return int(extract_comment_text(opened).rpartition(" ")[2])
    by_answers = {tuple(make_unique_answers(person).items()): person for person in range(MANY)}
    return by_answers[tuple(opened["answers"].items())]


def test_each_receipt_takes_its_own_out_whatever_was_written_since(database: Database) -> None:
    for person in range(3 * TOGETHER):
        send(database, person, comments=True)
    for person in range(0, 3 * TOGETHER, 2):
        with database.transaction() as session:
            assert withdraw_response(session, FIRST + person, f"receipt of {person}") == "waiting"
    assert load_comments(database)["informed_why"] == sorted(
        f"words of {person}" for person in range(1, 3 * TOGETHER, 2)
    )
    assert len(load_choices(database)) == 3 * TOGETHER // 2
