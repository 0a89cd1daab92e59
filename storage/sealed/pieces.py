"""What a row's answers say, a piece at a time: a million rows are of few kinds, so each piece is read once. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from json import loads
from sys import intern
from typing import Any

from storage.sealed.classes import MASKED, NOT_ASKED, SKIPPED, Answers

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
