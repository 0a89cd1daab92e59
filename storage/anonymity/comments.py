"""The comments of one campaign that are given out, without the words that are hidden. For the gate, and nobody else."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from json import loads
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, false, func, or_, select

from storage.anonymity.k_anonymity import MASKED
from storage.anonymity.moderation import apply_redaction
from storage.anonymity.periods import find_last_complete_release
from storage.anonymity.schema import comments
from storage.campaigns.repository import Campaign
from storage.db.session import Session
from storage.db.statements import fetch_batches


# @@DOC Which comments are given out: those of a question come in blocks, each of at least *k* that are new.
# @@
# @@ A single new comment in a download would tell when it was written; whoever knows who answered lately could guess whose
# @@ it is.
# @@
def find_comment_releases(
    session: Session, campaign: Campaign, previous_releases: Mapping[str, int], k: int
) -> dict[str, int]:
    """Up to which release the comments on each question are given out: {question: release}.

    `before` is how it was settled for an earlier release. It moves on once at least `k` came since, with periods that
    are over.
    """
    last_complete = find_last_complete_release(session, campaign)
    conditions = comments.c.campaign == campaign.code, comments.c.release <= last_complete
    query = select(comments.c.question, comments.c.release, func.count()).where(*conditions)
    new_comments = Counter[str]()
    for question, release, count in session.execute(query.group_by(comments.c.question, comments.c.release)):
        new_comments[question] += count if release > previous_releases.get(question, 0) else 0
    return dict(previous_releases) | {question: last_complete for question, many in new_comments.items() if many >= k}


def match_published_comments(code: str, comment_releases: Mapping[str, int]) -> ColumnElement[bool]:
    """Holds for the comments of this campaign that are given out."""
    conditions = [
        and_(comments.c.question == question, comments.c.release <= release)
        for question, release in comment_releases.items()
    ]
    return and_(comments.c.campaign == code, or_(false(), *conditions))


# @@DOC What the gate gives, beside rows.
COMMENT_NEW, COMMENT_APPROVED, COMMENT_WITHHELD = (
    "new",
    "approved",
    "withheld",
)  # what a coordinator thinks of a comment


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How often a question was answered so, as it may be shown: a count, a word, or `*`. No answer: the total."""

    question: str
    answer: str
    display_value: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: its random id, its question, its language, its words, and what a coordinator thinks of it."""

    id: str
    question: str
    language: str
    text: str
    state: str


@dataclass(frozen=True, slots=True)
class ModeratedComment:
    """A comment as it is kept, with the numbers of its hidden words: for who hides them, and shows them again."""

    id: str
    flow: str
    question: str
    text: str
    state: str
    redacted_words: frozenset[int]


@dataclass(frozen=True, slots=True)
class ModerationView:
    """What a coordinator finds who reads comments: one of them, or none (any more); how many of its state come after
    it, and how many there are in each.
    """

    comment: ModeratedComment | None
    remaining: int
    counts_by_state: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WithheldColumn:
    """What is not shown: of which column, for which reason (a word), and of how many rows, as that may be shown."""

    column: str
    reason: str
    rows: str


NO_REDACTED_WORDS = "[]"  # no word is hidden


class CommentReader:
    """Of each question, they are given out from `k` comments on; `up_to` says up to which release."""

    def __init__(
        self, session: Session, code: str, questions: Sequence[str], comment_releases: Mapping[str, int], k: int
    ) -> None:
        self._tx = session
        self._cipher = session.cipher
        self._questions = questions
        self._k = k
        self._is_published = match_published_comments(code, comment_releases)

    def iter_comments(self, *states: str) -> Iterator[Comment]:
        """Those in these states, by question, in random order."""
        for question in self._publishable_questions:
            yield from self._iter_question_comments(question, states)

    def _iter_question_comments(self, question: str, states: tuple[str, ...]) -> Iterator[Comment]:
        has_one_language = len(self._counts_by_language[question]) == 1
        columns, unseal = comments.c, self._cipher.unseal
        query = select(columns.id, columns.language, columns.text, columns.redacted_words, columns.state).order_by(
            columns.id
        )
        query = query.where(self._is_published, columns.question == question, columns.state.in_(states))
        for comment_id, language, sealed_text, redacted_words, state in chain.from_iterable(
            fetch_batches(self._tx, query)
        ):
            text = unseal(sealed_text)
            if redacted_words != NO_REDACTED_WORDS:
                text = apply_redaction(text, loads(redacted_words))
            yield Comment(comment_id, question, language if has_one_language else MASKED, text, state)

    def find_comment(self, comment_id: str) -> ModerationView:
        """The comment of this id, in whichever state; and how many of its state come after it."""
        conditions = self._publishable_conditions()
        row = self._tx.execute(select(comments).where(*conditions, comments.c.id == comment_id)).one_or_none()
        return self._build_moderation_view(row, row.state if row else "")

    def find_next_comment(self, after_id: str, state: str) -> ModerationView:
        """The next one in this state, in random order; with an empty `comment`, the first."""
        conditions = (*self._publishable_conditions(), comments.c.state == state, comments.c.id > after_id)
        row = self._tx.execute(select(comments).where(*conditions).order_by(comments.c.id).limit(1)).one_or_none()
        return self._build_moderation_view(row, state)

    def _build_moderation_view(self, row: Row[Any] | None, state: str) -> ModerationView:
        counts_by_state = sum(
            (self.counts_by_state[question] for question in self._publishable_questions), Counter[str]()
        )
        if row is None:
            return ModerationView(None, 0, counts_by_state)
        conditions = (*self._publishable_conditions(), comments.c.state == state, comments.c.id > row.id)
        remaining = self._tx.execute(select(func.count()).select_from(comments).where(*conditions)).scalar_one()
        return ModerationView(self._decrypt_comment(row), remaining, counts_by_state)

    def _decrypt_comment(self, row: Row[Any]) -> ModeratedComment:
        text, redacted_words = self._cipher.unseal(row.text), frozenset(loads(row.redacted_words))
        return ModeratedComment(row.id, row.flow, row.question, text, row.state, redacted_words)

    def _publishable_conditions(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return self._is_published, comments.c.question.in_(self._publishable_questions)

    @cached_property
    def _publishable_questions(self) -> list[str]:
        return [question for question, state_counts in self.counts_by_state.items() if state_counts.total() >= self._k]

    @cached_property
    def counts_by_state(self) -> dict[str, Counter[str]]:
        """How many comments are given out on each question, by state."""
        return self._count_by(comments.c.state)

    @cached_property
    def _counts_by_language(self) -> dict[str, Counter[str]]:
        return self._count_by(comments.c.language)

    def _count_by(self, column: ColumnElement[str]) -> dict[str, Counter[str]]:
        counts_by_question = {question: Counter[str]() for question in self._questions}
        query = select(comments.c.question, column, func.count()).where(self._is_published)
        for question, value, count in self._tx.execute(query.group_by(comments.c.question, column)):
            counts_by_question.setdefault(question, Counter())[value] = count
        return counts_by_question
