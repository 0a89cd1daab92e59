"""What a picture is made of, each with its place: pixels from the top left corner."""

from dataclasses import dataclass
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
    """One line; `box` holds its ink and its advance."""

    box: Box
    line: str
    style: Style
    colour: str


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


Piece = Panel | Text | Mark | Scale


@dataclass(frozen=True, slots=True)
class Page:
    """The pieces of a picture, from the ground up, and its size in pixels."""

    width: int
    height: int
    pieces: tuple[Piece, ...]
