"""Smooth shapes as masks: marks, scales, patterns and rounded corners.

Pillow draws shapes without antialiasing, so each one is drawn four times as large and then reduced. A mask (mode "L")
is 255 where colour goes. Masks that every card needs are cached and must not be changed.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import product

from PIL import Image, ImageDraw

from bot.graphics.model import Verdict

Point = tuple[float, float]

DOT_RADIUS, SELECTED_DOT_RADIUS, DOT_RIM_WIDTH = 22, 36, 6
_SUPERSAMPLING = 4
_OPAQUE, _TRANSPARENT = 255, 0
_SOLID_POINTS = (3, 2, -2, -3)


class Stencil:
    """A mask in the making; lengths are pixels of the picture, from the top left corner."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._mask = Image.new("L", (width * _SUPERSAMPLING, height * _SUPERSAMPLING))
        self._draw = ImageDraw.Draw(self._mask)

    def draw_disc(self, centre: Point, radius: float, *, should_erase: bool = False) -> None:
        """Draws or erases a full circle."""
        self._draw.circle(_supersample(centre), radius * _SUPERSAMPLING, fill=_TRANSPARENT if should_erase else _OPAQUE)

    def draw_rounded_box(self, inset: float, corner_radius: float) -> None:
        """Draws the whole box, `inset` from its edges, with rounded corners."""
        edges = (inset, inset, self.width - inset, self.height - inset)
        self._draw.rounded_rectangle(
            [edge * _SUPERSAMPLING for edge in edges], corner_radius * _SUPERSAMPLING, fill=_OPAQUE
        )

    def draw_stroke(self, points: list[Point], line_width: float, *, should_erase: bool = False) -> None:
        """Draws or erases a line through the points, with round ends and joints."""
        fill = _TRANSPARENT if should_erase else _OPAQUE
        self._draw.line([_supersample(point) for point in points], fill, round(line_width * _SUPERSAMPLING))
        for point in points:
            self._draw.circle(_supersample(point), line_width * _SUPERSAMPLING / 2, fill=fill)

    def make_mask(self) -> Image.Image:
        """The mask in the size of the picture."""
        return self._mask.reduce(_SUPERSAMPLING)


def _supersample(point: Point) -> Point:
    return point[0] * _SUPERSAMPLING, point[1] * _SUPERSAMPLING


@lru_cache(maxsize=16)
def corner_disc_mask(radius: int) -> Image.Image:
    """A full circle for the corners of a rounded box, as wide as its diameter."""
    stencil = Stencil(2 * radius, 2 * radius)
    stencil.draw_disc((radius, radius), radius)
    return stencil.make_mask()


@lru_cache(maxsize=1)
def selected_dot_mask() -> Image.Image:
    """The filled dot of a scale; its centre is SELECTED_DOT_RADIUS from the left and the top."""
    size = 2 * SELECTED_DOT_RADIUS + 1  # Pillow's circles include the pixels at their right and bottom edge
    stencil = Stencil(size, size)
    stencil.draw_disc((SELECTED_DOT_RADIUS, SELECTED_DOT_RADIUS), SELECTED_DOT_RADIUS)
    return stencil.make_mask()


@lru_cache(maxsize=16)
def verdict_mask(verdict: Verdict, size: int) -> Image.Image:
    """A verdict's sign: a disc with a tick, a square with a cross, or a ring with a dash.

    Outline and sign differ, so that nothing depends on colour alone (WCAG 2.2, 1.4.1).
    """
    stencil = Stencil(size, size)
    _MARK_PAINTERS[verdict](stencil)
    return stencil.make_mask()


def _scale_points(stencil: Stencil, *points: Point) -> list[Point]:
    return [(x * stencil.width, y * stencil.height) for x, y in points]


def _draw_tick(stencil: Stencil) -> None:
    size = stencil.width
    stencil.draw_disc((size / 2, size / 2), size / 2 - 1)
    tick = _scale_points(stencil, (0.28, 0.53), (0.44, 0.68), (0.73, 0.35))
    stencil.draw_stroke(tick, size * 0.11, should_erase=True)


def _draw_cross(stencil: Stencil) -> None:
    size = stencil.width
    stencil.draw_rounded_box(size * 0.05, size * 0.2)
    stencil.draw_stroke(_scale_points(stencil, (0.33, 0.33), (0.67, 0.67)), size * 0.11, should_erase=True)
    stencil.draw_stroke(_scale_points(stencil, (0.67, 0.33), (0.33, 0.67)), size * 0.11, should_erase=True)


