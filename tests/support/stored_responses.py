"""What was sent, waiting or released, opened with the key: the choices of each response, each comment by itself."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from flows.loader import load
from storage.anonymity.sealing import words_of
from storage.db.database import Database
from storage.db.encryption import Cipher
from tests.support.postgresql import SECRET
from tests.support.raw_sql import rows

Stored = Mapping[str, str | None]


def sent(kept: Database | str) -> list[dict[str, str | None]]:
    """The choices of every response."""
    waiting = [content["answers"] for question, content in _waiting(kept) if not question]
    return waiting + [json.loads(answers) for (answers,) in rows(kept, "select answers from released")]


def said(kept: Database | str) -> dict[str, list[str]]:
    """The comments on each question, in no order."""
    found: dict[str, list[str]] = {}
    for question, content in _waiting(kept):
        if question:
            found.setdefault(question, []).append(words_of(content))
    for question, words in rows(kept, "select question, words from comments"):
        found.setdefault(question, []).append(_cipher(kept).unseal(bytes(words)))
    return {question: sorted(found[question]) for question in sorted(found)}


def is_as_given(kept: Database | str, walks: Iterable[Stored]) -> bool:
    """Whether just these answers are kept: the choices of each walk together, each comment by itself."""
    given = list(walks)
    text = {place.id for place in load().flow.questions if place.kind == "text"}
    choices = [{question: value for question, value in walk.items() if question not in text} for walk in given]
    words = Counter((question, walk[question]) for walk in given for question in walk if question in text)
    comments = Counter((question, one) for question, many in said(kept).items() for one in many)
    kept_words = Counter({one: many for one, many in words.items() if one[1]})
    return Counter(map(_line, sent(kept))) == Counter(map(_line, choices)) and comments == kept_words


def _waiting(kept: Database | str) -> list[tuple[str, dict[str, Any]]]:
    found = rows(kept, "select question, content from waiting")
    return [(question, json.loads(_cipher(kept).unseal(bytes(content)))) for question, content in found]


def _cipher(kept: Database | str) -> Cipher:
    if isinstance(kept, Database):
        return kept.cipher
    key = Path(make_url(kept).database or "").with_suffix(".key")
    return Cipher(key.read_text("ascii").strip() if key.exists() else SECRET)


def _line(stored: Stored) -> str:
    return json.dumps(stored, sort_keys=True)
