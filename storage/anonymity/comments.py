"""The comments of one campaign that are given out, without the words that are hidden. For the gate, and nobody else."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from json import loads
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, false, func, or_, select

from storage.anonymity.k_anonymity import MASKED
from storage.anonymity.moderation import hide
from storage.anonymity.periods import over_up_to
from storage.anonymity.schema import comments
from storage.campaigns.repository import Campaign
from storage.db.encryption import Cipher
from storage.db.statements import in_blocks


# @@DOC Which comments are given out: those of a question come in blocks, each of at least *k* that are new.
# @@
# @@ A single new comment in a download would tell when it was written; whoever knows who answered lately could guess whose
# @@ it is.
# @@
def given_up_to(tx: Connection, campaign: Campaign, before: Mapping[str, int], k: int) -> dict[str, int]:
    """Up to which release the comments on each question are given out: {question: release}.

    `before` is how it was settled for an earlier release. It moves on once at least `k` came since, with periods that
    are over.
    """
    until = over_up_to(tx, campaign)
    of = comments.c.campaign == campaign.code, comments.c.release <= until
    counted = select(comments.c.question, comments.c.release, func.count()).where(*of)
    fresh = Counter[str]()
    for question, release, many in tx.execute(counted.group_by(comments.c.question, comments.c.release)):
        fresh[question] += many if release > before.get(question, 0) else 0
    return dict(before) | {question: until for question, many in fresh.items() if many >= k}


def is_given_out(code: str, up_to: Mapping[str, int]) -> ColumnElement[bool]:
    """Holds for the comments of this campaign that are given out."""
    blocks = [and_(comments.c.question == one, comments.c.release <= release) for one, release in up_to.items()]
    return and_(comments.c.campaign == code, or_(false(), *blocks))


# @@DOC What the gate gives, beside rows.
NEW, APPROVED, HELD_BACK = "new", "approved", "withheld"  # what a coordinator thinks of a comment


@dataclass(frozen=True, slots=True)
class Counted:
    """How often a question was answered so, as it may be shown: a count, a word, or `*`. No answer: the total."""

    question: str
    answer: str
    shown: str


@dataclass(frozen=True, slots=True)
class Said:
    """A comment: its random id, its question, its language, its words, and what a coordinator thinks of it."""

    id: str
    question: str
    language: str
    words: str
    state: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A comment as it is kept, with the numbers of its hidden words: for who hides them, and shows them again."""

    id: str
    flow: str
    question: str
    words: str
    state: str
    hidden: frozenset[int]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a coordinator finds who reads comments: one of them, or none (any more); how many of its state come after
    it, and how many there are in each.
    """

    comment: Kept | None
    after: int
    many: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Withheld:
    """What is not shown: of which column, for which reason (a word), and of how many rows, as that may be shown."""

    column: str
    reason: str
    rows: str


NONE = "[]"  # no word is hidden


class Given:
    """Of each question, they are given out from `k` comments on; `up_to` says up to which release."""

    def __init__(
        self, tx: Connection, cipher: Cipher, code: str, questions: Sequence[str], up_to: Mapping[str, int], k: int
    ) -> None:
        self._tx = tx
        self._cipher = cipher
        self._questions = questions
        self._k = k
        self._there = is_given_out(code, up_to)

    def said(self, *states: str) -> Iterator[Said]:
        """Those in these states, by question, in random order."""
        for question in self._enough:
            yield from self._said_on(question, states)

    def _said_on(self, question: str, states: tuple[str, ...]) -> Iterator[Said]:
        one_language = len(self._languages[question]) == 1
        of, unseal = comments.c, self._cipher.unseal
        wanted = select(of.id, of.language, of.words, of.hidden, of.state).order_by(of.id)
        wanted = wanted.where(self._there, of.question == question, of.state.in_(states))
        for one, language, words, hidden, state in chain.from_iterable(in_blocks(self._tx, wanted)):
            said = unseal(words)
            if hidden != NONE:
                said = hide(said, loads(hidden))
            yield Said(one, question, language if one_language else MASKED, said, state)

    def looked_at(self, comment: str) -> Looked:
        """The comment of this id, in whichever state; and how many of its state come after it."""
        there = self._enough_there()
        row = self._tx.execute(select(comments).where(*there, comments.c.id == comment)).one_or_none()
        return self._looked(row, row.state if row else "")

    def next_after(self, comment: str, state: str) -> Looked:
        """The next one in this state, in random order; with an empty `comment`, the first."""
        of = (*self._enough_there(), comments.c.state == state, comments.c.id > comment)
        row = self._tx.execute(select(comments).where(*of).order_by(comments.c.id).limit(1)).one_or_none()
        return self._looked(row, state)

    def _looked(self, row: Row[Any] | None, state: str) -> Looked:
        many = sum((self.by_state[question] for question in self._enough), Counter[str]())
        if row is None:
            return Looked(None, 0, many)
        of = (*self._enough_there(), comments.c.state == state, comments.c.id > row.id)
        after = self._tx.execute(select(func.count()).select_from(comments).where(*of)).scalar_one()
        return Looked(self._kept(row), after, many)

    def _kept(self, row: Row[Any]) -> Kept:
        words, hidden = self._cipher.unseal(row.words), frozenset(loads(row.hidden))
        return Kept(row.id, row.flow, row.question, words, row.state, hidden)

    def _enough_there(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return self._there, comments.c.question.in_(self._enough)

    @cached_property
    def _enough(self) -> list[str]:
        return [question for question, of in self.by_state.items() if of.total() >= self._k]

    @cached_property
    def by_state(self) -> dict[str, Counter[str]]:
        """How many comments are given out on each question, by state."""
        return self._by(comments.c.state)

    @cached_property
    def _languages(self) -> dict[str, Counter[str]]:
        return self._by(comments.c.language)

    def _by(self, column: ColumnElement[str]) -> dict[str, Counter[str]]:
        found = {question: Counter[str]() for question in self._questions}
        counted = select(comments.c.question, column, func.count()).where(self._there)
        for question, value, many in self._tx.execute(counted.group_by(comments.c.question, column)):
            found.setdefault(question, Counter())[value] = many
        return found
