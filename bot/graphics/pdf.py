"""Renders a page as a PDF for print, with fpdf2; text stays text.

fpdf2 computes the direction of each letter correctly, but places numbers within Arabic text on the wrong side. So each
line is split into runs of one direction here, and fpdf2 places one run at a time.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.resources import as_file, files
from itertools import groupby
from typing import NamedTuple

from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection
from fpdf.line_break import Fragment
from PIL import Image

from bot.graphics import palette
from bot.graphics.elements import PRINT_DOTS_PER_INCH, Box, Element, Layout, TextLine, transform_box
from bot.graphics.png import find_text_top, paint_element
from bot.graphics.text_layout import load_font, measure_left_overhang

POINTS_PER_PIXEL = 72 / PRINT_DOTS_PER_INCH
_FIXED_CREATION_DATE = datetime(2000, 1, 1, tzinfo=UTC)  # the current time would make every file different
_BASELINE_RATIO = 0.8  # where fpdf2 puts the baseline in a cell, as a share of its height


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
    """FPDF that shapes each run as a whole: fpdf2 would cut it before each vowel sign, and not join Arabic letters."""

    def _parse_chars(self, text: str, *_: object, **__: object) -> Iterator[Fragment]:
        yield Fragment(text, self._get_current_graphics_state(), self.k)


def _new_document(layout: Layout) -> ShapedPdf:
    pdf = ShapedPdf(unit=POINTS_PER_PIXEL, format=(layout.width, layout.height))
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
    pdf.set_font(line.style.weight, size=size * 72 / PRINT_DOTS_PER_INCH)
    pdf.set_text_color(line.colour)
    baseline = find_text_top(line) + load_font(line.style).getmetrics()[0]
    left = line.box.left + measure_left_overhang(line.text, line.style)
    pdf.set_xy(left, baseline - _BASELINE_RATIO * size)
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


class TextRun(NamedTuple):
    """Letters of one direction, in reading order, and their embedding level (Unicode Bidirectional Algorithm)."""

    text: str
    level: int

    @property
    def is_right_to_left(self) -> bool:
        return self.level % 2 == 1


def split_runs(line: str, *, is_right_to_left: bool) -> list[TextRun]:
    """The runs of a line as they are seen from left to right; `is_right_to_left`: the line as a whole begins at the
    right.
    """
    base = TextDirection.RTL if is_right_to_left else TextDirection.LTR
    letters = BidiParagraph(text=line, base_direction=base, preserve_bn_chars=True).get_characters()
    by_level = groupby(letters, key=lambda letter: letter.embedding_level)
    return _in_visual_order(
        [TextRun("".join(letter.character for letter in group), level) for level, group in by_level]
    )


def _in_visual_order(runs: Sequence[TextRun]) -> list[TextRun]:
    """From the highest level down, reverses each stretch of that level or above (rule L2 of the algorithm)."""
    ordered = list(runs)
    for level in range(max((run.level for run in runs), default=0), 0, -1):
        stretches = groupby(ordered, key=partial(_is_at_least_level, level))
        ordered = [
            run for is_reversed, stretch in stretches for run in (reversed(list(stretch)) if is_reversed else stretch)
        ]
    return ordered


def _is_at_least_level(level: int, run: TextRun) -> bool:
    return run.level >= level
