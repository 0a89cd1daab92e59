"""Paints a page with Pillow and encodes it as a PNG with a palette.

Uses `stencils` for smooth shapes and `text_layout` for fonts.
"""

from collections.abc import Iterable
from functools import cache
from io import BytesIO
from itertools import product

from PIL import Image, ImageColor, ImageDraw

from bot.graphics import palette
from bot.graphics.elements import (
    BarSegment,
    Box,
    DotScale,
    Element,
    Layout,
    Panel,
    QrCode,
    StraightLine,
    TextLine,
    VerdictMark,
)
from bot.graphics.stencils import (
    SELECTED_DOT_RADIUS,
    corner_disc_mask,
    scale_mask,
    segment_mask,
    selected_dot_mask,
    verdict_mask,
)
from bot.graphics.text_layout import has_right_to_left_letter, line_height, load_font, measure_left_overhang

PANEL_CORNER_RADIUS, PANEL_EDGE_WIDTH = 44, 3
PNG_COMPRESSION_LEVEL = 5

# The colours that touch on a page, and how many shades between them the edges of letters and shapes need.
_SHADE_COUNTS = {
    (palette.TEXT_COLOUR, palette.PANEL_COLOUR): 20,
    (palette.MUTED_TEXT_COLOUR, palette.PANEL_COLOUR): 20,
    (palette.PASSED_COLOUR, palette.PANEL_COLOUR): 20,
    (palette.FAILED_COLOUR, palette.PANEL_COLOUR): 20,
    (palette.UNDECIDED_COLOUR, palette.PANEL_COLOUR): 20,
    (palette.LINE_COLOUR, palette.PANEL_COLOUR): 16,
    (palette.PANEL_EDGE_COLOUR, palette.PANEL_COLOUR): 6,
    (palette.PANEL_EDGE_COLOUR, palette.PAPER_COLOUR): 3,
    (palette.TEXT_COLOUR, palette.PAPER_COLOUR): 20,
    (palette.MUTED_TEXT_COLOUR, palette.PAPER_COLOUR): 20,
    (palette.RESULT_PANEL_COLOUR, palette.PAPER_COLOUR): 20,
    (palette.RESULT_TEXT_COLOUR, palette.RESULT_PANEL_COLOUR): 20,
    # Where a filled dot covers the line of its scale.
    (palette.PASSED_COLOUR, palette.LINE_COLOUR): 6,
    (palette.FAILED_COLOUR, palette.LINE_COLOUR): 6,
    (palette.UNDECIDED_COLOUR, palette.LINE_COLOUR): 6,
    (palette.BLACK, palette.WHITE): 8,
}
# Pillow matches colours in steps of 4 of 255, so a shade closer to a plain colour than this could replace it.
_MIN_SHADE_DISTANCE = 6
Rgb = tuple[int, int, int]


def paint_png(layout: Layout, background: str = palette.PAPER_COLOUR) -> bytes:
    """The page as a PNG with a palette of at most 256 colours. The same page gives the same bytes."""
    image = Image.new("RGB", (layout.width, layout.height), background)
    for element in layout.elements:
        paint_element(image, element)
    file = BytesIO()
    # A third of the CPU and half the bytes of a PNG in RGB, whose encoder tries five filters on each row; the edges
    # of letters differ by less than the eye sees (`python -m benchmarks.result_card`).
    indexed = image.quantize(palette=_palette_image(), dither=Image.Dither.NONE)
    indexed.save(file, "PNG", compress_level=PNG_COMPRESSION_LEVEL)
    return file.getvalue()


@cache
def _palette_image() -> Image.Image:
    image = Image.new("P", (1, 1))
    image.putpalette([channel for colour in _palette_colours() for channel in colour])
    return image


def _palette_colours() -> list[Rgb]:
    """All plain colours, then the shades between those that touch."""
    plain_colours = list(dict.fromkeys(_to_rgb(colour) for pair in _SHADE_COUNTS for colour in pair))
    shades = (
        _blend(_to_rgb(colour), _to_rgb(background), step / (shade_count + 1))
        for (colour, background), shade_count in _SHADE_COUNTS.items()
        for step in range(1, shade_count + 1)
    )
    return [*plain_colours, *(shade for shade in dict.fromkeys(shades) if _is_distinct(shade, plain_colours))]


