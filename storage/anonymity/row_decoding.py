"""Takes released rows apart: what tells people apart, and what they answered. Pure.

A million rows are of few kinds: their answers are read in three pieces, and what a piece says is known from the first
row that has it; and so is what details look like.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from json import loads
from sys import intern
from typing import Any

from flows.schema import Flow
from storage.anonymity.k_anonymity import MASKED, NOT_ASKED, SKIPPED, Answers, Class, Plan, Tally

# @@DOC What a row's answers say, a piece at a time: a million rows are of few kinds, so each piece is read once. Pure.
Put = Callable[[tuple[str, ...]], Any]  # codes beside each other, as they are wanted; what it gives can be added up
MOST = 10_000  # pieces in memory


@dataclass(slots=True, eq=False)
class Piece:
    """What a piece of a row says: its details; its answers to the questions with steps, as cells, and a byte each.

    `partly`: the cells with some of the answers hidden.
    """

    told: tuple[str, ...]
    answers: Answers
    cells: Any
    packed: bytes
    partly: dict[tuple[bool, ...], Any] = field(default_factory=dict)


class Packing(dict[str, int]):
    """A number for each answer that there is: so a row's answers are as many bytes."""

    def __missing__(self, answer: str) -> int:
        self[answer] = len(self)
        return self[answer]

    def pack(self, answers: Answers) -> bytes:
        """These answers, a byte each."""
        return bytes(map(self.__getitem__, answers))


class Pieces(dict[str, Piece | None]):
    """{a piece of a row's answers, as JSON: what it says}. None: it also answers questions that stand in no such piece,
    and so it says nothing by itself.
    """

    def __init__(self, told: Sequence[str], steps: Sequence[str], packing: Packing, put: Put) -> None:
        super().__init__()
        self._told, self.steps, self._packing, self._put = told, steps, packing, put
        self.asked = (*told, *steps)
        self.split = f', "{self.asked[0]}": ' if self.asked else "\0"

    def __missing__(self, piece: str) -> Piece | None:
        if len(self) >= MOST:
            self.clear()
        given = loads(self._whole(piece))
        self[piece] = self.of(given) if given.keys() <= set(self.asked) else None
        return self[piece]

    def of(self, given: Mapping[str, str | None]) -> Piece:
        """What these answers say here."""
        told, steps = (
            tuple(intern(given.get(one, NOT_ASKED) or SKIPPED) for one in of) for of in (self._told, self.steps)
        )
        return Piece(told, steps, self._put(steps), self._packing.pack(steps))

    def partly(self, piece: Piece, hidden: tuple[bool, ...]) -> Any:
        """The cells of a piece with some of its answers hidden."""
        if hidden not in piece.partly:
            seen = zip(hidden, piece.answers, strict=True)
            piece.partly[hidden] = self._put(tuple(MASKED if is_hidden else answer for is_hidden, answer in seen))
        return piece.partly[hidden]

    def _whole(self, piece: str) -> str:
        """The piece as JSON. The first has a beginning, the last an end."""
        if not piece:
            return "{}"
        begun = piece if piece.startswith("{") else f"{{{self.split[2:]}{piece}"
        return begun if begun.endswith("}") else f"{begun}}}"


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


# @@DOC Counts the rows of each class, and their answers: of a million rows, quickly and in little memory. Pure.
AT_ONCE = 100_000  # rows that are counted together


class Tallying:
    """Counts answers to these questions. They come packed, a byte each: so they are counted by the byte."""

    def __init__(self, questions: Sequence[str], packing: Packing) -> None:
        self._questions = questions
        self._packing = packing
        self._packed: dict[Kind, bytearray] = defaultdict(bytearray)
        self._found: dict[Class, Tally] = defaultdict(Tally)
        self._many = 0

    def add(self, rows: Sequence[Apart]) -> None:
        """More rows."""
        packed = self._packed
        for _, kind, begin, middle, end in rows:
            packed[kind] += begin.packed + middle.packed + end.packed
        self._many += len(rows)
        if self._many >= AT_ONCE:
            self._count()

    def tallies(self) -> dict[Class, Tally]:
        """What was counted so far."""
        self._count()
        return dict(self._found)

    def _count(self) -> None:
        size, answers = len(self._questions), list(self._packing)
        for one, packed in self._packed.items():
            tally = self._found[one.details]
            tally.rows += len(packed) // size
            for at, question in enumerate(self._questions):
                column, counted = packed[at::size], tally.answers.setdefault(question, Counter())
                for byte in set(column):
                    counted[answers[byte]] += column.count(byte)
        self._packed.clear()
        self._many = 0
