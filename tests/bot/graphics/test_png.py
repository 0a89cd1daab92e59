"""The palette of PNG files: plain colours are exact, and the edges of letters and shapes differ invisibly."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops

from bot.graphics import palette
from bot.graphics.charts import lay_out_chart
from bot.graphics.elements import Box, Layout, StraightLine
from bot.graphics.png import paint_element, paint_png
from bot.graphics.result_card import lay_out_result_card
from tests.support.card_images import ENGLISH_CARD
from tests.support.graphics_samples import NUMERIC_RESULTS, load_texts

COLOURS = sorted({value for value in vars(palette).values() if isinstance(value, str) and value.startswith("#")})
MAX_EDGE_DIFFERENCE = 16  # of 255, on single pixels where two colours meet
LAYOUTS = {
    "card": lay_out_result_card(ENGLISH_CARD),
    "chart": lay_out_chart(NUMERIC_RESULTS, NUMERIC_RESULTS.questions[:3], load_texts("en")),
}


@pytest.mark.parametrize("colour", COLOURS)
def test_a_plain_colour_is_exact(colour: str) -> None:
    page = Layout(2, 2, (StraightLine(Box(0, 0, 2, 2), colour),))
    picture = Image.open(BytesIO(paint_png(page))).convert("RGB")
    assert ImageChops.difference(picture, Image.new("RGB", (2, 2), colour)).getbbox() is None


@pytest.mark.parametrize("page", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_edges_differ_invisibly_from_full_colour(page: Layout) -> None:
    full_colour = Image.new("RGB", (page.width, page.height), palette.PAPER_COLOUR)
    for element in page.elements:
        paint_element(full_colour, element)
    picture = Image.open(BytesIO(paint_png(page)))
    assert picture.mode == "P"
    difference = ImageChops.difference(picture.convert("RGB"), full_colour)
    assert max(difference.tobytes()) <= MAX_EDGE_DIFFERENCE
