"""What a picture is made of, each with its place: pixels from the top left corner."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from bot.graphics.text_layout import Style, begins_right, fold, line_height, overhang, runs_left, runs_right, width

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


# @@DOC Blocks of text, as lists of placed pieces. Pure.
Block = Callable[[int], Sequence[Piece]]
"""From where it begins, in pixels from the top, to its pieces; none where there is nothing to say."""


def stack(blocks: Sequence[Block], top: int, gap: int) -> list[Piece]:
    """The blocks under each other, from `top` down."""
    pieces: list[Piece] = []
    for block in blocks:
        pieces += block(bottom(pieces, top - gap) + gap)
    return pieces


def bottom(pieces: Sequence[Piece], otherwise: int) -> int:
    """Where the lowest piece ends; `otherwise` where there is none."""
    return max((piece.box.bottom for piece in pieces), default=otherwise)


def text_block(words: str, style: Style, colour: str, box: Box) -> list[Text]:
    """The lines of a text from the box's top down, folded to its width; they may end below it: see `bottom`."""
    height = line_height(style, words)
    tops = range(box.top, 2**31, height)
    lines = fold(words, style, box.right - box.left)
    return [_placed(line, style, colour, box.left, top, height) for line, top in zip(lines, tops, strict=False)]


def _placed(line: str, style: Style, colour: str, left: int, top: int, height: int) -> Text:
    start = left - overhang(line, style)
    return Text(Box(start, top, start + width(line, style), top + height), line, style, colour)


def flush_right(lines: Sequence[Text], right: int) -> list[Text]:
    """The lines moved sideways, so that each ends at `right`."""
    return [_moved(line, right - line.box.right, 0) for line in lines]


def middled(lines: Sequence[Text], left: int, right: int) -> list[Text]:
    """The lines moved sideways, so that each has as much room at its left as at its right."""
    return [_moved(line, (left + right - line.box.left - line.box.right) // 2, 0) for line in lines]


def centred(lines: Sequence[Text], box: Box) -> list[Text]:
    """The lines moved up or down, so that the lowest and the box's top are as far from the box's middle."""
    down = (box.bottom - bottom(lines, box.bottom)) // 2
    return [_moved(line, 0, down) for line in lines]


def _moved(text: Text, right: int, down: int) -> Text:
    box = text.box
    return replace(text, box=Box(box.left + right, box.top + down, box.right + right, box.bottom + down))


# @@DOC Which way a page faces: for languages that are written from right to left it is turned round, but not its words.
def faced(page: Page, *, from_right: bool) -> Page:
    """The page as it was arranged from the left, or its mirror image; each line begins where its language does."""
    turned = page.mirrored() if from_right else page
    return replace(turned, pieces=tuple(_directed(piece, from_right=from_right) for piece in turned.pieces))


def _directed(piece: Piece, *, from_right: bool) -> Piece:
    if not isinstance(piece, Text) or piece.from_right is not None or not runs_left(piece.line):
        return piece
    return replace(piece, from_right=from_right or not runs_right(piece.line))


def own_facing(lines: Sequence[Text], right: int, *, page_from_right: bool) -> list[Text]:
    """A person's own words, in their own direction on a page of another. Before the page is turned round."""
    own = begins_right(" ".join(line.line for line in lines))
    facing = [replace(line, from_right=own) for line in lines]
    return facing if own is page_from_right else flush_right(facing, right)
