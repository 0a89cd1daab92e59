"""Shapes with smooth edges. Pillow draws shapes without smoothing: so each is drawn four times as large, as a stencil,
then made smaller, then painted through.
"""

from collections.abc import Callable
from itertools import product

from PIL import Image, ImageDraw

from bot.pictures.pieces import Box, Verdict

_FINE = 4
_ON, _OFF = 255, 0
Point = tuple[float, float]


class Stencil:
    """A hole in the shape of what was drawn; lengths in the picture's pixels, from the box's top left corner."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.width, self.height = box.right - box.left, box.bottom - box.top
        self._mask = Image.new("L", (self.width * _FINE, self.height * _FINE))
        self._draw = ImageDraw.Draw(self._mask)

    def disc(self, centre: Point, radius: float, *, cut: bool = False) -> None:
        """Draws a full circle, or cuts it out again."""
        self._draw.circle(_fine(centre), radius * _FINE, fill=_OFF if cut else _ON)

    def square(self, inset: float, corner: float) -> None:
        """Draws the whole box, `inset` from its edges, with round corners."""
        edges = (inset, inset, self.width - inset, self.height - inset)
        self._draw.rounded_rectangle([edge * _FINE for edge in edges], corner * _FINE, fill=_ON)

    def stroke(self, points: list[Point], thick: float, *, cut: bool = False) -> None:
        """Draws a line with round ends and joints through the points, or cuts it out."""
        fill = _OFF if cut else _ON
        self._draw.line([_fine(point) for point in points], fill, round(thick * _FINE))
        for point in points:
            self._draw.circle(_fine(point), thick * _FINE / 2, fill=fill)

    def paint(self, image: Image.Image, colour: str) -> None:
        """Paints the colour through the hole."""
        image.paste(colour, self.box, self._mask.reduce(_FINE))


def round_box(image: Image.Image, box: Box, corner: int, colour: str) -> None:
    """Paints a box with round corners of this radius in pixels; only the corners need a stencil."""
    left, top, right, bottom = box
    draw = ImageDraw.Draw(image)
    draw.rectangle((left + corner, top, right - corner - 1, bottom - 1), colour)
    draw.rectangle((left, top + corner, right - 1, bottom - corner - 1), colour)
    for x, y in product((left, right - 2 * corner), (top, bottom - 2 * corner)):
        stencil = Stencil(Box(x, y, x + 2 * corner, y + 2 * corner))
        stencil.disc((corner, corner), corner)
        stencil.paint(image, colour)


def _fine(point: Point) -> Point:
    return point[0] * _FINE, point[1] * _FINE


def mark(box: Box, verdict: Verdict) -> Stencil:
    """The stencil of a verdict in a square box. Three outlines and three signs, so that colour says nothing alone
    (WCAG 2.2, 1.4.1): a full disc with a tick, a full square with a cross, an empty ring with a dash.
    """
    stencil = Stencil(box)
    _MARKS[verdict](stencil)
    return stencil


def _at(stencil: Stencil, *points: Point) -> list[Point]:
    return [(x * stencil.width, y * stencil.height) for x, y in points]


def _tick(stencil: Stencil) -> None:
    size = stencil.width
    stencil.disc((size / 2, size / 2), size / 2 - 1)
    stencil.stroke(_at(stencil, (0.28, 0.53), (0.44, 0.68), (0.73, 0.35)), size * 0.11, cut=True)


def _cross(stencil: Stencil) -> None:
    size = stencil.width
    stencil.square(size * 0.05, size * 0.2)
    stencil.stroke(_at(stencil, (0.33, 0.33), (0.67, 0.67)), size * 0.11, cut=True)
    stencil.stroke(_at(stencil, (0.67, 0.33), (0.33, 0.67)), size * 0.11, cut=True)


def _dash(stencil: Stencil) -> None:
    size = stencil.width
    stencil.disc((size / 2, size / 2), size / 2 - 1)
    stencil.disc((size / 2, size / 2), size / 2 - 1 - size * 0.085, cut=True)
    stencil.stroke(_at(stencil, (0.35, 0.5), (0.65, 0.5)), size * 0.11)


_MARKS: dict[Verdict, Callable[[Stencil], None]] = {"passed": _tick, "failed": _cross, "unsaid": _dash}
