"""What was sent, waiting or released, opened with the key: the choices of each response, each comment by itself."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from flows.loader import load_walk
from storage.anonymity.sealing import extract_comment_text
from storage.db.database import Database
from storage.db.encryption import Cipher
from tests.support.postgresql import TEST_SECRET_KEY
from tests.support.raw_sql import fetch_rows

StoredAnswers = Mapping[str, str | None]


def load_choices(database: Database | str) -> list[dict[str, str | None]]:
    """The choices of every response."""
    waiting = [content["answers"] for question, content in _load_waiting_parts(database) if not question]
    return waiting + [
        json.loads(answers) for (answers,) in fetch_rows(database, "select answers from released_responses")
    ]


def load_comments(database: Database | str) -> dict[str, list[str]]:
    """The comments on each question, in no order."""
    found: dict[str, list[str]] = {}
    for question, content in _load_waiting_parts(database):
        if question:
            found.setdefault(question, []).append(extract_comment_text(content))
    for question, words in fetch_rows(database, "select question, text from comments"):
        found.setdefault(question, []).append(_make_cipher(database).unseal(bytes(words)))
    return {question: sorted(found[question]) for question in sorted(found)}


def has_exactly(database: Database | str, expected_responses: Iterable[StoredAnswers]) -> bool:
    """Whether just these answers are kept: the choices of each response together, each comment by itself."""
    expected = list(expected_responses)
    text = {place.id for place in load_walk().flow.questions if place.kind == "text"}
    choices = [{question: value for question, value in one.items() if question not in text} for one in expected]
    words = Counter((question, one[question]) for one in expected for question in one if question in text)
    comments = Counter((question, one) for question, many in load_comments(database).items() for one in many)
    kept_words = Counter({one: many for one, many in words.items() if one[1]})
    return (
        Counter(map(_to_json_line, load_choices(database))) == Counter(map(_to_json_line, choices))
        and comments == kept_words
    )


def _load_waiting_parts(database: Database | str) -> list[tuple[str, dict[str, Any]]]:
    found = fetch_rows(database, "select question, content from pending_parts")
    return [(question, json.loads(_make_cipher(database).unseal(bytes(content)))) for question, content in found]


def _make_cipher(database: Database | str) -> Cipher:
    if isinstance(database, Database):
        return database.cipher
    key = Path(make_url(database).database or "").with_suffix(".key")
    return Cipher(key.read_text("ascii").strip() if key.exists() else TEST_SECRET_KEY)


def _to_json_line(stored: StoredAnswers) -> str:
    return json.dumps(stored, sort_keys=True)
