"""Every word has room: nothing is cut, nothing touches, nothing is lost, whatever the words."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from bot.graphics import palette
from bot.graphics.elements import Box, Mark, Panel, Scale, Text
from bot.graphics.result_card import MARGIN, WIDTH, Card, CardLine, arrange, draw_card
from bot.graphics.text_layout import font, tidy
from tests.support.card_images import ENGLISH, in_order, opened, overlap, placed, within

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ŵŷâêîôûäëïöüŴŶÂÊÎÔÛéèçœÉÀłżźćąęńśŁŻŹĆĄĘŃŚẤậỹ"
WORDS = st.text(alphabet=f"{LETTERS}WMj  .,:;!?'()/-…«»€%", max_size=60)
LINES = st.builds(
    CardLine,
    name=WORDS,
    verdict=st.sampled_from(["passed", "failed", "unsaid"]),
    words=WORDS,
    score=st.sampled_from([-2, -1, 0, 1, 2, None]),
)
CARDS = st.builds(
    Card,
    title=WORDS,
    lines=st.lists(LINES, max_size=4).map(tuple),
    result=WORDS,
    least=WORDS,
    most=WORDS,
    foot=WORDS,
)
WIDEST = Card("W" * 60, (CardLine("W" * 60, "failed", "M" * 60, -2),), "W" * 60, "W" * 60, "M" * 60, "W" * 60)


def ink(text: Text) -> tuple[float, float, float, float]:
    """Where a line leaves ink, as Pillow measures it where it is drawn."""
    canvas = ImageDraw.Draw(Image.new("L", (1, 1)))
    left, top, right, bottom = canvas.textbbox((0, 0), text.line, font=font(text.style))
    start = text.box.left - min(left, 0)
    return start + left, text.box.top + top, start + right, text.box.top + bottom


@settings(max_examples=60, deadline=None)
@given(CARDS)
def test_each_line_of_text_stays_in_its_place_and_in_the_picture(card: Card) -> None:
    page = arrange(card)
    inside = Box(MARGIN, MARGIN, page.width - MARGIN, page.height - MARGIN)
    for text in placed(card, Text):
        assert within(ink(text), text.box)
        assert within(text.box, inside)


@settings(max_examples=60, deadline=None)
@given(CARDS)
def test_no_two_things_touch(card: Card) -> None:
    things = [piece for piece in arrange(card).pieces if not isinstance(piece, Panel)]
    for first, second in combinations(things, 2):
        assert not overlap(first.box, second.box), (first, second)


@settings(max_examples=60, deadline=None)
@given(CARDS)
def test_whatever_touches_a_panel_lies_within_it(card: Card) -> None:
    panels = list(placed(card, Panel))
    assert in_order([panel.box for panel in panels])
    for piece in arrange(card).pieces:
        assert all(within(piece.box, panel.box) for panel in panels if overlap(piece.box, panel.box))


@settings(max_examples=60, deadline=None)
@given(CARDS)
def test_no_letter_is_lost(card: Card) -> None:
    drawn = "".join(text.line for text in placed(card, Text))
    lines = [words for line in card.lines for words in (line.name, line.words, card.least, card.most)]
    asked = "".join(map(tidy, [card.title, *lines, card.result, card.foot]))
    unbroken = str.maketrans("", "", " -")  # lines drop spaces, broken words gain hyphens
    assert sorted(drawn.translate(unbroken)) == sorted(asked.translate(unbroken))


@settings(max_examples=8, deadline=None)
@given(CARDS)
def test_the_margin_stays_bare(card: Card) -> None:
    assert_bare_margin(opened(card))


@pytest.mark.parametrize("card", [ENGLISH, WIDEST], ids=["ordinary", "widest"])
def test_the_margin_stays_bare_around(card: Card) -> None:
    assert_bare_margin(opened(card))


def assert_bare_margin(picture: Image.Image) -> None:
    """Seen on the picture, not on the plan."""
    painted = ImageChops.difference(picture, Image.new("RGB", picture.size, palette.PAPER)).getbbox()
    assert painted is None or within(painted, Box(MARGIN, MARGIN, picture.width - MARGIN, picture.height - MARGIN))


def test_the_picture_is_a_png_of_known_width() -> None:
    picture = opened(ENGLISH)
    picture.load()
    assert (picture.format, picture.mode, picture.width) == ("PNG", "RGB", WIDTH)


def test_an_ordinary_card_is_not_so_tall_that_telegram_would_narrow_it() -> None:
    assert opened(ENGLISH).height < 1.4 * WIDTH


def test_more_words_make_the_picture_higher_not_wider() -> None:
    longer = opened(replace(ENGLISH, foot=ENGLISH.foot * 3))
    assert longer.height > opened(ENGLISH).height
    assert longer.width == WIDTH


def test_parts_without_words_are_left_out() -> None:
    bare = Card("", (), "", "", "", "")
    assert not arrange(bare).pieces
    assert opened(bare).width == WIDTH


def test_the_same_card_gives_the_same_bytes() -> None:
    assert draw_card(ENGLISH) == draw_card(replace(ENGLISH))


def test_each_line_has_its_mark_and_its_scale() -> None:
    assert [mark.verdict for mark in placed(ENGLISH, Mark)] == ["passed", "failed", "unsaid"]
    assert [scale.score for scale in placed(ENGLISH, Scale)] == [1, -2, None]


@pytest.mark.parametrize("end", ["Worse", "Much, much worse than before it came"])
def test_the_least_stands_at_the_left_and_the_most_at_the_right(end: str) -> None:
    card = replace(ENGLISH, least=end, most=f"{end}.", lines=ENGLISH.lines[:1])
    scale = next(placed(card, Scale))
    least, most = ([t for t in placed(card, Text) if t.style.size == 50 and t.line[0] == end[0]][i] for i in (0, -1))
    assert least.box.left < scale.box.left + 50
    assert most.box.right > scale.box.right - 50
