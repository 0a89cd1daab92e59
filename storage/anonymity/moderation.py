"""What a coordinator thinks of a comment: approved for everybody, or withheld from all; which of its words are hidden.

All of it can be undone.
"""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from unicodedata import category, normalize

from sqlalchemy import ColumnElement, Connection, select, update

from storage.anonymity.schema import comments
from storage.campaigns.repository import find_campaign
from storage.errors import StorageFault


class CommentGone(StorageFault):
    """There is no comment of this id, or no more: it may have been taken back."""

    def __init__(self, comment: str) -> None:
        super().__init__(f"{comment}: there is no such comment (any more). `comments list` shows those there are.")


def judge(tx: Connection, campaign: str, ids: Sequence[str], state: str) -> int:
    """Sets the state of these comments: `new`, `approved` or `withheld`. How many had another one.

    Raises `CampaignUnknown`; `CommentGone`, where the transaction must end without the others.
    """
    find_campaign(tx, campaign)
    return sum(_judge(tx, campaign, one, state) for one in ids)


def hide_words(tx: Connection, campaign: str, comment: str, words: Collection[int]) -> None:
    """Hides the words of these numbers, beside those that are hidden already. Raises `CommentGone`."""
    _hide(tx, campaign, comment, _hidden(tx, campaign, comment) | set(words))


def show_words(tx: Connection, campaign: str, comment: str, words: Collection[int] | None = None) -> None:
    """Shows the hidden words of these numbers again; all of them, unless told. Raises `CommentGone`."""
    hidden = _hidden(tx, campaign, comment)
    _hide(tx, campaign, comment, hidden - set(hidden if words is None else words))


def _judge(tx: Connection, campaign: str, comment: str, state: str) -> bool:
    before = tx.execute(select(comments.c.state).where(*_of(campaign, comment)).with_for_update()).scalar_one_or_none()
    if before is None:
        raise CommentGone(comment)
    tx.execute(update(comments).where(*_of(campaign, comment)).values(state=state))
    return bool(before != state)


def _hidden(tx: Connection, campaign: str, comment: str) -> set[int]:
    """Of the row locked: two may hide words of it at once."""
    wanted = select(comments.c.hidden).where(*_of(campaign, comment)).with_for_update()
    found = tx.execute(wanted).scalar_one_or_none()
    if found is None:
        raise CommentGone(comment)
    return set(json.loads(found))


def _hide(tx: Connection, campaign: str, comment: str, words: Collection[int]) -> None:
    tx.execute(update(comments).where(*_of(campaign, comment)).values(hidden=json.dumps(sorted(words))))


def _of(campaign: str, comment: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return comments.c.campaign == campaign, comments.c.id == comment


# @@DOC Words of a comment that are hidden: each stands as `[hidden]` wherever it stands in the comment. Pure.
# @@
# @@ Words are numbered as they stand between spaces. What is hidden is kept as numbers: the words themselves stay sealed.
# @@
SIGN = "[hidden]"  # data, as what is scrubbed: the same in every language
MOST = 1_000  # words that can be hidden: more than any comment has
_BETWEEN_SPACES = re.compile(r"\S+")
_AROUND = ("P", "Cf", "Sm", "Sk")  # what may stand around a word: . ( “ < ^ and marks of direction


@dataclass(frozen=True, slots=True)
class Word:
    """A word without the signs around it: its number, where it stands."""

    number: int
    text: str
    start: int

    @property
    def alike(self) -> str:
        """What it has in common with the same word in other letters."""
        return normalize("NFKC", self.text).casefold()


def hide(words: str, numbers: Collection[int]) -> str:
    """The words with those of these numbers hidden, each wherever it stands. All else stays as it is."""
    there = list(_all_words(words)) if numbers else []
    alike = {word.alike for word in there if word.number in numbers}
    for word in reversed([word for word in there if word.alike in alike]):
        words = f"{words[: word.start]}{SIGN}{words[word.start + len(word.text) :]}"
    return words


def to_choose(words: str) -> list[Word]:
    """The words that can be hidden, in order; one that stands there several times once, where it stands first."""
    first: dict[str, Word] = {}
    for word in _all_words(words):
        first.setdefault(word.alike, word)
    return list(first.values())


def find_words(words: str, wanted: str) -> list[int]:
    """The numbers of the words that hide this one, or these ones; none where it does not stand there."""
    there = {word.alike: word.number for word in to_choose(words)}
    numbers = [there.get(word.alike) for word in _all_words(wanted)]
    return [] if None in numbers else [number for number in numbers if number is not None]


def _all_words(words: str) -> Iterator[Word]:
    for number, found in enumerate(_BETWEEN_SPACES.finditer(words)):
        if number < MOST and (word := _bare(number, found[0], found.start())):
            yield word


def _bare(number: int, text: str, start: int) -> Word | None:
    inside = [place for place, sign in enumerate(text) if not category(sign).startswith(_AROUND)]
    return Word(number, text[inside[0] : inside[-1] + 1], start + inside[0]) if inside else None
