"""From pieces to pixels."""

from collections.abc import Callable
from io import BytesIO
from itertools import product

from PIL import Image, ImageDraw

from bot.graphics import palette
from bot.graphics.elements import (
    SCORES,
    BarSegment,
    Box,
    Element,
    Layout,
    Panel,
    QrCode,
    ScoreScale,
    StraightLine,
    TextLine,
    Verdict,
    VerdictMark,
)
from bot.graphics.text_layout import has_right_to_left_letter, line_height, load_font, measure_left_overhang

# @@DOC Shapes with smooth edges. Pillow draws shapes without smoothing: so each is drawn four times as large, as a stencil,
# @@ then made smaller, then painted through.
# @@
_SUPERSAMPLING = 4
_OPAQUE, _TRANSPARENT = 255, 0
Point = tuple[float, float]


class Stencil:
    """A hole in the shape of what was drawn; lengths in the picture's pixels, from the box's top left corner."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.width, self.height = box.right - box.left, box.bottom - box.top
        self._mask = Image.new("L", (self.width * _SUPERSAMPLING, self.height * _SUPERSAMPLING))
        self._draw = ImageDraw.Draw(self._mask)

    def draw_disc(self, centre: Point, radius: float, *, should_erase: bool = False) -> None:
        """Draws a full circle, or cuts it out again."""
        self._draw.circle(_supersample(centre), radius * _SUPERSAMPLING, fill=_TRANSPARENT if should_erase else _OPAQUE)

    def draw_rounded_box(self, inset: float, corner_radius: float) -> None:
        """Draws the whole box, `inset` from its edges, with round corners."""
        edges = (inset, inset, self.width - inset, self.height - inset)
        self._draw.rounded_rectangle(
            [edge * _SUPERSAMPLING for edge in edges], corner_radius * _SUPERSAMPLING, fill=_OPAQUE
        )

    def draw_stroke(self, points: list[Point], line_width: float, *, should_erase: bool = False) -> None:
        """Draws a line with round ends and joints through the points, or cuts it out."""
        fill = _TRANSPARENT if should_erase else _OPAQUE
        self._draw.line([_supersample(point) for point in points], fill, round(line_width * _SUPERSAMPLING))
        for point in points:
            self._draw.circle(_supersample(point), line_width * _SUPERSAMPLING / 2, fill=fill)

    def paint_onto(self, image: Image.Image, colour: str) -> None:
        """Paints the colour through the hole."""
        image.paste(colour, self.box, self._mask.reduce(_SUPERSAMPLING))


def paint_rounded_box(image: Image.Image, box: Box, corner_radius: int, colour: str) -> None:
    """Paints a box with round corners of this radius in pixels; only the corners need a stencil."""
    left, top, right, bottom = box
    draw = ImageDraw.Draw(image)
    draw.rectangle((left + corner_radius, top, right - corner_radius - 1, bottom - 1), colour)
    draw.rectangle((left, top + corner_radius, right - 1, bottom - corner_radius - 1), colour)
    for x, y in product((left, right - 2 * corner_radius), (top, bottom - 2 * corner_radius)):
        stencil = Stencil(Box(x, y, x + 2 * corner_radius, y + 2 * corner_radius))
        stencil.draw_disc((corner_radius, corner_radius), corner_radius)
        stencil.paint_onto(image, colour)


def _supersample(point: Point) -> Point:
    return point[0] * _SUPERSAMPLING, point[1] * _SUPERSAMPLING


def verdict_stencil(box: Box, verdict: Verdict) -> Stencil:
    """The stencil of a verdict in a square box. Three outlines and three signs, so that colour says nothing alone
    (WCAG 2.2, 1.4.1): a full disc with a tick, a full square with a cross, an empty ring with a dash.
    """
    stencil = Stencil(box)
    _MARK_PAINTERS[verdict](stencil)
    return stencil


def _scale_points(stencil: Stencil, *points: Point) -> list[Point]:
    return [(x * stencil.width, y * stencil.height) for x, y in points]


def _draw_tick(stencil: Stencil) -> None:
    size = stencil.width
    stencil.draw_disc((size / 2, size / 2), size / 2 - 1)
    stencil.draw_stroke(
        _scale_points(stencil, (0.28, 0.53), (0.44, 0.68), (0.73, 0.35)), size * 0.11, should_erase=True
    )


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
    "unsaid": _draw_dash,
}


# @@DOC The parts of a bar: each step has a pattern of its own, so that they are told apart in black and white (WCAG 2.2,
# @@ 1.4.1). Best to worst: full, striped, empty, dotted, full with light dots; withheld: broken lines.
# @@
_SCORE_COLOURS = {
    2: palette.PASSED_COLOUR,
    1: palette.PASSED_COLOUR,
    0: palette.TEXT_COLOUR,
    -1: palette.FAILED_COLOUR,
    -2: palette.FAILED_COLOUR,
}
_SOLID_SCORES = (2, -2)


def paint_bar_segment(image: Image.Image, segment: BarSegment) -> None:
    """Paints the part on white, from edge to edge of its box."""
    image.paste(palette.PANEL_COLOUR, segment.box)
    stencil = Stencil(segment.box)
    if segment.score in _SOLID_SCORES:
        stencil.draw_rounded_box(0, 0)
    else:
        _draw_outline(stencil, is_broken=segment.score is None)
    _draw_pattern(stencil, segment.score)
    stencil.paint_onto(image, palette.TEXT_COLOUR if segment.score is None else _SCORE_COLOURS[segment.score])


def _draw_pattern(stencil: Stencil, score: int | None) -> None:
    pitch = max(stencil.height / 3, 4)
    if score == 1:
        for stripe_left in range(-int(stencil.height), stencil.width, max(round(pitch), 4)):
            stencil.draw_stroke([(stripe_left, stencil.height), (stripe_left + stencil.height, 0)], pitch / 3.5)
    elif score in (-1, -2):
        for dot in _dot_grid(stencil, pitch):
            stencil.draw_disc(dot, pitch / 3.6, should_erase=score in _SOLID_SCORES)


def _dot_grid(stencil: Stencil, pitch: float) -> list[Point]:
    columns, rows = (_spread_evenly(length, pitch) for length in (stencil.width, stencil.height))
    return list(product(columns, rows))


def _spread_evenly(length: int, pitch: float) -> list[float]:
    """Points as far apart as `pitch`, or a little more, and half as far from both ends."""
    count = max(int(length // pitch), 1)
    return [length * (index + 0.5) / count for index in range(count)]


def _draw_outline(stencil: Stencil, *, is_broken: bool) -> None:
    line_width = max(stencil.height / 20, 2)
    left, top, right, bottom = (
        line_width / 2,
        line_width / 2,
        stencil.width - line_width / 2,
        stencil.height - line_width / 2,
    )
    stencil.draw_stroke([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], line_width)
    if is_broken:
        stencil.draw_stroke([(left, stencil.height / 2), (right, stencil.height / 2)], line_width)
        gap = stencil.height / 8
        for x in _spread_evenly(stencil.width, 3 * gap):
            stencil.draw_stroke([(x, 0), (x, stencil.height)], gap, should_erase=True)
        for y in _spread_evenly(stencil.height, 3 * gap):
            stencil.draw_stroke([(0, y), (stencil.width, y)], gap, should_erase=True)


VERDICT_COLOURS = {"passed": palette.PASSED_COLOUR, "failed": palette.FAILED_COLOUR, "unsaid": palette.UNDECIDED_COLOUR}
PANEL_CORNER_RADIUS, PANEL_EDGE_WIDTH = 44, 3
DOT_RADIUS, SELECTED_DOT_RADIUS, DOT_RIM_WIDTH = 22, 36, 6


def paint_png(layout: Layout, background: str = palette.PAPER_COLOUR) -> bytes:
    """The page as a PNG in RGB. The same page gives the same bytes."""
    image = Image.new("RGB", (layout.width, layout.height), background)
    for element in layout.elements:
        paint_element(image, element)
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def paint_element(image: Image.Image, element: Element) -> None:
    match element:
        case Panel():
            _paint_panel(image, element)
        case TextLine():
            _paint_text_line(image, element)
        case VerdictMark():
            verdict_stencil(element.box, element.verdict).paint_onto(image, VERDICT_COLOURS[element.verdict])
        case ScoreScale():
            _paint_score_scale(image, element)
        case BarSegment():
            paint_bar_segment(image, element)
        case StraightLine():
            image.paste(element.colour, element.box)
        case QrCode():
            _paint_qr_code(image, element)


def _paint_panel(image: Image.Image, panel: Panel) -> None:
    left, top, right, bottom = panel.box
    paint_rounded_box(image, panel.box, PANEL_CORNER_RADIUS, panel.edge)
    paint_rounded_box(
        image,
        Box(left + PANEL_EDGE_WIDTH, top + PANEL_EDGE_WIDTH, right - PANEL_EDGE_WIDTH, bottom - PANEL_EDGE_WIDTH),
        PANEL_CORNER_RADIUS - PANEL_EDGE_WIDTH,
        panel.colour,
    )


def _paint_text_line(image: Image.Image, line: TextLine) -> None:
    left = line.box.left + measure_left_overhang(line.text, line.style)
    direction = ("rtl" if line.is_right_to_left else "ltr") if has_right_to_left_letter(line.text) else None
    draw = ImageDraw.Draw(image)
    draw.text((left, find_text_top(line)), line.text, line.colour, load_font(line.style), direction=direction)


def find_text_top(line: TextLine) -> int:
    """Where Latin letters begin: lines that are taller for their neighbours' sake have as much room above as below."""
    return line.box.top + (line.box.bottom - line.box.top - line_height(line.style)) // 2


