"""What a picture is made of, each with its place: pixels from the top left corner."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from bot.graphics.text_layout import (
    TextStyle,
    has_left_to_right_letter,
    has_right_to_left_letter,
    line_height,
    measure_left_overhang,
    measure_width,
    starts_right_to_left,
    wrap_evenly,
)

Verdict = Literal["passed", "failed", "unsaid"]
SCORES = (-2, -1, 0, 1, 2)


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
class TextLine:
    """One line; `box` holds its ink and its advance. `from_right`: a line of both Latin and Arabic letters begins at
    the right; None: as the page does.
    """

    box: Box
    text: str
    style: TextStyle
    colour: str
    is_right_to_left: bool | None = None


@dataclass(frozen=True, slots=True)
class VerdictMark:
    """The sign of a verdict."""

    box: Box
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ScoreScale:
    """Five stones in a row, the least at the left; the one at `score` is marked, none if it is None."""

    box: Box
    score: int | None
    colour: str

    def dot_position(self, score: int) -> tuple[float, float]:
        """The middle of a step's stone, x and y."""
        spacing = (self.box.right - self.box.left) / len(SCORES)
        return self.box.left + spacing * (SCORES.index(score) + 0.5), (self.box.top + self.box.bottom) / 2


@dataclass(frozen=True, slots=True)
class BarSegment:
    """A part of a bar, in the pattern of its step; None: how long it is, is withheld."""

    box: Box
    score: int | None


@dataclass(frozen=True, slots=True)
class StraightLine:
    """A straight line, as thick as its box is."""

    box: Box
    colour: str


@dataclass(frozen=True, slots=True)
class QrCode:
    """A link as a square of dark and light modules, with its quiet zone; a module is a whole number of pixels."""

    box: Box
    modules: tuple[tuple[bool, ...], ...]


Element = Panel | TextLine | VerdictMark | ScoreScale | BarSegment | StraightLine | QrCode


@dataclass(frozen=True, slots=True)
class Layout:
    """The pieces of a picture, from the ground up, and its size in pixels."""

    width: int
    height: int
    elements: tuple[Element, ...]

    def mirror(self) -> "Layout":
        """The same for a language that is written from right to left: what stood at the left stands at the right."""
        return replace(self, elements=tuple(transform_box(element, self._mirror_box) for element in self.elements))

    def _mirror_box(self, box: Box) -> Box:
        return Box(self.width - box.right, box.top, self.width - box.left, box.bottom)


def transform_box(element: Element, transform: Callable[[Box], Box]) -> Element:
    """The piece in another place."""
    return replace(element, box=transform(element.box))


# @@DOC Blocks of text, as lists of placed pieces. Pure.
Block = Callable[[int], Sequence[Element]]
"""From where it begins, in pixels from the top, to its pieces; none where there is nothing to say."""


def stack_blocks(blocks: Sequence[Block], top: int, gap: int) -> list[Element]:
    """The blocks under each other, from `top` down."""
    elements: list[Element] = []
    for block in blocks:
        elements += block(find_bottom(elements, top - gap) + gap)
    return elements


def find_bottom(elements: Sequence[Element], default: int) -> int:
    """Where the lowest piece ends; `otherwise` where there is none."""
    return max((element.box.bottom for element in elements), default=default)


def lay_out_text(text: str, style: TextStyle, colour: str, box: Box) -> list[TextLine]:
    """The lines of a text from the box's top down, folded to its width; they may end below it: see `bottom`."""
    height = line_height(style, text)
    tops = range(box.top, 2**31, height)
    lines = wrap_evenly(text, style, box.right - box.left)
    return [_place_line(line, style, colour, box.left, top, height) for line, top in zip(lines, tops, strict=False)]


def _place_line(line: str, style: TextStyle, colour: str, left: int, top: int, height: int) -> TextLine:
    ink_left = left - measure_left_overhang(line, style)
    return TextLine(Box(ink_left, top, ink_left + measure_width(line, style), top + height), line, style, colour)


def align_right(lines: Sequence[TextLine], right: int) -> list[TextLine]:
    """The lines moved sideways, so that each ends at `right`."""
    return [_shift_line(line, right - line.box.right, 0) for line in lines]


def centre_horizontally(lines: Sequence[TextLine], left: int, right: int) -> list[TextLine]:
    """The lines moved sideways, so that each has as much room at its left as at its right."""
    return [_shift_line(line, (left + right - line.box.left - line.box.right) // 2, 0) for line in lines]


def centre_vertically(lines: Sequence[TextLine], box: Box) -> list[TextLine]:
    """The lines moved up or down, so that the lowest and the box's top are as far from the box's middle."""
    shift = (box.bottom - find_bottom(lines, box.bottom)) // 2
    return [_shift_line(line, 0, shift) for line in lines]


def _shift_line(line: TextLine, x_shift: int, y_shift: int) -> TextLine:
    box = line.box
    return replace(line, box=Box(box.left + x_shift, box.top + y_shift, box.right + x_shift, box.bottom + y_shift))


# @@DOC Which way a page faces: for languages that are written from right to left it is turned round, but not its words.
def apply_direction(layout: Layout, *, is_right_to_left: bool) -> Layout:
    """The page as it was arranged from the left, or its mirror image; each line begins where its language does."""
    oriented = layout.mirror() if is_right_to_left else layout
    return replace(
        oriented,
        elements=tuple(_with_direction(element, is_right_to_left=is_right_to_left) for element in oriented.elements),
    )


def _with_direction(element: Element, *, is_right_to_left: bool) -> Element:
    if (
        not isinstance(element, TextLine)
        or element.is_right_to_left is not None
        or not has_right_to_left_letter(element.text)
    ):
        return element
    return replace(element, is_right_to_left=is_right_to_left or not has_left_to_right_letter(element.text))


def align_quote(lines: Sequence[TextLine], right: int, *, is_page_right_to_left: bool) -> list[TextLine]:
    """A person's own words, in their own direction on a page of another. Before the page is turned round."""
    is_quote_right_to_left = starts_right_to_left(" ".join(line.text for line in lines))
    directed_lines = [replace(line, is_right_to_left=is_quote_right_to_left) for line in lines]
    return directed_lines if is_quote_right_to_left is is_page_right_to_left else align_right(directed_lines, right)
