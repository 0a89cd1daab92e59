"""Moderation of comments: a comment is approved for everyone or withheld, and its words can be redacted.

All of it can be undone. Words are numbered in the order of the text, split at spaces. Only the numbers of redacted
words are stored; the text stays sealed.
"""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from unicodedata import category, normalize

from sqlalchemy import ColumnElement, select, update

from storage.anonymity.schema import comments
from storage.campaigns.repository import find_campaign
from storage.db.session import Session
from storage.errors import StorageError

REDACTION_MARK = "[hidden]"  # stands for a redacted word; part of the data, and the same in every language
MAX_REDACTABLE_WORDS = 1_000  # more than any comment has
_WORD_PATTERN = re.compile(r"\S+")
_PUNCTUATION_CATEGORIES = ("P", "Cf", "Sm", "Sk")  # around a word: . ( “ < ^ and marks of direction


class UnknownCommentError(StorageError):
    """There is no comment with this id (any more): it may have been withdrawn."""

    def __init__(self, comment_id: str) -> None:
        super().__init__(f"{comment_id}: there is no such comment (any more). `comments list` shows all comments.")


@dataclass(frozen=True, slots=True)
class CommentWord:
    """A word without the punctuation around it, its number, and the position of its first character."""

    number: int
    text: str
    start: int

    @property
    def normalised(self) -> str:
        """The word in a form that ignores case and typographic variants."""
        return normalize("NFKC", self.text).casefold()


def set_comment_state(session: Session, code: str, comment_ids: Sequence[str], state: str) -> int:
    """Sets the state of comments to `new`, `approved` or `withheld`. Returns how many had another state.

    Raises `UnknownCampaignError`, and `UnknownCommentError`: the transaction must be rolled back then.
    """
    find_campaign(session, code)
    return sum(_update_state(session, code, comment_id, state) for comment_id in comment_ids)


def redact_comment_words(session: Session, code: str, comment_id: str, word_numbers: Collection[int]) -> None:
    """Redacts the words with these numbers; others stay redacted. Raises `UnknownCommentError`."""
    redacted_words = _load_redacted_words(session, code, comment_id)
    _store_redacted_words(session, code, comment_id, redacted_words | set(word_numbers))


def restore_comment_words(
    session: Session, code: str, comment_id: str, word_numbers: Collection[int] | None = None
) -> None:
    """Shows redacted words again: those with these numbers, or all. Raises `UnknownCommentError`."""
    redacted_words = _load_redacted_words(session, code, comment_id)
    restored_words = redacted_words if word_numbers is None else set(word_numbers)
    _store_redacted_words(session, code, comment_id, redacted_words - restored_words)


def apply_redaction(text: str, word_numbers: Collection[int]) -> str:
    """Returns the text with each of these words replaced by `REDACTION_MARK`, everywhere it occurs."""
    all_words = list(_iter_words(text)) if word_numbers else []
    redacted = {word.normalised for word in all_words if word.number in word_numbers}
    for word in reversed([word for word in all_words if word.normalised in redacted]):
        text = f"{text[: word.start]}{REDACTION_MARK}{text[word.start + len(word.text) :]}"
    return text


def list_redactable_words(text: str) -> list[CommentWord]:
    """Returns the words of a text in order, each where it first occurs."""
    words_by_normalised: dict[str, CommentWord] = {}
    for word in _iter_words(text):
        words_by_normalised.setdefault(word.normalised, word)
    return list(words_by_normalised.values())


def find_word_numbers(text: str, searched_text: str) -> list[int]:
    """Returns the numbers that redact the words of `searched_text`; none if one of them does not occur in `text`."""
    numbers_by_normalised = {word.normalised: word.number for word in list_redactable_words(text)}
    numbers = [numbers_by_normalised.get(word.normalised) for word in _iter_words(searched_text)]
    return [] if None in numbers else [number for number in numbers if number is not None]


def _update_state(session: Session, code: str, comment_id: str, state: str) -> bool:
    query = select(comments.c.state).where(*_match_comment(code, comment_id)).with_for_update()
    previous_state = session.execute(query).scalar_one_or_none()
    if previous_state is None:
        raise UnknownCommentError(comment_id)
    session.execute(update(comments).where(*_match_comment(code, comment_id)).values(state=state))
    return bool(previous_state != state)


def _load_redacted_words(session: Session, code: str, comment_id: str) -> set[int]:
    # Locked: two coordinators may redact words of a comment at the same time.
    query = select(comments.c.redacted_words).where(*_match_comment(code, comment_id)).with_for_update()
    redacted_json = session.execute(query).scalar_one_or_none()
    if redacted_json is None:
        raise UnknownCommentError(comment_id)
    return set(json.loads(redacted_json))


def _store_redacted_words(session: Session, code: str, comment_id: str, word_numbers: Collection[int]) -> None:
    statement = update(comments).where(*_match_comment(code, comment_id))
    session.execute(statement.values(redacted_words=json.dumps(sorted(word_numbers))))


def _match_comment(code: str, comment_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return comments.c.campaign == code, comments.c.id == comment_id


def _iter_words(text: str) -> Iterator[CommentWord]:
    for number, match in enumerate(_WORD_PATTERN.finditer(text)):
        if number < MAX_REDACTABLE_WORDS and (word := _strip_punctuation(number, match[0], match.start())):
            yield word


def _strip_punctuation(number: int, text: str, start: int) -> CommentWord | None:
    """Returns the word from its first to its last letter; None if it is all punctuation."""
    positions = [
        position
        for position, character in enumerate(text)
        if not category(character).startswith(_PUNCTUATION_CATEGORIES)
    ]
    if not positions:
        return None
    first, last = positions[0], positions[-1]
    return CommentWord(number, text[first : last + 1], start + first)
