"""Words are looked at once more when they are sealed, and at the release: what looks may have learned since."""

import pytest

from flows.models import Answer, AnswerText, Run
from storage.anonymity import sealing
from storage.anonymity.releases import release_due_responses
from storage.anonymity.sealing import seal_response
from storage.db.database import Database
from tests.support.stored_responses import load_comments

TYPED = "Mary, 07700 900456"


def sealed(database: Database, *parts: AnswerText) -> list[str]:
    """The comment that is kept of an answer in these parts."""
    given = Answer(texts=parts)
    run = Run("", "connection_test", 1, "en", answers={"informed_why": given})
    with database.transaction() as session:
        seal_response(session, run, 1, {"informed_why": given.value}, "receipt")
    return load_comments(database)["informed_why"]


def test_what_is_sure_is_taken_out_and_a_name_is_not(database: Database) -> None:
    assert sealed(database, AnswerText(TYPED)) == ["Mary, [phone number]"]


def test_words_that_somebody_chose_to_keep_are_kept(database: Database) -> None:
    assert sealed(database, AnswerText(TYPED, should_keep_original=True), AnswerText("LS6 2AB")) == [
        f"{TYPED}\n[postcode]"
    ]


def test_words_of_which_no_run_is_known_are_looked_at_too(database: Database) -> None:
    run = Run("", "connection_test", 1, "en")
    with database.transaction() as session:
        seal_response(session, run, 1, {"informed_why": TYPED}, "receipt")
    assert load_comments(database)["informed_why"] == ["Mary, [phone number]"]


def test_at_the_release_they_are_looked_at_with_what_is_known_by_then(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if it was sealed by a version that knew of no phone numbers."""
    with monkeypatch.context() as earlier:
        earlier.setattr(sealing, "CERTAIN_KINDS", frozenset[str]())
        assert sealed(database, AnswerText(TYPED, should_keep_original=True), AnswerText(TYPED)) == [
            f"{TYPED}\n{TYPED}"
        ]
    assert release_due_responses(database, 1)
    assert load_comments(database)["informed_why"] == [f"{TYPED}\nMary, [phone number]"]
