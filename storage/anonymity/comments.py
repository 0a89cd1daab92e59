"""Reads the comments of a campaign that may be shown, without redacted words. For the gateway only.

Comments on a question are published in batches of at least *k* new ones: a single new comment in a download would
reveal when it was written, and someone who knows who answered at that time could guess the author.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from json import loads
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, false, func, or_, select

from flows.disclosure_control import SUPPRESSED
from storage.anonymity.moderation import apply_redaction
from storage.anonymity.periods import find_last_complete_release
from storage.anonymity.schema import comments
from storage.campaigns.repository import Campaign
from storage.db.session import Session
from storage.db.statements import fetch_batches

COMMENT_NEW, COMMENT_APPROVED, COMMENT_WITHHELD = "new", "approved", "withheld"  # set by moderation
NO_REDACTED_WORDS = "[]"


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it is shown: random id, redacted text, and language (`SUPPRESSED` if others have another one)."""

    id: str
    question: str
    language: str
    text: str
    state: str


@dataclass(frozen=True, slots=True)
class ModeratedComment:
    """A comment for moderation: the full text, and the numbers of its redacted words."""

    id: str
    flow: str
    question: str
    text: str
    state: str
    redacted_words: frozenset[int]


@dataclass(frozen=True, slots=True)
class ModerationView:
    """A comment for moderation (None if it does not exist any more), how many follow it in its state, and how many
    comments are in each state.
    """

    comment: ModeratedComment | None
    remaining: int
    counts_by_state: Mapping[str, int]


def find_comment_releases(
    session: Session, campaign: Campaign, previous_releases: Mapping[str, int], k: int
) -> dict[str, int]:
    """Returns {question: the release up to which its comments are published}.

    `previous_releases` is the result for an earlier release. A question advances to the last complete release once it
    has at least `k` comments since then.
    """
    last_complete = find_last_complete_release(session, campaign)
    conditions = comments.c.campaign == campaign.code, comments.c.release <= last_complete
    query = select(comments.c.question, comments.c.release, func.count()).where(*conditions)
    new_comments = Counter[str]()
    for question, release, count in session.execute(query.group_by(comments.c.question, comments.c.release)):
        new_comments[question] += count if release > previous_releases.get(question, 0) else 0
    return dict(previous_releases) | {question: last_complete for question, count in new_comments.items() if count >= k}


def match_published_comments(code: str, comment_releases: Mapping[str, int]) -> ColumnElement[bool]:
    """Builds the condition that matches the published comments of a campaign."""
    conditions = [
        and_(comments.c.question == question, comments.c.release <= release)
        for question, release in comment_releases.items()
    ]
    return and_(comments.c.campaign == code, or_(false(), *conditions))


class CommentReader:
    """Reads the published comments of a campaign.

    A question with fewer than `k` published comments (others may have been withdrawn) is left out.
    """

    def __init__(
        self, session: Session, code: str, questions: Sequence[str], comment_releases: Mapping[str, int], k: int
    ) -> None:
        self._session = session
        self._questions = questions
        self._k = k
        self._is_published = match_published_comments(code, comment_releases)

    def iter_comments(self, *states: str) -> Iterator[Comment]:
        """Yields the comments in these states, by question, in random order."""
        for question in self._shown_questions:
            yield from self._iter_question_comments(question, states)

    def find_comment(self, comment_id: str) -> ModerationView:
        """Finds a comment in any state."""
        query = select(comments).where(*self._shown_conditions(), comments.c.id == comment_id)
        row = self._session.execute(query).one_or_none()
        return self._build_moderation_view(row, row.state if row else "")

    def find_next_comment(self, after_id: str, state: str) -> ModerationView:
        """Finds the comment in `state` that follows `after_id`, in random order; an empty id finds the first."""
        conditions = (*self._shown_conditions(), comments.c.state == state, comments.c.id > after_id)
        query = select(comments).where(*conditions).order_by(comments.c.id).limit(1)
        return self._build_moderation_view(self._session.execute(query).one_or_none(), state)

    @cached_property
    def counts_by_state(self) -> dict[str, Counter[str]]:
        """The number of published comments on each question, by state."""
        return self._count_by(comments.c.state)

    @cached_property
    def _counts_by_language(self) -> dict[str, Counter[str]]:
        return self._count_by(comments.c.language)

    @cached_property
    def _shown_questions(self) -> list[str]:
        return [question for question, counts in self.counts_by_state.items() if counts.total() >= self._k]

    def _shown_conditions(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return self._is_published, comments.c.question.in_(self._shown_questions)

    def _iter_question_comments(self, question: str, states: tuple[str, ...]) -> Iterator[Comment]:
        has_one_language = len(self._counts_by_language[question]) == 1
        columns, unseal = comments.c, self._session.cipher.unseal
        query = select(columns.id, columns.language, columns.text, columns.redacted_words, columns.state)
        query = query.where(self._is_published, columns.question == question, columns.state.in_(states))
        rows = chain.from_iterable(fetch_batches(self._session, query.order_by(columns.id)))
        for comment_id, language, sealed_text, redacted_words, state in rows:
            text = unseal(sealed_text)
            if redacted_words != NO_REDACTED_WORDS:
                text = apply_redaction(text, loads(redacted_words))
            yield Comment(comment_id, question, language if has_one_language else SUPPRESSED, text, state)

    def _build_moderation_view(self, row: Row[Any] | None, state: str) -> ModerationView:
        counts_by_state = sum((self.counts_by_state[question] for question in self._shown_questions), Counter[str]())
        if row is None:
            return ModerationView(None, 0, counts_by_state)
        conditions = (*self._shown_conditions(), comments.c.state == state, comments.c.id > row.id)
        remaining = self._session.execute(select(func.count()).select_from(comments).where(*conditions)).scalar_one()
        return ModerationView(self._unseal_comment(row), remaining, counts_by_state)

    def _unseal_comment(self, row: Row[Any]) -> ModeratedComment:
        text, redacted_words = self._session.cipher.unseal(row.text), frozenset(loads(row.redacted_words))
        return ModeratedComment(row.id, row.flow, row.question, text, row.state, redacted_words)

    def _count_by(self, column: ColumnElement[str]) -> dict[str, Counter[str]]:
        counts_by_question = {question: Counter[str]() for question in self._questions}
        query = select(comments.c.question, column, func.count()).where(self._is_published)
        for question, value, count in self._session.execute(query.group_by(comments.c.question, column)):
            counts_by_question.setdefault(question, Counter())[value] = count
        return counts_by_question
