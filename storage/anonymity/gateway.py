"""The gateway: everything that shows answers (files, charts, messages, commands) reads them here and nowhere else.

A `ReleaseView` has two kinds of results. Coordinators of the campaign get rows, generalised so that each equivalence
class has at least *k* of them (`k_anonymity`). Everyone gets counts, rounded so that they reveal no one (`rounding`).
Both are planned when a release is first viewed and stay the same until the next release (`snapshots`).
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any

from flows.disclosure_control import SUPPRESSED
from flows.loader import load_walk
from flows.scale import strip_point_count
from flows.schema import Flow
from storage.anonymity import rounding
from storage.anonymity.answer_chunks import CodeFormatter
from storage.anonymity.comments import (
    COMMENT_APPROVED,
    COMMENT_NEW,
    COMMENT_WITHHELD,
    Comment,
    CommentReader,
    ModerationView,
)
from storage.anonymity.k_anonymity import (
    NOT_ASKED,
    SKIPPED,
    ClassTallies,
    ClassTally,
    DisclosurePlan,
    EquivalenceClass,
    merge_tallies,
)
from storage.anonymity.releases import count_visible_responses
from storage.anonymity.row_decoding import (
    AnswerCounter,
    DecodedRow,
    RowDecoder,
    list_quasi_identifiers,
    list_scale_questions,
)
from storage.anonymity.snapshots import (
    create_row_decoder,
    freeze_plan,
    iter_released_rows,
    iter_withdrawn_rows,
    load_plan,
)
from storage.campaigns.repository import Campaign, find_campaign, find_campaign_info
from storage.db.database import Database
from storage.db.session import Session

ShownRow = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How often a question was answered in this way, as it is shown: a count, a word for a share, or `SUPPRESSED`.

    `answer` is the code of a choice, or `SKIPPED`; empty, it is the total of the question.
    """

    question: str
    answer: str
    display_value: str


@dataclass(frozen=True, slots=True)
class SuppressedColumn:
    """A column of which something is suppressed, the reason (a code), and in how many rows, as that is shown."""

    column: str
    reason: str
    rows: str