def _draw_dash(stencil: Stencil) -> None:
    size = stencil.width
    stencil.draw_disc((size / 2, size / 2), size / 2 - 1)
    stencil.draw_disc((size / 2, size / 2), size / 2 - 1 - size * 0.085, should_erase=True)
    stencil.draw_stroke(_scale_points(stencil, (0.35, 0.5), (0.65, 0.5)), size * 0.11)


_MARK_PAINTERS: dict[Verdict, Callable[[Stencil], None]] = {
    "passed": _draw_tick,
    "failed": _draw_cross,
    "undecided": _draw_dash,
}


@lru_cache(maxsize=16)
def scale_mask(point_count: int, width: int, height: int) -> Image.Image:
    """A scale of empty dots on a line, with a taller line through the middle."""
    stencil = Stencil(width, height)
    centres = [(width / point_count * (index + 0.5), height / 2) for index in range(point_count)]
    middle_x = width / 2
    stencil.draw_stroke([centres[0], centres[-1]], DOT_RIM_WIDTH)
    stencil.draw_stroke([(middle_x, DOT_RIM_WIDTH / 2), (middle_x, height - DOT_RIM_WIDTH / 2)], DOT_RIM_WIDTH)
    for centre in centres:
        stencil.draw_disc(centre, DOT_RADIUS)
        stencil.draw_disc(centre, DOT_RADIUS - DOT_RIM_WIDTH, should_erase=True)
    return stencil.make_mask()


def segment_mask(point: int | None, width: int, height: int) -> Image.Image:
    """A part of a bar, from the point 3 to -3: full with light lines along it, full, striped, empty, dotted, full with
    light dots, full with light lines across it; broken lines if suppressed.

    Each has a pattern of its own, so that they differ in black and white (WCAG 2.2, 1.4.1).
    """
    stencil = Stencil(width, height)
    if point in _SOLID_POINTS:
        stencil.draw_rounded_box(0, 0)
    else:
        _draw_outline(stencil)
    if point is None:
        _break_lines(stencil)
    else:
        _draw_pattern(stencil, point)
    return stencil.make_mask()


def _draw_pattern(stencil: Stencil, point: int) -> None:
    pitch = max(stencil.height / 3, 4)
    columns, rows = (_spread_evenly(length, pitch) for length in (stencil.width, stencil.height))
    match point:
        case 3:
            for y in (stencil.height / 3, stencil.height * 2 / 3):
                stencil.draw_stroke([(0, y), (stencil.width, y)], pitch / 3.5, should_erase=True)
        case 1:
            for stripe_left in range(-stencil.height, stencil.width, max(round(pitch), 4)):
                stencil.draw_stroke([(stripe_left, stencil.height), (stripe_left + stencil.height, 0)], pitch / 3.5)
        case -1 | -2:
            for dot in product(columns, rows):
                stencil.draw_disc(dot, pitch / 3.6, should_erase=point in _SOLID_POINTS)
        case -3:
            for x in columns:
                stencil.draw_stroke([(x, 0), (x, stencil.height)], pitch / 3.5, should_erase=True)


def _draw_outline(stencil: Stencil) -> None:
    line_width = _outline_width(stencil)
    left = top = line_width / 2
    right, bottom = stencil.width - line_width / 2, stencil.height - line_width / 2
    stencil.draw_stroke([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], line_width)


def _break_lines(stencil: Stencil) -> None:
    """Adds a line through the middle, and erases gaps from all lines."""
    width, height, line_width = stencil.width, stencil.height, _outline_width(stencil)
    stencil.draw_stroke([(line_width / 2, height / 2), (width - line_width / 2, height / 2)], line_width)
    gap = height / 8
    for x in _spread_evenly(width, 3 * gap):
        stencil.draw_stroke([(x, 0), (x, height)], gap, should_erase=True)
    for y in _spread_evenly(height, 3 * gap):
        stencil.draw_stroke([(0, y), (width, y)], gap, should_erase=True)


def _outline_width(stencil: Stencil) -> float:
    return max(stencil.height / 20, 2)


def _spread_evenly(length: int, pitch: float) -> list[float]:
    """Points at least `pitch` apart, and half as far from both ends."""
    count = max(int(length // pitch), 1)
    return [length * (index + 0.5) / count for index in range(count)]
