"""From pieces to pixels."""

from io import BytesIO

from PIL import Image, ImageDraw

from bot.pictures import palette
from bot.pictures.letters import font, overhang
from bot.pictures.pieces import STEPS, Box, Mark, Page, Panel, Piece, Scale, Text
from bot.pictures.shapes import Stencil, mark, round_box

MARK_COLOURS = {"passed": palette.PASSED, "failed": palette.FAILED, "unsaid": palette.UNSAID}
CORNER, EDGE = 44, 3
SMALL_STONE, LARGE_STONE, RIM = 22, 36, 6


def paint(page: Page) -> bytes:
    """The page as a PNG in RGB. The same page gives the same bytes."""
    image = Image.new("RGB", (page.width, page.height), palette.PAPER)
    for piece in page.pieces:
        _paint(image, piece)
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _paint(image: Image.Image, piece: Piece) -> None:
    match piece:
        case Panel():
            _paint_panel(image, piece)
        case Text():
            _paint_text(image, piece)
        case Mark():
            mark(piece.box, piece.verdict).paint(image, MARK_COLOURS[piece.verdict])
        case Scale():
            _paint_scale(image, piece)


def _paint_panel(image: Image.Image, panel: Panel) -> None:
    left, top, right, bottom = panel.box
    round_box(image, panel.box, CORNER, panel.edge)
    round_box(image, Box(left + EDGE, top + EDGE, right - EDGE, bottom - EDGE), CORNER - EDGE, panel.colour)


def _paint_text(image: Image.Image, text: Text) -> None:
    left = text.box.left + overhang(text.line, text.style)
    ImageDraw.Draw(image).text((left, text.box.top), text.line, text.colour, font(text.style))


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
