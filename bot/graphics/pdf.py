"""From pieces to a page for a printer: a PDF of A4, whose words stay words."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import as_file, files

from fpdf import FPDF
from fpdf.enums import TextDirection
from fpdf.line_break import Fragment
from PIL import Image

from bot.graphics import palette
from bot.graphics.elements import Box, Element, Layout, TextLine, transform_box
from bot.graphics.png import find_text_top, paint_element
from bot.graphics.text_layout import load_font, measure_left_overhang, split_runs

DOTS_PER_INCH = 300  # to the inch
A4_SIZE_PIXELS = (2480, 3508)  # pixels
_FIXED_CREATION_DATE = datetime(2000, 1, 1, tzinfo=UTC)  # a time of our own would make each file another


def render_pdf(layout: Layout, title: str, language: str) -> bytes:
    """The page as a PDF on white paper. The same page gives the same bytes."""
    pdf = _new_document(layout)
    pdf.set_title(title)
    pdf.set_lang(language)
    for element in layout.elements:
        if isinstance(element, TextLine):
            _add_text(pdf, element)
        else:
            _add_image(pdf, element)
    return bytes(pdf.output())


class ShapedPdf(FPDF):
    """fpdf2, but for one thing: it would cut a text before each vowel sign, and Arabic letters would not be joined."""

    def _parse_chars(self, text: str, *_: object, **__: object) -> Iterator[Fragment]:
        yield Fragment(text, self._get_current_graphics_state(), self.k)


def _new_document(layout: Layout) -> ShapedPdf:
    pdf = ShapedPdf(unit=72 / DOTS_PER_INCH, format=(layout.width, layout.height))
    pdf.set_creation_date(_FIXED_CREATION_DATE)
    pdf.set_auto_page_break(auto=False)
    pdf.c_margin = 0
    for weight in ("Regular", "Bold"):
        with as_file(files("bot.graphics") / "fonts" / f"NotoSans-{weight}.ttf") as file:
            pdf.add_font(weight, fname=file)
    pdf.add_page()
    return pdf


def _add_text(pdf: FPDF, line: TextLine) -> None:
    size = line.style.size
    pdf.set_font(line.style.weight, size=size * 72 / DOTS_PER_INCH)
    pdf.set_text_color(line.colour)
    baseline = find_text_top(line) + load_font(line.style).getmetrics()[0]
    pdf.set_xy(
        line.box.left + measure_left_overhang(line.text, line.style), baseline - 0.8 * size
    )  # where a cell has its baseline
    for run in split_runs(line.text, is_right_to_left=bool(line.is_right_to_left)):
        direction = TextDirection.RTL if run.is_right_to_left else TextDirection.LTR
        pdf.set_text_shaping(use_shaping_engine=True, direction=direction)
        pdf.cell(text=run.text, h=size)


def _add_image(pdf: FPDF, element: Element) -> None:
    left, top, right, bottom = element.box
    size = (right - left, bottom - top)
    image = Image.new("RGB", size, palette.WHITE)
    paint_element(image, transform_box(element, lambda _: Box(0, 0, *size)))
    pdf.image(image, left, top, *size)
