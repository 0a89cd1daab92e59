"""The one gate: every number, row, chart, message, file and command that shows answers gets them here, and only here.

Coordinators of a campaign get rows, in which what tells people apart is generalised, then masked, until at least *k*
rows look alike. Everybody gets counts (`counts`). Both are settled with the first look at a release, and stay so until
the next one.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from operator import itemgetter
from typing import Any

from flows.loader import load_walk
from flows.schema import Flow
from storage.anonymity import rounding
from storage.anonymity.comments import (
    COMMENT_APPROVED,
    COMMENT_NEW,
    COMMENT_WITHHELD,
    AnswerCount,
    Comment,
    CommentReader,
    ModerationView,
    WithheldColumn,
)
from storage.anonymity.k_anonymity import (
    MASKED,
    NOT_ASKED,
    SKIPPED,
    ClassTally,
    DisclosurePlan,
    EquivalenceClass,
    merge_tallies,
)
from storage.anonymity.releases import count_visible_responses
from storage.anonymity.row_decoding import (
    AnswerCounter,
    CodeFormatter,
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

DisplayedRow = tuple[str, ...]


class ReleaseView:
    """One campaign as of its newest release, in a snapshot: everything asked of it agrees.

    `size`: so many responses make a release now. `k`: so many did when somebody first looked at this one, and that
    holds for all that is shown of it. `link`: what the campaign is about, and who asks. `counted`: the rows, by their
    details, where they were just counted.
    """

    def __init__(
        self,
        session: Session,
        campaign: Campaign,
        disclosure_plan: DisclosurePlan,
        release_size: int,
        tallies: Mapping[EquivalenceClass, ClassTally] | None = None,
    ) -> None:
        self._tx = session
        self._campaign = campaign
        self._plan = disclosure_plan
        self.code = campaign.code
        self.campaign_info = find_campaign_info(session, campaign.code)
        self.release_size = release_size
        self.k = disclosure_plan.k or release_size
        self.release = campaign.release_count
        self.flow: Flow = load_walk(campaign.flow).flow
        questions = [question.id for question in self.flow.questions]
        self._comment_reader = CommentReader(
            session, campaign.code, questions, disclosure_plan.comment_releases, self.k
        )
        self.quasi_identifiers = list_quasi_identifiers(self.flow)
        self.scale_questions = list_scale_questions(self.flow)
        self._known_tallies = None if tallies is None else merge_tallies(tallies, disclosure_plan.generalised_classes)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `rows`: first what tells people apart, then the questions."""
        return (*self.quasi_identifiers, *self.scale_questions)

    def iter_rows(self) -> Iterator[DisplayedRow]:
        """The rows of all periods that are over, as coordinators may see them, in random order; read as asked for.

        A value is a choice's id, `skipped`, `not_asked`, or `*`: not shown.
        """
        return chain.from_iterable(self.iter_blocks())

    def iter_blocks(self, format_cells: CodeFormatter = tuple) -> Iterator[list[Any]]:
        """The same, many at a time. `put` is given values that stand beside each other, each few of them once for many
        rows; a row is what it gives of them, added up.
        """
        decoder = create_row_decoder(self._tx, self._campaign, self._plan, format_cells)
        counter = None if self._known_tallies else AnswerCounter(self.scale_questions, decoder.encoding)
        for rows in self._iter_decoded_blocks(decoder):
            if counter:
                counter.add_rows(rows)
            yield decoder.format_rows(rows)
        self._known_tallies = counter.get_tallies() if counter else self._known_tallies

    def get_max_row_count(self) -> int:
        """How many rows there are at the most: not one more than were ever released. None where none is shown."""
        return count_visible_responses(self._tx, self.code) if self._plan.generalised_classes else 0

    def count_answers(self) -> list[AnswerCount]:
        """What everybody may see: for each question with steps, the total and each answer, in the flow's order."""
        return [
            AnswerCount(question, answer, display_value)
            for question in self.scale_questions
            for answer, display_value in self._count_question(question).items()
        ]

    def _count_question(self, question: str) -> dict[str, str]:
        """Of a class that the question is not shown for, there counts what was settled."""
        answer_counts, asked_rows = Counter[str](), 0
        for equivalence_class, class_tally in self._tallies.items():
            answers = class_tally.answers.get(question, Counter[str]())
            asked_rows += answers.total() - answers[NOT_ASKED]
            answer_counts += self._plan.suppressed_counts.get(equivalence_class, {}).get(question, answers)
        known_answers = [*(choice.id for choice in self.flow.steps_by_id[question].choices), SKIPPED]
        disclosed_counts = {answer: answer_counts[answer] for answer in known_answers}
        return rounding.protect_counts(disclosed_counts, self.k, max(0, asked_rows - sum(disclosed_counts.values())))

    def iter_comments(self, *states: str) -> Iterator[Comment]:
        """Comments in these states, on questions that have at least *k* of them in any; by question, in random order.

        Everybody gets those approved only. Unless told: those that were not held back.
        """
        yield from self._comment_reader.iter_comments(*(states or (COMMENT_NEW, COMMENT_APPROVED)))

    def find_comment(self, comment_id: str) -> ModerationView:
        """The comment of this id, with its hidden words, if it is given out: for coordinators of the campaign."""
        return self._comment_reader.find_comment(comment_id)

    def find_next_comment(self, after_id: str, state: str) -> ModerationView:
        """The one in this state that comes after that one; with none to come after, the first. As above."""
        return self._comment_reader.find_next_comment(after_id, state)

    def list_withheld_columns(self) -> list[WithheldColumn]:
        """What is not shown, and why: too few look alike, or all answered alike; too few comments, or held back by who
        read them. Numbers are shown as counts are.
        """
        masked_rows = Counter[str]()
        for equivalence_class, class_tally in self._tallies.items():
            suppressed_counts, named_values = (
                self._plan.suppressed_counts.get(equivalence_class, {}),
                zip(self.quasi_identifiers, equivalence_class, strict=True),
            )
            masked_rows.update(
                dict.fromkeys(
                    [*suppressed_counts, *(name for name, value in named_values if value == MASKED)],
                    class_tally.row_count,
                )
            )
        withheld_columns = [
            WithheldColumn(
                column,
                "few" if column in self.quasi_identifiers else "alike",
                rounding.round_count(masked_rows[column]),
            )
            for column in self.columns
            if masked_rows[column]
        ]
        return [*withheld_columns, *self._list_withheld_comments()]

    def _list_withheld_comments(self) -> Iterator[WithheldColumn]:
        """The questions that have too few comments, or none, which looks the same; and those held back."""
        for question in self.flow.questions:
            state_counts = self._comment_reader.counts_by_state[question.id]
            if question.kind == "text" and state_counts.total() < self.k:
                yield WithheldColumn(question.id, "few_comments", rounding.WITHHELD)
            elif state_counts[COMMENT_WITHHELD]:
                yield WithheldColumn(question.id, "held_back", rounding.round_count(state_counts[COMMENT_WITHHELD]))

    @property
    def _tallies(self) -> Mapping[EquivalenceClass, ClassTally]:
        """The rows by their details as they are shown. One reading, unless they were read before."""
        if self._known_tallies is None:
            deque(self.iter_blocks(), maxlen=0)
        return self._known_tallies or {}

    def _iter_decoded_blocks(self, decoder: RowDecoder) -> Iterator[list[DecodedRow]]:
        """Each row that is shown, its details as they are shown. One taken back keeps its place."""
        withdrawn_rows = deque(iter_withdrawn_rows(self._tx, self._campaign, decoder))
        for rows in iter_released_rows(self._tx, self._campaign, decoder):
            preceding_rows: list[DecodedRow] = []
            while withdrawn_rows and rows and withdrawn_rows[0][0] < rows[-1][0]:
                preceding_rows.append(withdrawn_rows.popleft())
            yield sorted([*rows, *preceding_rows], key=itemgetter(0)) if preceding_rows else rows
        yield list(withdrawn_rows)


@contextmanager
def open_release_view(database: Database, code: str, release_size: int) -> Iterator[ReleaseView]:
    """A campaign, open to be looked at. Raises `CampaignUnknown`, `StorageAway`; `FlowUnknown` where its flow left the
    library.
    """
    while True:
        frozen = freeze_plan(database, code, release_size)
        with database.snapshot() as session:
            campaign = find_campaign(session, code)
            disclosure_plan = load_plan(session, campaign)
            if disclosure_plan is not None:  # else there was a release in between
                is_unchanged = frozen and frozen[0].has_same_results_as(campaign)
                yield ReleaseView(
                    session, campaign, disclosure_plan, release_size, frozen[1] if frozen and is_unchanged else None
                )
                return
