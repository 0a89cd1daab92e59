"""PDF and PNG look the same in both writing directions, and drawing loads only the libraries that it needs."""

import subprocess
import sys
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from bot.graphics import palette
from bot.graphics.elements import Box, Layout, apply_direction, lay_out_text
from bot.graphics.pdf import render_pdf, split_runs
from bot.graphics.png import paint_png
from bot.graphics.text_layout import TextStyle
from tests.support.graphics_samples import render_pdf_page

LINES = {
    "English": "Riverside Carers, 40% (2027)",
    "Welsh": "Clinig Tŷ’r Ŵyl: 40%",
    "Urdu": "خاندانی دیکھ بھال گروپ",
    "Urdu with a number": "خاندان 40% (لندن) بہتر ہے۔",
    "Urdu, then English": "گروپ 40% (لندن) would like to",
    "English, then Urdu": "Asked by خاندان 2027",
    "Urdu with vowels": "مُحَمَّد لَّٰ آپ ٹڈڑ",
}


def page_of(line: str, *, is_right_to_left: bool) -> Layout:
    lines = lay_out_text(line, TextStyle("Bold", 100), palette.BLACK, Box(60, 60, 2340, 60))
    assert len(lines) == 1
    return apply_direction(Layout(2400, 260, tuple(lines)), is_right_to_left=is_right_to_left)


@pytest.mark.parametrize("is_right_to_left", [False, True], ids=["left", "right"])
@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
def test_pdf_and_png_show_the_same_line(line: str, is_right_to_left: bool) -> None:
    page = page_of(line, is_right_to_left=is_right_to_left)
    screen = Image.open(BytesIO(paint_png(page, palette.WHITE))).convert("L")
    paper = render_pdf_page(render_pdf(page, "", "en"), 300).resize(screen.size)
    ink = [ImageStat.Stat(ImageChops.invert(picture)).mean[0] for picture in (screen, paper)]
    blurred = [picture.filter(ImageFilter.GaussianBlur(12)) for picture in (screen, paper)]
    apart = ImageStat.Stat(ImageChops.difference(*blurred)).mean[0]
    assert apart < 0.15 * min(ink)


def test_numbers_within_urdu_are_placed_on_the_left() -> None:
    assert [run.text for run in split_runs("گروپ 40% (لندن) would", is_right_to_left=False)] == [
        "% (لندن)",
        "40",
        "گروپ ",
        " would",
    ]
    assert [run.text for run in split_runs("گروپ 40 would", is_right_to_left=True)] == ["would", " ", "40", "گروپ "]
    assert [run.text for run in split_runs("Coping: 40%", is_right_to_left=False)] == ["Coping: 40%"]


def test_drawing_loads_neither_telegram_nor_database_libraries() -> None:
    heavy = ("telegram", "sqlalchemy", "sqlmodel", "aiohttp", "pydantic")
    assert loaded_packages("import bot.graphics.drawing, bot.graphics.png, bot.graphics.pdf", heavy) == []


def test_a_bot_that_sends_only_text_loads_no_drawing_library() -> None:
    drawing_libraries = ("PIL", "fpdf", "fontTools", "uharfbuzz", "segno")
    assert loaded_packages("import bot.delivery.sender", drawing_libraries) == []


def test_a_result_card_loads_only_pillow() -> None:
    program = (
        "from bot.graphics.drawing import can_draw, draw; from tests.support.card_images import ENGLISH_CARD\n"
        "assert can_draw(ENGLISH_CARD) and draw(ENGLISH_CARD)"
    )
    assert loaded_packages(program, ("PIL", "fpdf", "fontTools", "uharfbuzz", "segno")) == ["PIL"]


def loaded_packages(program: str, candidates: tuple[str, ...]) -> list[str]:
    """Which of the packages a new process has loaded after running the program."""
    report = f"{program}\nimport sys; print(*(name for name in {candidates} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return done.stdout.split()