class ReleaseView:
    """The newest release of a campaign, read in one database snapshot: all results agree with each other.

    `release_size` is the number of responses that make a release now, `k` the one that this release was planned with.
    `tallies` saves a second reading of the rows where they were just counted.
    """

    def __init__(
        self,
        session: Session,
        campaign: Campaign,
        disclosure_plan: DisclosurePlan,
        release_size: int,
        tallies: ClassTallies | None = None,
    ) -> None:
        self._session = session
        self._campaign = campaign
        self._plan = disclosure_plan
        self.code = campaign.code
        self.campaign_info = find_campaign_info(session, campaign.code)
        self.release_size = release_size
        self.k = disclosure_plan.k
        self.release = campaign.release_count
        self.flow: Flow = load_walk(campaign.flow).flow
        self.quasi_identifiers = list_quasi_identifiers(self.flow)
        self.scale_questions = list_scale_questions(self.flow)
        questions = [question.id for question in self.flow.questions]
        self._comment_reader = CommentReader(
            session, campaign.code, questions, disclosure_plan.comment_releases, self.k
        )
        self._known_tallies = None if tallies is None else merge_tallies(tallies, disclosure_plan.generalised_classes)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the rows: quasi-identifiers, then scale questions."""
        return (*self.quasi_identifiers, *self.scale_questions)

    def iter_rows(self) -> Iterator[ShownRow]:
        """Yields the rows of all complete periods in random order, for coordinators of the campaign.

        A value is the code of a choice, `SKIPPED`, `NOT_ASKED` or `SUPPRESSED`.
        """
        return chain.from_iterable(self.iter_blocks())

    def iter_blocks(self, format_cells: CodeFormatter = tuple) -> Iterator[list[Any]]:
        """Yields the same rows in blocks, each row as the sum of what `format_cells` makes of its parts.

        `format_cells` is called once for equal parts of many rows.
        """

        def format_ids(ids: tuple[str, ...]) -> Any:
            return format_cells(tuple(map(strip_point_count, ids)))

        decoder = create_row_decoder(self._session, self._campaign, self._plan, format_ids)
        counter = None if self._known_tallies else AnswerCounter(self.scale_questions, decoder.encoding)
        for rows in self._iter_decoded_blocks(decoder):
            if counter:
                counter.add_rows(rows)
            yield decoder.format_rows(rows)
        self._known_tallies = counter.get_tallies() if counter else self._known_tallies

    def get_max_row_count(self) -> int:
        """Returns an upper bound of the rows: withdrawn responses are counted too. 0 if no row is shown."""
        return count_visible_responses(self._session, self.code) if self._plan.generalised_classes else 0

    def count_answers(self) -> list[AnswerCount]:
        """Returns what everyone may see: the total and each answer of each scale question, in the flow's order."""
        return [
            AnswerCount(question, strip_point_count(answer), display_value)
            for question in self.scale_questions
            for answer, display_value in self._count_question(question).items()
        ]

    def iter_comments(self, *states: str) -> Iterator[Comment]:
        """Yields comments in these states, by question, in random order; without arguments, all but withheld ones.

        Only approved comments are for everyone. A question with fewer than *k* comments in all states has none.
        """
        yield from self._comment_reader.iter_comments(*(states or (COMMENT_NEW, COMMENT_APPROVED)))

    def find_comment(self, comment_id: str) -> ModerationView:
        """Finds a comment for moderation, with its redacted words."""
        return self._comment_reader.find_comment(comment_id)

    def find_next_comment(self, after_id: str, state: str) -> ModerationView:
        """Finds the comment in `state` that follows `after_id`, for moderation; an empty id finds the first."""
        return self._comment_reader.find_next_comment(after_id, state)

    def list_suppressed_columns(self) -> list[SuppressedColumn]:
        """Returns what is suppressed and why.

        Reasons are `few` (an equivalence class was too small), `alike` (its answers were homogeneous), `few_comments`
        and `held_back` (by moderation). Numbers of rows are rounded in the same way as counts.
        """
        suppressed_rows = self._count_suppressed_rows()
        suppressed_columns = [
            SuppressedColumn(
                column,
                "few" if column in self.quasi_identifiers else "alike",
                rounding.round_count(suppressed_rows[column]),
            )
            for column in self.columns
            if suppressed_rows[column]
        ]
        return [*suppressed_columns, *self._iter_suppressed_comment_columns()]

    def _count_question(self, question: str) -> dict[str, str]:
        answer_counts, asked_rows = Counter[str](), 0
        for equivalence_class, tally in self._tallies.items():
            answers = tally.answers.get(question, Counter[str]())
            asked_rows += answers.total() - answers[NOT_ASKED]
            answer_counts += self._plan.get_disclosed_counts(equivalence_class, question, answers)
        known_answers = [*(choice.id for choice in self.flow.steps_by_id[question].choices), SKIPPED]
        disclosed_counts = {answer: answer_counts[answer] for answer in known_answers}
        undisclosed_count = max(0, asked_rows - sum(disclosed_counts.values()))
        return rounding.protect_counts(disclosed_counts, self.k, undisclosed_count)

    def _count_suppressed_rows(self) -> Counter[str]:
        """Counts the rows in which each column is suppressed."""
        suppressed_rows = Counter[str]()
        for equivalence_class, tally in self._tallies.items():
            values = zip(self.quasi_identifiers, equivalence_class, strict=True)
            suppressed_columns = {column for column, value in values if value == SUPPRESSED}
            suppressed_columns |= set(self._plan.suppressed_counts.get(equivalence_class, {}))
            suppressed_rows.update(dict.fromkeys(suppressed_columns, tally.row_count))
        return suppressed_rows

    def _iter_suppressed_comment_columns(self) -> Iterator[SuppressedColumn]:
        for question in self.flow.questions:
            state_counts = self._comment_reader.counts_by_state[question.id]
            if question.kind == "text" and state_counts.total() < self.k:  # looks the same as no comment at all
                yield SuppressedColumn(question.id, "few_comments", SUPPRESSED)
            elif state_counts[COMMENT_WITHHELD]:
                yield SuppressedColumn(question.id, "held_back", rounding.round_count(state_counts[COMMENT_WITHHELD]))

    @property
    def _tallies(self) -> Mapping[EquivalenceClass, ClassTally]:
        """The counts by shown class. Reads all rows unless they were read before."""
        if self._known_tallies is None:
            deque(self.iter_blocks(), maxlen=0)
        return self._known_tallies or {}

    def _iter_decoded_blocks(self, decoder: RowDecoder) -> Iterator[list[DecodedRow]]:
        """Yields the shown rows by id. Rows that were withdrawn since the plan was made keep their places."""
        withdrawn_rows = deque(iter_withdrawn_rows(self._session, self._campaign, decoder))
        for rows in iter_released_rows(self._session, self._campaign, decoder):
            preceding_rows: list[DecodedRow] = []
            while withdrawn_rows and rows and withdrawn_rows[0][0] < rows[-1][0]:
                preceding_rows.append(withdrawn_rows.popleft())
            yield sorted([*rows, *preceding_rows], key=itemgetter(0)) if preceding_rows else rows
        yield list(withdrawn_rows)


@contextmanager
def open_release_view(database: Database, code: str, release_size: int) -> Iterator[ReleaseView]:
    """Opens the newest release of a campaign; the first view plans it with classes of `release_size` rows.

    Raises `UnknownCampaignError`, `StorageUnavailableError`, and `UnknownFlowError` if the campaign's flow is not in
    the library any more.
    """
    while True:
        frozen = freeze_plan(database, code, release_size)
        with database.snapshot() as session:
            campaign = find_campaign(session, code)
            plan = load_plan(session, campaign)
            if plan is None:
                continue  # there was another release in between
            is_unchanged = frozen and frozen[0].has_same_results_as(campaign)
            tallies = frozen[1] if frozen and is_unchanged else None
            yield ReleaseView(session, campaign, plan, release_size, tallies)
            return
