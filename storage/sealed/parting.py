"""Takes released rows apart: what tells people apart, and what they answered. Pure.

A million rows are of few kinds: their answers are read in three pieces, and what a piece says is known from the first
row that has it; and so is what details look like.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from json import loads
from typing import Any

from flows.definition import Flow
from storage.sealed.classes import Class, Plan
from storage.sealed.pieces import MOST, Packing, Piece, Pieces, Put

OTHERS = ("language", "version", "release")  # details that no question asks for, in the order in which they are kept
PIECES = 3


def detail_questions(flow: Flow) -> tuple[str, ...]:
    """The questions that tell people apart: those whose choices are no steps of a scale."""
    return tuple(place.id for place in flow.questions if place.kind == "choice" and not place.is_scale)


def detail_names(flow: Flow) -> tuple[str, ...]:
    """The columns that tell people apart, as they stand in a class."""
    return (*detail_questions(flow), *OTHERS)


def scale_questions(flow: Flow) -> tuple[str, ...]:
    """The questions that are answered in steps."""
    return tuple(place.id for place in flow.questions if place.is_scale)


@dataclass(slots=True, eq=False)
class Kind:
    """Rows that look alike: their details, those first that are given up last, also as cells; and for each piece, which
    of its answers are hidden (no pieces: none is).
    """

    details: Class
    cells: Any = ()
    hidden: tuple[tuple[bool, ...], ...] = ()


Apart = tuple[str, Kind, Piece, Piece, Piece]  # its id first


class Kinds(dict[tuple[tuple[str, ...], str, int, str], Kind | None]):
    """{what questions tell, language, version, period: what such rows look like}. None: they are left out."""

    def __init__(self, pieces: Sequence[Pieces], shown: Plan | None, put: Put) -> None:
        super().__init__()
        self._pieces, self._plan, self._put = pieces, shown, put
        self._known: dict[Class, Kind] = {}

    def __missing__(self, of: tuple[tuple[str, ...], str, int, str]) -> Kind | None:
        told, language, version, period = of
        details = (*told, language, str(version), period)
        seen = details if self._plan is None else self._plan.shown.get(details)
        self[of] = None if seen is None else self.seen_as(seen)
        return self[of]

    def seen_as(self, details: Class) -> Kind:
        """What rows of these details look like."""
        if details not in self._known:
            told = self._plan.hidden.get(details) if self._plan else None
            hidden = tuple(tuple(one in told for one in pieces.steps) for pieces in self._pieces) if told else ()
            self._known[details] = Kind(details, self._put(details), hidden)
        return self._known[details]


class Parting:
    """Takes rows of one flow apart. `periods`: the period of each release. `shown`: how details are shown; rows whose
    details are not there are left out. `put`: how codes are wanted.
    """

    def __init__(self, flow: Flow, periods: Mapping[int, str], shown: Plan | None = None, put: Put = tuple) -> None:
        self.steps = scale_questions(flow)
        self.packing = Packing()
        put = lru_cache(MOST)(put)  # of rows that come in no known pieces, too
        told, asked = detail_questions(flow), len(detail_questions(flow)) + len(self.steps)
        one, two = (max(0, asked * part // PIECES - len(told)) for part in (1, 2))
        cut = (told, self.steps[:one]), ((), self.steps[one:two]), ((), self.steps[two:])
        self._ones, self._twos, self._threes = (Pieces(*questions, self.packing, put) for questions in cut)
        self._kinds = Kinds((self._ones, self._twos, self._threes), shown, put)
        self._periods = periods

    def apart(self, rows: Iterable[Sequence[Any]]) -> list[Apart]:
        """These rows (id, language, version, release, answers), taken apart.

        Each answer is something: a choice's id, skipped, or not asked.
        """
        found, periods, kinds = list[Apart](), self._periods, self._kinds
        ones, twos, threes = self._ones, self._twos, self._threes
        for one, language, version, release, answers in rows:
            first, _, rest = answers.partition(twos.split)
            second, _, third = rest.partition(threes.split)
            begin, middle, end = ones[first], twos[second], threes[third]
            if not (begin and middle and end):  # in another order, or of another version of the flow
                begin, middle, end = self._read(loads(answers))
            kind = kinds[begin.told, language, version, periods[release]]
            if kind:
                found.append((one, kind, begin, middle, end))
        return found

    def seen_as(self, one: str, details: Class, answers: Mapping[str, str | None]) -> Apart:
        """A row of these details as they are shown, taken apart."""
        return one, self._kinds.seen_as(details), *self._read(answers)

    def cells(self, rows: Iterable[Apart]) -> list[Any]:
        """The rows as they are shown."""
        return [
            self._partly(kind, begin, middle, end)
            if kind.hidden
            else kind.cells + begin.cells + middle.cells + end.cells
            for _, kind, begin, middle, end in rows
        ]

    def _partly(self, kind: Kind, begin: Piece, middle: Piece, end: Piece) -> Any:
        one, two, three = kind.hidden
        seen = self._ones.partly(begin, one), self._twos.partly(middle, two), self._threes.partly(end, three)
        return kind.cells + seen[0] + seen[1] + seen[2]

    def _read(self, given: Mapping[str, str | None]) -> tuple[Piece, Piece, Piece]:
        return self._ones.of(given), self._twos.of(given), self._threes.of(given)
