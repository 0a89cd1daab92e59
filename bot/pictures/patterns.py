"""The parts of a bar: each step has a pattern of its own, so that they are told apart in black and white (WCAG 2.2,
1.4.1). Best to worst: full, striped, empty, dotted, full with light dots; withheld: broken lines.
"""

from itertools import product

from PIL import Image

from bot.pictures import palette
from bot.pictures.pieces import Bar
from bot.pictures.shapes import Point, Stencil

_COLOURS = {2: palette.PASSED, 1: palette.PASSED, 0: palette.INK, -1: palette.FAILED, -2: palette.FAILED}
_FULL = (2, -2)


def paint_bar(image: Image.Image, bar: Bar) -> None:
    """Paints the part on white, from edge to edge of its box."""
    image.paste(palette.PANEL, bar.box)
    stencil = Stencil(bar.box)
    if bar.step in _FULL:
        stencil.square(0, 0)
    else:
        _edge(stencil, broken=bar.step is None)
    _fill(stencil, bar.step)
    stencil.paint(image, palette.INK if bar.step is None else _COLOURS[bar.step])


def _fill(stencil: Stencil, step: int | None) -> None:
    pitch = max(stencil.height / 3, 4)
    if step == 1:
        for start in range(-int(stencil.height), stencil.width, max(round(pitch), 4)):
            stencil.stroke([(start, stencil.height), (start + stencil.height, 0)], pitch / 3.5)
    elif step in (-1, -2):
        for dot in _dots(stencil, pitch):
            stencil.disc(dot, pitch / 3.6, cut=step in _FULL)


def _dots(stencil: Stencil, pitch: float) -> list[Point]:
    across, down = (_spread(length, pitch) for length in (stencil.width, stencil.height))
    return list(product(across, down))


def _spread(length: int, pitch: float) -> list[float]:
    """Points as far apart as `pitch`, or a little more, and half as far from both ends."""
    many = max(int(length // pitch), 1)
    return [length * (at + 0.5) / many for at in range(many)]


def _edge(stencil: Stencil, *, broken: bool) -> None:
    thick = max(stencil.height / 20, 2)
    left, top, right, bottom = thick / 2, thick / 2, stencil.width - thick / 2, stencil.height - thick / 2
    stencil.stroke([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], thick)
    if broken:
        stencil.stroke([(left, stencil.height / 2), (right, stencil.height / 2)], thick)
        gap = stencil.height / 8
        for x in _spread(stencil.width, 3 * gap):
            stencil.stroke([(x, 0), (x, stencil.height)], gap, cut=True)
        for y in _spread(stencil.height, 3 * gap):
            stencil.stroke([(0, y), (stencil.width, y)], gap, cut=True)
