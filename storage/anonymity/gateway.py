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

from sqlalchemy import Connection

from flows.loader import load
from flows.schema import Flow
from storage.anonymity import rounding
from storage.anonymity.comments import APPROVED, HELD_BACK, NEW, Counted, Given, Looked, Said, Withheld
from storage.anonymity.k_anonymity import MASKED, NOT_ASKED, SKIPPED, Class, Plan, Tally, grouped
from storage.anonymity.periods import seen_of
from storage.anonymity.row_decoding import Apart, Parting, Put, Tallying, detail_names, scale_questions
from storage.anonymity.snapshots import freeze, frozen_plan, leaving_of, parting_of, rows_of
from storage.campaigns.repository import Campaign, find_campaign, link_of
from storage.db.database import Database
from storage.db.encryption import Cipher

Shown = tuple[str, ...]


class Opened:
    """One campaign as of its newest release, in a snapshot: everything asked of it agrees.

    `size`: so many responses make a release now. `k`: so many did when somebody first looked at this one, and that
    holds for all that is shown of it. `link`: what the campaign is about, and who asks. `counted`: the rows, by their
    details, where they were just counted.
    """

    def __init__(
        self,
        tx: Connection,
        cipher: Cipher,
        campaign: Campaign,
        shown: Plan,
        size: int,
        counted: Mapping[Class, Tally] | None = None,
    ) -> None:
        self._tx = tx
        self._campaign = campaign
        self._plan = shown
        self.code = campaign.code
        self.link = link_of(tx, campaign.code)
        self.size = size
        self.k = shown.k or size
        self.release = campaign.releases
        self.flow: Flow = load(campaign.flow).flow
        questions = [place.id for place in self.flow.questions]
        self._given = Given(tx, cipher, campaign.code, questions, shown.spoken, self.k)
        self.details = detail_names(self.flow)
        self.scales = scale_questions(self.flow)
        self._counted = None if counted is None else grouped(counted, shown.shown)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `rows`: first what tells people apart, then the questions."""
        return (*self.details, *self.scales)

    def rows(self) -> Iterator[Shown]:
        """The rows of all periods that are over, as coordinators may see them, in random order; read as asked for.

        A value is a choice's id, `skipped`, `not_asked`, or `*`: not shown.
        """
        return chain.from_iterable(self.blocks())

    def blocks(self, put: Put = tuple) -> Iterator[list[Any]]:
        """The same, many at a time. `put` is given values that stand beside each other, each few of them once for many
        rows; a row is what it gives of them, added up.
        """
        parting = parting_of(self._tx, self._campaign, self._plan, put)
        found = None if self._counted else Tallying(self.scales, parting.packing)
        for rows in self._all(parting):
            if found:
                found.add(rows)
            yield parting.cells(rows)
        self._counted = found.tallies() if found else self._counted

    def at_most(self) -> int:
        """How many rows there are at the most: not one more than were ever released. None where none is shown."""
        return seen_of(self._tx, self.code) if self._plan.shown else 0

    def counts(self) -> list[Counted]:
        """What everybody may see: for each question with steps, the total and each answer, in the flow's order."""
        return [Counted(one, answer, shown) for one in self.scales for answer, shown in self._table(one).items()]

    def _table(self, question: str) -> dict[str, str]:
        """Of a class that the question is not shown for, there counts what was settled."""
        counted, there = Counter[str](), 0
        for details, of in self._groups.items():
            answers = of.answers.get(question, Counter[str]())
            there += answers.total() - answers[NOT_ASKED]
            counted += self._plan.hidden.get(details, {}).get(question, answers)
        known = [*(choice.id for choice in self.flow.by_id[question].choices), SKIPPED]
        told = {answer: counted[answer] for answer in known}
        return rounding.table(told, self.k, max(0, there - sum(told.values())))

    def comments(self, *states: str) -> Iterator[Said]:
        """Comments in these states, on questions that have at least *k* of them in any; by question, in random order.

        Everybody gets those approved only. Unless told: those that were not held back.
        """
        yield from self._given.said(*(states or (NEW, APPROVED)))

    def comment(self, comment: str) -> Looked:
        """The comment of this id, with its hidden words, if it is given out: for coordinators of the campaign."""
        return self._given.looked_at(comment)

    def next_comment(self, after: str, state: str) -> Looked:
        """The one in this state that comes after that one; with none to come after, the first. As above."""
        return self._given.next_after(after, state)

    def withheld(self) -> list[Withheld]:
        """What is not shown, and why: too few look alike, or all answered alike; too few comments, or held back by who
        read them. Numbers are shown as counts are.
        """
        masked = Counter[str]()
        for details, of in self._groups.items():
            hidden, told = self._plan.hidden.get(details, {}), zip(self.details, details, strict=True)
            masked.update(dict.fromkeys([*hidden, *(one for one, value in told if value == MASKED)], of.rows))
        rows = [
            Withheld(column, "few" if column in self.details else "alike", rounding.shown(masked[column]))
            for column in self.columns
            if masked[column]
        ]
        return [*rows, *self._words_withheld()]

    def _words_withheld(self) -> Iterator[Withheld]:
        """The questions that have too few comments, or none, which looks the same; and those held back."""
        for place in self.flow.questions:
            many = self._given.by_state[place.id]
            if place.kind == "text" and many.total() < self.k:
                yield Withheld(place.id, "few_comments", rounding.WITHHELD)
            elif many[HELD_BACK]:
                yield Withheld(place.id, "held_back", rounding.shown(many[HELD_BACK]))

    @property
    def _groups(self) -> Mapping[Class, Tally]:
        """The rows by their details as they are shown. One reading, unless they were read before."""
        if self._counted is None:
            deque(self.blocks(), maxlen=0)
        return self._counted or {}

    def _all(self, parting: Parting) -> Iterator[list[Apart]]:
        """Each row that is shown, its details as they are shown. One taken back keeps its place."""
        left = deque(leaving_of(self._tx, self._campaign, parting))
        for rows in rows_of(self._tx, self._campaign, parting):
            before: list[Apart] = []
            while left and rows and left[0][0] < rows[-1][0]:
                before.append(left.popleft())
            yield sorted([*rows, *before], key=itemgetter(0)) if before else rows
        yield list(left)


@contextmanager
def opened(database: Database, code: str, size: int) -> Iterator[Opened]:
    """A campaign, open to be looked at. Raises `CampaignUnknown`, `StorageAway`; `FlowUnknown` where its flow left the
    library.
    """
    while True:
        counted = freeze(database, code, size)
        with database.snapshot() as tx:
            campaign = find_campaign(tx, code)
            shown = frozen_plan(tx, campaign)
            if shown is not None:  # else there was a release in between
                same = counted and counted[0].shows_as(campaign)
                yield Opened(tx, database.cipher, campaign, shown, size, counted[1] if counted and same else None)
                return
