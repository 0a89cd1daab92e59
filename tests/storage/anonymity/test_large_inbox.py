"""An inbox larger than one rewrite batch: a stolen copy links a response to a person at best one time in a batch."""

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

FIRST_CHAT_ID = 5_000_000_000
RESPONSE_COUNT, BATCH_SIZE = 120, 16
COMMENT_QUESTIONS = ("informed_why", "confident_why")


@pytest.fixture(autouse=True)
def _small_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets a batch size far below the number of pending responses."""
    for module in (sealing, participation):
        monkeypatch.setattr(module, "REWRITE_BATCH_SIZE", BATCH_SIZE)


def send(database: Database, person: int, comments: bool = False) -> None:
    words = {question: f"words of {person}" for question in COMMENT_QUESTIONS if comments}
    with database.transaction() as session:
        run, receipt = Run("", "connection_test", 1, "en"), f"receipt of {person}"
        seal_response(session, run, FIRST_CHAT_ID + person, {**make_unique_answers(person), **words}, receipt)
    database.checkpoint()


def list_parts(database: Database) -> dict[str, tuple[bytes, bool]]:
    """{id: (receipt hash of the part, whether the part has the response's choices)}."""
    found = fetch_rows(database, "select id, receipt_hash, question from pending_parts")
    return {one: (bytes(receipt), not question) for one, receipt, question in found}


def get_file(database: Database) -> Path | None:
    return Path(database.engine.url.database or "") if database.is_embedded else None


def max_chance_hits(guesses: int, chance: float) -> float:
    """The most correct guesses that agree with this probability: four standard deviations."""
    return guesses * chance + 4 * sqrt(guesses * chance) + 1


def test_each_submission_rewrites_one_batch(database: Database) -> None:
    for person in range(RESPONSE_COUNT):
        before = list_parts(database)
        send(database, person, comments=person % 3 == 0)
        after = list_parts(database)
        moved = [one for one, part in after.items() if before.get(one) != part]
        choices = sum(after[one][1] for one in moved)
        unmoved = BATCH_SIZE // 2  # some parts stay in their place by chance
        assert min(person + 1, BATCH_SIZE) - unmoved <= choices <= BATCH_SIZE
        assert before.keys() <= after.keys(), "random IDs can stay"
    assert len(load_choices(database)) == RESPONSE_COUNT
    assert load_comments(database) == {
        q: sorted(f"words of {one}" for one in range(0, RESPONSE_COUNT, 3)) for q in COMMENT_QUESTIONS
    }


def test_on_postgresql_each_transaction_writes_as_many_responses_as_marks(postgresql_url: str) -> None:
    """Checks the newest transaction, which row versions reveal."""
    database = open_database(postgresql_url, TEST_SECRET_KEY)
    for person in range(40):
        send(database, person, comments=True)
        newest = "where xmin::text::bigint = (select max(xmin::text::bigint) from participations)"
        [(marks,)] = fetch_rows(database, f"select count(*) from participations {newest}")
        [(choices,)] = fetch_rows(database, f"select count(*) from pending_parts {newest} and question = ''")
        assert (marks, choices) == (min(person + 1, BATCH_SIZE),) * 2
    database.close()


def test_a_stolen_copy_does_not_link_responses_to_people(database: Database) -> None:
    """No method of guessing is right more often than one time in a batch."""
    chance, order = Random(5), list(range(FIRST_CHAT_ID, FIRST_CHAT_ID + RESPONSE_COUNT))
    chance.shuffle(order)
    hits, guesses = Counter[str](), Counter[str]()
    for number, person in enumerate(order, start=1):
        send(database, person - FIRST_CHAT_ID)
        if number > 2 * BATCH_SIZE and number % 4 == 0:
            for method, method_guesses in make_guesses(
                steal_copy(database, order, get_file(database)), order[:number]
            ).items():
                hits[method] += sum(actual == suspicious for actual, suspicious, _ in method_guesses)
                guesses[method] += len(method_guesses)
    assert max(guesses.values()) > 1_000
    suspicious = {
        method: (hits[method], many)
        for method, many in guesses.items()
        if hits[method] > max_chance_hits(many, 1 / BATCH_SIZE)
    }
    assert suspicious == {}


def test_a_stolen_copy_does_not_link_parts_of_a_response(database: Database) -> None:
    """Guesses by transaction and by position, from each comment to its choices and to its other comment."""
    hits, guesses = Counter[str](), Counter[str]()
    for person in range(RESPONSE_COUNT):
        send(database, person, comments=person % 2 == 0)
        if person > 2 * BATCH_SIZE and person % 4 == 0:
            for method, hit in guess_parts(database, Random(person)):
                hits[method] += hit
                guesses[method] += 1
    assert min(guesses.values()) > 500
    suspicious = {
        method: (hits[method], many)
        for method, many in guesses.items()
        if hits[method] > max_chance_hits(many, 2 / BATCH_SIZE)
    }
    assert suspicious == {}


def guess_parts(database: Database, chance: Random) -> list[tuple[str, bool]]:
    """For each comment and method, whether the guessed part belongs to the same response."""
    parts = [
        (question, LocatedRow(read_person(database, question, bytes(content)), *at))
        for question, content, *at in locate_waiting_parts(database, get_file(database))
    ]
    first, second = COMMENT_QUESTIONS
    method_guesses = []
    for other in ("", second):
        others = [part for question, part in parts if question == other]
        for one in (part for question, part in parts if question == first):
            same_transaction = [part for part in others if part.transaction_id == one.transaction_id]
            if one.transaction_id and same_transaction:
                method_guesses.append((f"{other} together", chance.choice(same_transaction).person == one.person))
            nearest = min(others, key=lambda part: abs(part.position - one.position))
            method_guesses.append((f"{other} beside", nearest.person == one.person))
    return method_guesses


def read_person(database: Database, question: str, content: bytes) -> int:
    content_json = json.loads(database.cipher.unseal(content))
    if question:
        return int(extract_comment_text(content_json).rpartition(" ")[2])
    by_answers = {tuple(make_unique_answers(person).items()): person for person in range(RESPONSE_COUNT)}
    return by_answers[tuple(content_json["answers"].items())]


def test_each_receipt_withdraws_its_own_response_after_rewrites(database: Database) -> None:
    for person in range(3 * BATCH_SIZE):
        send(database, person, comments=True)
    for person in range(0, 3 * BATCH_SIZE, 2):
        with database.transaction() as session:
            assert withdraw_response(session, FIRST_CHAT_ID + person, f"receipt of {person}") == "waiting"
    assert load_comments(database)["informed_why"] == sorted(
        f"words of {person}" for person in range(1, 3 * BATCH_SIZE, 2)
    )
    assert len(load_choices(database)) == 3 * BATCH_SIZE // 2
