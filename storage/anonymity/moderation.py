"""What a coordinator thinks of a comment: approved for everybody, or withheld from all; which of its words are hidden.

All of it can be undone.
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


class UnknownCommentError(StorageError):
    """There is no comment of this id, or no more: it may have been taken back."""

    def __init__(self, comment_id: str) -> None:
        super().__init__(f"{comment_id}: there is no such comment (any more). `comments list` shows those there are.")


def set_comment_state(session: Session, code: str, comment_ids: Sequence[str], state: str) -> int:
    """Sets the state of these comments: `new`, `approved` or `withheld`. How many had another one.

    Raises `CampaignUnknown`; `CommentGone`, where the transaction must end without the others.
    """
    find_campaign(session, code)
    return sum(_update_state(session, code, comment_id, state) for comment_id in comment_ids)


def redact_comment_words(session: Session, code: str, comment_id: str, word_numbers: Collection[int]) -> None:
    """Hides the words of these numbers, beside those that are hidden already. Raises `CommentGone`."""
    _store_redacted_words(
        session, code, comment_id, _load_redacted_words(session, code, comment_id) | set(word_numbers)
    )


def restore_comment_words(
    session: Session, code: str, comment_id: str, word_numbers: Collection[int] | None = None
) -> None:
    """Shows the hidden words of these numbers again; all of them, unless told. Raises `CommentGone`."""
    redacted_words = _load_redacted_words(session, code, comment_id)
    _store_redacted_words(
        session, code, comment_id, redacted_words - set(redacted_words if word_numbers is None else word_numbers)
    )


def _update_state(session: Session, code: str, comment_id: str, state: str) -> bool:
    previous_state = session.execute(
        select(comments.c.state).where(*_match_comment(code, comment_id)).with_for_update()
    ).scalar_one_or_none()
    if previous_state is None:
        raise UnknownCommentError(comment_id)
    session.execute(update(comments).where(*_match_comment(code, comment_id)).values(state=state))
    return bool(previous_state != state)


def _load_redacted_words(session: Session, code: str, comment_id: str) -> set[int]:
    """Of the row locked: two may hide words of it at once."""
    query = select(comments.c.redacted_words).where(*_match_comment(code, comment_id)).with_for_update()
    redacted_json = session.execute(query).scalar_one_or_none()
    if redacted_json is None:
        raise UnknownCommentError(comment_id)
    return set(json.loads(redacted_json))


def _store_redacted_words(session: Session, code: str, comment_id: str, word_numbers: Collection[int]) -> None:
    session.execute(
        update(comments)
        .where(*_match_comment(code, comment_id))
        .values(redacted_words=json.dumps(sorted(word_numbers)))
    )


def _match_comment(code: str, comment_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return comments.c.campaign == code, comments.c.id == comment_id


# @@DOC Words of a comment that are hidden: each stands as `[hidden]` wherever it stands in the comment. Pure.
# @@
# @@ Words are numbered as they stand between spaces. What is hidden is kept as numbers: the words themselves stay sealed.
# @@
REDACTION_MARK = "[hidden]"  # data, as what is scrubbed: the same in every language
MAX_REDACTABLE_WORDS = 1_000  # words that can be hidden: more than any comment has
_WORD_PATTERN = re.compile(r"\S+")
_PUNCTUATION_CATEGORIES = ("P", "Cf", "Sm", "Sk")  # what may stand around a word: . ( “ < ^ and marks of direction


@dataclass(frozen=True, slots=True)
class CommentWord:
    """A word without the signs around it: its number, where it stands."""

    number: int
    text: str
    start: int

    @property
    def normalised(self) -> str:
        """What it has in common with the same word in other letters."""
        return normalize("NFKC", self.text).casefold()


def apply_redaction(text: str, word_numbers: Collection[int]) -> str:
    """The words with those of these numbers hidden, each wherever it stands. All else stays as it is."""
    all_words = list(_iter_words(text)) if word_numbers else []
    redacted = {word.normalised for word in all_words if word.number in word_numbers}
    for word in reversed([word for word in all_words if word.normalised in redacted]):
        text = f"{text[: word.start]}{REDACTION_MARK}{text[word.start + len(word.text) :]}"
    return text


def list_redactable_words(text: str) -> list[CommentWord]:
    """The words that can be hidden, in order; one that stands there several times once, where it stands first."""
    words_by_normalised: dict[str, CommentWord] = {}
    for word in _iter_words(text):
        words_by_normalised.setdefault(word.normalised, word)
    return list(words_by_normalised.values())


def find_word_numbers(text: str, searched_text: str) -> list[int]:
    """The numbers of the words that hide this one, or these ones; none where it does not stand there."""
    numbers_by_normalised = {word.normalised: word.number for word in list_redactable_words(text)}
    numbers = [numbers_by_normalised.get(word.normalised) for word in _iter_words(searched_text)]
    return [] if None in numbers else [number for number in numbers if number is not None]


def _iter_words(text: str) -> Iterator[CommentWord]:
    for number, match in enumerate(_WORD_PATTERN.finditer(text)):
        if number < MAX_REDACTABLE_WORDS and (word := _strip_punctuation(number, match[0], match.start())):
            yield word


def _strip_punctuation(number: int, text: str, start: int) -> CommentWord | None:
    letter_positions = [
        position
        for position, character in enumerate(text)
        if not category(character).startswith(_PUNCTUATION_CATEGORIES)
    ]
    return (
        CommentWord(number, text[letter_positions[0] : letter_positions[-1] + 1], start + letter_positions[0])
        if letter_positions
        else None
    )
