"""From pieces to pixels."""

from collections.abc import Callable
from io import BytesIO
from itertools import product

from PIL import Image, ImageDraw

from bot.graphics import palette
from bot.graphics.elements import STEPS, Bar, Box, Code, Mark, Page, Panel, Piece, Rule, Scale, Text, Verdict
from bot.graphics.text_layout import font, line_height, overhang, runs_left

# @@DOC Shapes with smooth edges. Pillow draws shapes without smoothing: so each is drawn four times as large, as a stencil,
# @@ then made smaller, then painted through.
# @@
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


# @@DOC The parts of a bar: each step has a pattern of its own, so that they are told apart in black and white (WCAG 2.2,
# @@ 1.4.1). Best to worst: full, striped, empty, dotted, full with light dots; withheld: broken lines.
# @@
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


MARK_COLOURS = {"passed": palette.PASSED, "failed": palette.FAILED, "unsaid": palette.UNSAID}
CORNER, EDGE = 44, 3
SMALL_STONE, LARGE_STONE, RIM = 22, 36, 6


def paint(page: Page, ground: str = palette.PAPER) -> bytes:
    """The page as a PNG in RGB. The same page gives the same bytes."""
    image = Image.new("RGB", (page.width, page.height), ground)
    for piece in page.pieces:
        paint_piece(image, piece)
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def paint_piece(image: Image.Image, piece: Piece) -> None:
    match piece:
        case Panel():
            _paint_panel(image, piece)
        case Text():
            _paint_text(image, piece)
        case Mark():
            mark(piece.box, piece.verdict).paint(image, MARK_COLOURS[piece.verdict])
        case Scale():
            _paint_scale(image, piece)
        case Bar():
            paint_bar(image, piece)
        case Rule():
            image.paste(piece.colour, piece.box)
        case Code():
            _paint_code(image, piece)


def _paint_panel(image: Image.Image, panel: Panel) -> None:
    left, top, right, bottom = panel.box
    round_box(image, panel.box, CORNER, panel.edge)
    round_box(image, Box(left + EDGE, top + EDGE, right - EDGE, bottom - EDGE), CORNER - EDGE, panel.colour)


def _paint_text(image: Image.Image, text: Text) -> None:
    left = text.box.left + overhang(text.line, text.style)
    direction = ("rtl" if text.from_right else "ltr") if runs_left(text.line) else None
    draw = ImageDraw.Draw(image)
    draw.text((left, first_line(text)), text.line, text.colour, font(text.style), direction=direction)


def first_line(text: Text) -> int:
    """Where Latin letters begin: lines that are taller for their neighbours' sake have as much room above as below."""
    return text.box.top + (text.box.bottom - text.box.top - line_height(text.style)) // 2


def _paint_code(image: Image.Image, code: Code) -> None:
    side = len(code.modules)
    small = Image.new("L", (side, side))
    small.putdata([0 if dark else 255 for row in code.modules for dark in row])
    size = (code.box.right - code.box.left, code.box.bottom - code.box.top)
    image.paste(small.resize(size, Image.Resampling.NEAREST).convert("RGB"), code.box)


def _paint_scale(image: Image.Image, scale: Scale) -> None:
    _empty_stones(scale).paint(image, palette.STONE)
    if scale.score is not None:
        marked = Stencil(scale.box)
        marked.disc(_inside(scale, scale.score), LARGE_STONE)
        marked.paint(image, scale.colour)


def _empty_stones(scale: Scale) -> Stencil:
    stencil = Stencil(scale.box)
    first, middle, last = (_inside(scale, step) for step in (STEPS[0], 0, STEPS[-1]))
    stencil.stroke([first, last], RIM)
    stencil.stroke([(middle[0], RIM / 2), (middle[0], stencil.height - RIM / 2)], RIM)
    for step in STEPS:
        stencil.disc(_inside(scale, step), SMALL_STONE)
        stencil.disc(_inside(scale, step), SMALL_STONE - RIM, cut=True)
    return stencil


def _inside(scale: Scale, step: int) -> tuple[float, float]:
    x, y = scale.stone(step)
    return x - scale.box.left, y - scale.box.top
