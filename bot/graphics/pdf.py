"""From pieces to a page for a printer: a PDF of A4, whose words stay words."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import as_file, files

from fpdf import FPDF
from fpdf.enums import TextDirection
from fpdf.line_break import Fragment
from PIL import Image

from bot.graphics import palette
from bot.graphics.elements import Box, Page, Piece, Text, moved
from bot.graphics.png import first_line, paint_piece
from bot.graphics.text_layout import font, overhang, runs_of

DOTS = 300  # to the inch
A4 = (2480, 3508)  # pixels
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # a time of our own would make each file another


def print_page(page: Page, title: str, language: str) -> bytes:
    """The page as a PDF on white paper. The same page gives the same bytes."""
    pdf = _empty(page)
    pdf.set_title(title)
    pdf.set_lang(language)
    for piece in page.pieces:
        if isinstance(piece, Text):
            _print_text(pdf, piece)
        else:
            _print_shape(pdf, piece)
    return bytes(pdf.output())


class Paper(FPDF):
    """fpdf2, but for one thing: it would cut a text before each vowel sign, and Arabic letters would not be joined."""

    def _parse_chars(self, text: str, *_: object, **__: object) -> Iterator[Fragment]:
        yield Fragment(text, self._get_current_graphics_state(), self.k)


def _empty(page: Page) -> Paper:
    pdf = Paper(unit=72 / DOTS, format=(page.width, page.height))
    pdf.set_creation_date(_LONG_AGO)
    pdf.set_auto_page_break(auto=False)
    pdf.c_margin = 0
    for weight in ("Regular", "Bold"):
        with as_file(files("bot.graphics") / "fonts" / f"NotoSans-{weight}.ttf") as file:
            pdf.add_font(weight, fname=file)
    pdf.add_page()
    return pdf


def _print_text(pdf: FPDF, text: Text) -> None:
    size = text.style.size
    pdf.set_font(text.style.weight, size=size * 72 / DOTS)
    pdf.set_text_color(text.colour)
    baseline = first_line(text) + font(text.style).getmetrics()[0]
    pdf.set_xy(text.box.left + overhang(text.line, text.style), baseline - 0.8 * size)  # where a cell has its baseline
    for run in runs_of(text.line, from_right=bool(text.from_right)):
        direction = TextDirection.RTL if run.from_right else TextDirection.LTR
        pdf.set_text_shaping(use_shaping_engine=True, direction=direction)
        pdf.cell(text=run.text, h=size)


def _print_shape(pdf: FPDF, piece: Piece) -> None:
    left, top, right, bottom = piece.box
    size = (right - left, bottom - top)
    image = Image.new("RGB", size, palette.WHITE)
    paint_piece(image, moved(piece, lambda _: Box(0, 0, *size)))
    pdf.image(image, left, top, *size)