def _is_distinct(shade: Rgb, plain_colours: Iterable[Rgb]) -> bool:
    return min(_distance(shade, plain_colour) for plain_colour in plain_colours) >= _MIN_SHADE_DISTANCE


def _to_rgb(colour: str) -> Rgb:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def _blend(first: Rgb, second: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _distance(first: Rgb, second: Rgb) -> int:
    return max(abs(a - b) for a, b in zip(first, second, strict=True))


def paint_element(image: Image.Image, element: Element) -> None:
    """Paints one element onto the image."""
    match element:
        case Panel():
            _paint_panel(image, element)
        case TextLine():
            _paint_text_line(image, element)
        case VerdictMark():
            mask = verdict_mask(element.verdict, element.box.right - element.box.left)
            image.paste(palette.VERDICT_COLOURS[element.verdict], element.box, mask)
        case DotScale():
            _paint_dot_scale(image, element)
        case BarSegment():
            _paint_bar_segment(image, element)
        case StraightLine():
            image.paste(element.colour, element.box)
        case QrCode():
            _paint_qr_code(image, element)


def _paint_panel(image: Image.Image, panel: Panel) -> None:
    left, top, right, bottom = panel.box
    width = PANEL_EDGE_WIDTH
    _paint_rounded_box(image, panel.box, PANEL_CORNER_RADIUS, panel.edge)
    inner_box = Box(left + width, top + width, right - width, bottom - width)
    _paint_rounded_box(image, inner_box, PANEL_CORNER_RADIUS - width, panel.colour)


def _paint_rounded_box(image: Image.Image, box: Box, corner_radius: int, colour: str) -> None:
    left, top, right, bottom = box
    image.paste(colour, (left + corner_radius, top, right - corner_radius, bottom))
    image.paste(colour, (left, top + corner_radius, right, bottom - corner_radius))
    mask = corner_disc_mask(corner_radius)
    for corner in product((left, right - mask.width), (top, bottom - mask.height)):
        image.paste(colour, corner, mask)


def _paint_text_line(image: Image.Image, line: TextLine) -> None:
    left = line.box.left + measure_left_overhang(line.text, line.style)
    direction = ("rtl" if line.is_right_to_left else "ltr") if has_right_to_left_letter(line.text) else None
    draw = ImageDraw.Draw(image)
    draw.text((left, find_text_top(line)), line.text, line.colour, load_font(line.style), direction=direction)


def find_text_top(line: TextLine) -> int:
    """The y at which Latin letters begin: a line made taller for Arabic ones has equal room above and below."""
    return line.box.top + (line.box.bottom - line.box.top - line_height(line.style)) // 2


def _paint_dot_scale(image: Image.Image, scale: DotScale) -> None:
    left, top, right, bottom = scale.box
    image.paste(palette.LINE_COLOUR, scale.box, scale_mask(scale.point_count, right - left, bottom - top))
    if scale.point is not None:
        x, y = (round(centre) - SELECTED_DOT_RADIUS for centre in scale.dot_position(scale.point))
        image.paste(scale.colour, (x, y), selected_dot_mask())


def _paint_bar_segment(image: Image.Image, segment: BarSegment) -> None:
    left, top, right, bottom = segment.box
    image.paste(palette.PANEL_COLOUR, segment.box)
    image.paste(_point_colour(segment.point), segment.box, segment_mask(segment.point, right - left, bottom - top))


def _point_colour(point: int | None) -> str:
    if not point:
        return palette.TEXT_COLOUR
    return palette.PASSED_COLOUR if point > 0 else palette.FAILED_COLOUR


def _paint_qr_code(image: Image.Image, code: QrCode) -> None:
    side = len(code.modules)
    small = Image.new("L", (side, side))
    small.putdata([0 if is_dark else 255 for row in code.modules for is_dark in row])
    size = (code.box.right - code.box.left, code.box.bottom - code.box.top)
    image.paste(small.resize(size, Image.Resampling.NEAREST).convert("RGB"), code.box)
