"""From pieces to pixels."""

from io import BytesIO

from PIL import Image, ImageDraw

from bot.pictures import palette
from bot.pictures.letters import font, line_height, overhang, runs_left
from bot.pictures.patterns import paint_bar
from bot.pictures.pieces import STEPS, Bar, Box, Code, Mark, Page, Panel, Piece, Rule, Scale, Text
from bot.pictures.shapes import Stencil, mark, round_box

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
