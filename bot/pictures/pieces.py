"""What a picture is made of, each with its place: pixels from the top left corner."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from bot.pictures.letters import Style

Verdict = Literal["passed", "failed", "unsaid"]
STEPS = (-2, -1, 0, 1, 2)


class Box(NamedTuple):
    """Left and top are inside, right and bottom just outside."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Panel:
    """A ground with round corners."""

    box: Box
    colour: str
    edge: str


@dataclass(frozen=True, slots=True)
class Text:
    """One line; `box` holds its ink and its advance. `from_right`: a line of both Latin and Arabic letters begins at
    the right; None: as the page does.
    """

    box: Box
    line: str
    style: Style
    colour: str
    from_right: bool | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """The sign of a verdict."""

    box: Box
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Scale:
    """Five stones in a row, the least at the left; the one at `score` is marked, none if it is None."""

    box: Box
    score: int | None
    colour: str

    def stone(self, step: int) -> tuple[float, float]:
        """The middle of a step's stone, x and y."""
        between = (self.box.right - self.box.left) / len(STEPS)
        return self.box.left + between * (STEPS.index(step) + 0.5), (self.box.top + self.box.bottom) / 2


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a bar, in the pattern of its step; None: how long it is, is withheld."""

    box: Box
    step: int | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line, as thick as its box is."""

    box: Box
    colour: str


@dataclass(frozen=True, slots=True)
class Code:
    """A link as a square of dark and light modules, with its quiet zone; a module is a whole number of pixels."""

    box: Box
    modules: tuple[tuple[bool, ...], ...]


Piece = Panel | Text | Mark | Scale | Bar | Rule | Code


@dataclass(frozen=True, slots=True)
class Page:
    """The pieces of a picture, from the ground up, and its size in pixels."""

    width: int
    height: int
    pieces: tuple[Piece, ...]

    def mirrored(self) -> "Page":
        """The same for a language that is written from right to left: what stood at the left stands at the right."""
        return replace(self, pieces=tuple(moved(piece, self._across) for piece in self.pieces))

    def _across(self, box: Box) -> Box:
        return Box(self.width - box.right, box.top, self.width - box.left, box.bottom)


def moved(piece: Piece, to: Callable[[Box], Box]) -> Piece:
    """The piece in another place."""
    return replace(piece, box=to(piece.box))
