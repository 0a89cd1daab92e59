"""Comments are redacted again when a response is sealed and when it is released, in case the redaction has improved."""

import pytest

from flows.models import Answer, AnswerText, Run
from storage.anonymity import sealing
from storage.anonymity.releases import release_due_responses
from storage.anonymity.sealing import seal_response
from storage.db.database import Database
from tests.support.stored_responses import load_comments

TYPED = "Mary, 07700 900456"


def seal_comment(database: Database, *parts: AnswerText) -> list[str]:
    """Seals an answer with these texts and returns the stored comment."""
    answer = Answer(texts=parts)
    run = Run("", "connection_test", 1, "en", answers={"informed_why": answer})
    with database.transaction() as session:
        seal_response(session, run, 1, {"informed_why": answer.value}, "receipt")
    return load_comments(database)["informed_why"]


def test_sealing_redacts_certain_kinds_and_keeps_names(database: Database) -> None:
    assert seal_comment(database, AnswerText(TYPED)) == ["Mary, [phone number]"]


def test_sealing_keeps_text_that_the_respondent_chose_to_keep(database: Database) -> None:
    assert seal_comment(database, AnswerText(TYPED, should_keep_original=True), AnswerText("LS6 2AB")) == [
        f"{TYPED}\n[postcode]"
    ]


def test_sealing_redacts_text_without_a_stored_answer(database: Database) -> None:
    run = Run("", "connection_test", 1, "en")
    with database.transaction() as session:
        seal_response(session, run, 1, {"informed_why": TYPED}, "receipt")
    assert load_comments(database)["informed_why"] == ["Mary, [phone number]"]


def test_a_release_redacts_with_the_current_rules(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the response was sealed by a version that did not recognise phone numbers."""
    with monkeypatch.context() as earlier:
        earlier.setattr(sealing, "CERTAIN_KINDS", frozenset[str]())
        assert seal_comment(database, AnswerText(TYPED, should_keep_original=True), AnswerText(TYPED)) == [
            f"{TYPED}\n{TYPED}"
        ]
    assert release_due_responses(database, 1)
    assert load_comments(database)["informed_why"] == [f"{TYPED}\nMary, [phone number]"]
