"""The elements of a page and helpers that place them. Pure.

All lengths are pixels from the top left corner of the page. Text is measured by `text_layout`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from bot.graphics.model import Verdict
from bot.graphics.text_layout import (
    TextStyle,
    has_left_to_right_letter,
    has_right_to_left_letter,
    line_height,
    measure_width,
    starts_right_to_left,
    wrap_evenly,
)
from flows.scale import list_points

PRINT_DOTS_PER_INCH = 300
A4_SIZE_PIXELS = (2480, 3508)  # width and height at that resolution


class Box(NamedTuple):
    """A rectangle: left and top are the first pixels inside it, right and bottom the first ones outside."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Panel:
    """A background with rounded corners and an edge."""

    box: Box
    colour: str
    edge: str


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of text; `box` holds its ink and its advance.

    `is_right_to_left` is the direction of a line that has both Latin and Arabic letters; None follows the page.
    """

    box: Box
    text: str
    style: TextStyle
    colour: str
    is_right_to_left: bool | None = None


@dataclass(frozen=True, slots=True)
class VerdictMark:
    """The sign of a verdict, in a square box."""

    box: Box
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class DotScale:
    """A dot for each point of a scale, the worst on the left; the dot of `point` is filled, none if it is None."""

    box: Box
    point_count: int
    point: int | None
    colour: str

    def dot_position(self, point: int) -> tuple[float, float]:
        """The x and y of the centre of a point's dot."""
        spacing = (self.box.right - self.box.left) / self.point_count
        index = list_points(self.point_count)[::-1].index(point)
        return self.box.left + spacing * (index + 0.5), (self.box.top + self.box.bottom) / 2


@dataclass(frozen=True, slots=True)
class BarSegment:
    """A part of a bar in the pattern of its point; None for a part whose length is suppressed."""

    box: Box
    point: int | None


@dataclass(frozen=True, slots=True)
class StraightLine:
    """A straight line, as thick as its box."""

    box: Box
    colour: str


@dataclass(frozen=True, slots=True)
class QrCode:
    """A link as rows of dark (True) and light modules, quiet zone included; a module is a whole number of pixels."""

    box: Box
    modules: tuple[tuple[bool, ...], ...]


Element = Panel | TextLine | VerdictMark | DotScale | BarSegment | StraightLine | QrCode
Block = Callable[[int], Sequence[Element]]  # from its top, in pixels, to its elements; none if it has nothing to show


@dataclass(frozen=True, slots=True)
class Layout:
    """A page: its size in pixels, and its elements in the order in which they are painted."""

    width: int
    height: int
    elements: tuple[Element, ...]

    def mirror(self) -> "Layout":
        """The page for a language that is written from right to left."""
        return replace(self, elements=tuple(transform_box(element, self._mirror_box) for element in self.elements))

    def _mirror_box(self, box: Box) -> Box:
        return Box(self.width - box.right, box.top, self.width - box.left, box.bottom)


def transform_box(element: Element, transform: Callable[[Box], Box]) -> Element:
    """The element with its box replaced by `transform(box)`."""
    return replace(element, box=transform(element.box))


def stack_blocks(blocks: Sequence[Block], top: int, gap: int) -> list[Element]:
    """The elements of the blocks below each other, from `top` down."""
    elements: list[Element] = []
    for block in blocks:
        elements += block(find_bottom(elements, top - gap) + gap)
    return elements


def find_bottom(elements: Sequence[Element], default: int) -> int:
    """The bottom of the lowest element, or `default` if there is none."""
    return max((element.box.bottom for element in elements), default=default)


def lay_out_text(text: str, style: TextStyle, colour: str, box: Box) -> list[TextLine]:
    """The lines of a text, wrapped to the width of the box, from its top down. They may end below it: see
    `find_bottom`.
    """
    height = line_height(style, text)
    tops = range(box.top, 2**31, height)
    lines = wrap_evenly(text, style, box.right - box.left)
    return [
        TextLine(Box(box.left, top, box.left + measure_width(line, style), top + height), line, style, colour)
        for line, top in zip(lines, tops, strict=False)
    ]


def align_right(lines: Sequence[TextLine], right: int) -> list[TextLine]:
    """The lines moved sideways so that each ends at `right`."""
    return [_shift_line(line, right - line.box.right, 0) for line in lines]


def centre_horizontally(lines: Sequence[TextLine], left: int, right: int) -> list[TextLine]:
    """The lines moved sideways to the middle between `left` and `right`."""
    return [_shift_line(line, (left + right - line.box.left - line.box.right) // 2, 0) for line in lines]


def centre_vertically(lines: Sequence[TextLine], box: Box) -> list[TextLine]:
    """The lines, which begin at the top of the box, moved together to the middle of its height."""
    shift = (box.bottom - find_bottom(lines, box.bottom)) // 2
    return [_shift_line(line, 0, shift) for line in lines]


def _shift_line(line: TextLine, x_shift: int, y_shift: int) -> TextLine:
    box = line.box
    return replace(line, box=Box(box.left + x_shift, box.top + y_shift, box.right + x_shift, box.bottom + y_shift))


def apply_direction(layout: Layout, *, is_right_to_left: bool) -> Layout:
    """The page as it was laid out, or its mirror image; each line gets the direction of its language."""
    oriented = layout.mirror() if is_right_to_left else layout
    return replace(
        oriented,
        elements=tuple(_with_direction(element, is_right_to_left=is_right_to_left) for element in oriented.elements),
    )


def _with_direction(element: Element, *, is_right_to_left: bool) -> Element:
    if not isinstance(element, TextLine) or element.is_right_to_left is not None:
        return element
    if not has_right_to_left_letter(element.text):
        return element
    return replace(element, is_right_to_left=is_right_to_left or not has_left_to_right_letter(element.text))


def align_quote(lines: Sequence[TextLine], right: int, *, is_page_right_to_left: bool) -> list[TextLine]:
    """The lines of a person's own words in their own direction, which may differ from the page's.

    Call it before `apply_direction`.
    """
    is_quote_right_to_left = starts_right_to_left(" ".join(line.text for line in lines))
    directed_lines = [replace(line, is_right_to_left=is_quote_right_to_left) for line in lines]
    return directed_lines if is_quote_right_to_left is is_page_right_to_left else align_right(directed_lines, right)
