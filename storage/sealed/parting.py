"""Takes released rows apart: what tells people apart, and what they answered. Pure.

A million rows are of few kinds: their answers are read in three pieces, and each piece that was read before is known.
"""

from collections.abc import Iterable, Mapping, Sequence
from json import loads
from sys import intern
from typing import Any

from flows.definition import Flow
from storage.sealed.classes import NOT_ASKED, SKIPPED, Answers, Class

Piece = tuple[tuple[str, ...], Answers, bytes]  # details; answers to the questions with steps, a byte each
Apart = tuple[str, Class, Answers, bytes]  # id; details, those first that are given up last; answers, a byte each
OTHERS = ("language", "version", "release")  # details that no question asks for, in the order in which they are kept
PIECES = 3
MOST = 10_000  # pieces in memory


def detail_questions(flow: Flow) -> tuple[str, ...]:
    """The questions that tell people apart: those whose choices are no steps of a scale."""
    return tuple(place.id for place in flow.questions if place.kind == "choice" and not place.is_scale)


def detail_names(flow: Flow) -> tuple[str, ...]:
    """The columns that tell people apart, as they stand in a class."""
    return (*detail_questions(flow), *OTHERS)


def scale_questions(flow: Flow) -> tuple[str, ...]:
    """The questions that are answered in steps."""
    return tuple(place.id for place in flow.questions if place.is_scale)


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

    def __init__(self, told: Sequence[str], steps: Sequence[str], packing: Packing) -> None:
        super().__init__()
        self._told, self._steps, self._packing = told, steps, packing
        self.asked = (*told, *steps)
        self.split = f', "{self.asked[0]}": ' if self.asked else "\0"

    def __missing__(self, piece: str) -> Piece | None:
        if len(self) >= MOST:
            self.clear()
        given = loads(self._whole(piece))
        self[piece] = self.of(given) if given.keys() <= set(self.asked) else None
        return self[piece]

    def of(self, given: Mapping[str, str | None]) -> Piece:
        """What these answers say."""
        told, steps = (
            tuple(intern(given.get(one, NOT_ASKED) or SKIPPED) for one in of) for of in (self._told, self._steps)
        )
        return told, steps, self._packing.pack(steps)

    def _whole(self, piece: str) -> str:
        """The piece as JSON. The first has a beginning, the last an end."""
        if not piece:
            return "{}"
        begun = piece if piece.startswith("{") else f"{{{self.split[2:]}{piece}"
        return begun if begun.endswith("}") else f"{begun}}}"


class Parting:
    """Takes rows of one flow apart. `periods`: the period of each release. `shown`: how details are shown; rows whose
    details are not there are left out.
    """

    def __init__(self, flow: Flow, periods: Mapping[int, str], shown: Mapping[Class, Class] | None = None) -> None:
        self.steps = scale_questions(flow)
        self.packing = Packing()
        told, asked = detail_questions(flow), len(detail_questions(flow)) + len(self.steps)
        one, two = (max(0, asked * part // PIECES - len(told)) for part in (1, 2))
        cut = (told, self.steps[:one]), ((), self.steps[one:two]), ((), self.steps[two:])
        self._pieces = [Pieces(*questions, self.packing) for questions in cut]
        self._all, self._periods, self._shown = Pieces(told, self.steps, self.packing), periods, shown

    def apart(self, rows: Iterable[Sequence[Any]]) -> list[Apart]:
        """These rows (id, language, version, release, answers), taken apart.

        Each answer is something: a choice's id, skipped, or not asked.
        """
        found, periods, shown = list[Apart](), self._periods, self._shown
        ones, twos, threes = self._pieces
        for one, language, version, release, answers in rows:
            first, _, rest = answers.partition(twos.split)
            second, _, third = rest.partition(threes.split)
            begin, middle, end = ones[first], twos[second], threes[third]
            if begin and middle and end:
                told, steps, packed = begin[0], begin[1] + middle[1] + end[1], begin[2] + middle[2] + end[2]
            else:  # in another order, or of another version of the flow
                told, steps, packed = self._all.of(loads(answers))
            details = (*told, language, str(version), periods[release])
            seen = details if shown is None else shown.get(details)
            if seen is not None:
                found.append((one, seen, steps, packed))
        return found