def _paint_qr_code(image: Image.Image, code: QrCode) -> None:
    side = len(code.modules)
    small = Image.new("L", (side, side))
    small.putdata([0 if is_dark else 255 for row in code.modules for is_dark in row])
    size = (code.box.right - code.box.left, code.box.bottom - code.box.top)
    image.paste(small.resize(size, Image.Resampling.NEAREST).convert("RGB"), code.box)


def _paint_score_scale(image: Image.Image, scale: ScoreScale) -> None:
    _empty_scale_stencil(scale).paint_onto(image, palette.LINE_COLOUR)
    if scale.score is not None:
        selected_dot = Stencil(scale.box)
        selected_dot.draw_disc(_relative_dot_position(scale, scale.score), SELECTED_DOT_RADIUS)
        selected_dot.paint_onto(image, scale.colour)


def _empty_scale_stencil(scale: ScoreScale) -> Stencil:
    stencil = Stencil(scale.box)
    first, middle, last = (_relative_dot_position(scale, step) for step in (SCORES[0], 0, SCORES[-1]))
    stencil.draw_stroke([first, last], DOT_RIM_WIDTH)
    stencil.draw_stroke(
        [(middle[0], DOT_RIM_WIDTH / 2), (middle[0], stencil.height - DOT_RIM_WIDTH / 2)], DOT_RIM_WIDTH
    )
    for score in SCORES:
        stencil.draw_disc(_relative_dot_position(scale, score), DOT_RADIUS)
        stencil.draw_disc(_relative_dot_position(scale, score), DOT_RADIUS - DOT_RIM_WIDTH, should_erase=True)
    return stencil


def _relative_dot_position(scale: ScoreScale, score: int) -> tuple[float, float]:
    x, y = scale.dot_position(score)
    return x - scale.box.left, y - scale.box.top
