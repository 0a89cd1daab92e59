"""All texts fit on the card: none is cut off, overlaps another or loses letters."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from bot.graphics import palette
from bot.graphics.drawing import draw_result_card
from bot.graphics.elements import Box, DotScale, Panel, TextLine, VerdictMark
from bot.graphics.result_card import (
    CARD_MARGIN,
    CARD_WIDTH,
    ResultCard,
    ResultCardLine,
    lay_out_result_card,
)
from bot.graphics.text_layout import load_font, normalize_text
from flows.scale import MAX_POINTS, MIN_POINTS, list_points
from tests.support.card_images import ENGLISH_CARD, find_pieces, is_overlapping, is_top_to_bottom, is_within, open_image

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ŵŷâêîôûäëïöüŴŶÂÊÎÔÛéèçœÉÀłżźćąęńśŁŻŹĆĄĘŃŚẤậỹ"
WORDS = st.text(alphabet=f"{LETTERS}WMj  .,:;!?'()/-…«»€%", max_size=60)
SCALES = st.integers(MIN_POINTS, MAX_POINTS)
LINES = SCALES.flatmap(
    lambda point_count: st.builds(
        ResultCardLine,
        name=WORDS,
        verdict=st.sampled_from(["passed", "failed", "undecided"]),
        verdict_text=WORDS,
        point_count=st.just(point_count),
        point=st.sampled_from([*list_points(point_count), None]),
    )
)
CARDS = st.builds(
    ResultCard,
    title=WORDS,
    lines=st.lists(LINES, max_size=4).map(tuple),
    result=WORDS,
    lowest_label=WORDS,
    highest_label=WORDS,
    footnote=WORDS,
)
WIDEST_CARD = ResultCard(
    "W" * 60, (ResultCardLine("W" * 60, "failed", "M" * 60, 5, -2),), "W" * 60, "W" * 60, "M" * 60, "W" * 60
)


def ink(text: TextLine) -> tuple[float, float, float, float]:
    """Where a line leaves ink, as Pillow measures it where it is drawn."""
    canvas = ImageDraw.Draw(Image.new("L", (1, 1)))
    left, top, right, bottom = canvas.textbbox((0, 0), text.text, font=load_font(text.style))
    start = text.box.left - min(left, 0)
    return start + left, text.box.top + top, start + right, text.box.top + bottom


@settings(max_examples=60, deadline=None)
@given(CARDS)
def test_each_line_of_text_stays_in_its_box_and_in_the_picture(card: ResultCard) -> None:
    page = lay_out_result_card(card)
    inside = Box(CARD_MARGIN, CARD_MARGIN, page.width - CARD_MARGIN, page.height - CARD_MARGIN)
    for text in find_pieces(card, TextLine):
        assert is_within(ink(text), text.box)
        assert is_within(text.box, inside)


@settings(max_examples=60, deadline=None)
@given(CARDS)
def test_no_two_elements_overlap(card: ResultCard) -> None:
    elements = [piece for piece in lay_out_result_card(card).elements if not isinstance(piece, Panel)]
    for first, second in combinations(elements, 2):
        assert not is_overlapping(first.box, second.box), (first, second)


@settings(max_examples=60, deadline=None)
@given(CARDS)
def test_an_element_on_a_panel_is_inside_it(card: ResultCard) -> None:
    panels = list(find_pieces(card, Panel))
    assert is_top_to_bottom([panel.box for panel in panels])
    for piece in lay_out_result_card(card).elements:
        assert all(is_within(piece.box, panel.box) for panel in panels if is_overlapping(piece.box, panel.box))


@settings(max_examples=60, deadline=None)
@given(CARDS)
def test_no_letter_is_lost(card: ResultCard) -> None:
    drawn = "".join(text.text for text in find_pieces(card, TextLine))
    lines = [
        words for line in card.lines for words in (line.name, line.verdict_text, card.lowest_label, card.highest_label)
    ]
    asked = "".join(map(normalize_text, [card.title, *lines, card.result, card.footnote]))
    unbroken = str.maketrans("", "", " -")  # lines drop spaces, broken words gain hyphens
    assert sorted(drawn.translate(unbroken)) == sorted(asked.translate(unbroken))


@settings(max_examples=8, deadline=None)
@given(CARDS)
def test_the_margin_stays_empty(card: ResultCard) -> None:
    assert_empty_margin(open_image(card))


@pytest.mark.parametrize("card", [ENGLISH_CARD, WIDEST_CARD], ids=["ordinary", "widest"])
def test_the_margin_stays_empty_with_ordinary_and_widest_texts(card: ResultCard) -> None:
    assert_empty_margin(open_image(card))


def assert_empty_margin(picture: Image.Image) -> None:
    """Checks the finished picture, not the layout."""
    paper = Image.new("RGB", picture.size, palette.PAPER_COLOUR)
    painted = ImageChops.difference(picture.convert("RGB"), paper).getbbox()
    assert painted is None or is_within(
        painted, Box(CARD_MARGIN, CARD_MARGIN, picture.width - CARD_MARGIN, picture.height - CARD_MARGIN)
    )


def test_the_picture_is_a_png_of_known_width() -> None:
    picture = open_image(ENGLISH_CARD)
    picture.load()
    assert (picture.format, picture.mode, picture.width) == ("PNG", "P", CARD_WIDTH)


def test_telegram_does_not_narrow_an_ordinary_card() -> None:
    assert open_image(ENGLISH_CARD).height < 1.4 * CARD_WIDTH


def test_longer_texts_make_the_picture_taller_not_wider() -> None:
    longer = open_image(replace(ENGLISH_CARD, footnote=ENGLISH_CARD.footnote * 3))
    assert longer.height > open_image(ENGLISH_CARD).height
    assert longer.width == CARD_WIDTH


def test_empty_texts_are_left_out() -> None:
    bare = ResultCard("", (), "", "", "", "")
    assert not lay_out_result_card(bare).elements
    assert open_image(bare).width == CARD_WIDTH


def test_the_same_card_gives_the_same_bytes() -> None:
    assert draw_result_card(ENGLISH_CARD) == draw_result_card(replace(ENGLISH_CARD))


def test_each_line_has_its_mark_and_its_scale() -> None:
    assert [mark.verdict for mark in find_pieces(ENGLISH_CARD, VerdictMark)] == ["passed", "failed", "undecided"]
    assert [scale.point for scale in find_pieces(ENGLISH_CARD, DotScale)] == [1, -2, None]


@pytest.mark.parametrize("end", ["Worse", "Much, much worse than before it came"])
def test_the_lowest_label_is_on_the_left_and_the_highest_on_the_right(end: str) -> None:
    card = replace(ENGLISH_CARD, lowest_label=end, highest_label=f"{end}.", lines=ENGLISH_CARD.lines[:1])
    scale = next(find_pieces(card, DotScale))
    lowest, highest = (
        [t for t in find_pieces(card, TextLine) if t.style.size == 50 and t.text[0] == end[0]][i] for i in (0, -1)
    )
    assert lowest.box.left < scale.box.left + 50
    assert highest.box.right > scale.box.right - 50
