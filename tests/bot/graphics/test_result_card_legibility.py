"""Legibility: the size of letters, contrast, and verdicts that differ without colour."""

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations, pairwise

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.graphics.drawing import draw_result_card
from bot.graphics.elements import Box, DotScale, TextLine, VerdictMark
from bot.graphics.model import Verdict
from bot.graphics.result_card import ResultCard, ResultCardLine
from flows.scale import MAX_POINTS, MIN_POINTS, list_points
from tests.support.card_images import ENGLISH_CARD, draw_in_grey, find_pieces, make_one_line_card, measure_contrast

VERDICTS: tuple[Verdict, ...] = ("passed", "failed", "undecided")
SMALL_PHONE_PICTURE_WIDTH = 270  # pixels of a picture in a chat, on a phone of 320 pixels
MARK_SIZE_IN_CHAT = (24, 24)
CHOSEN = [(count, point) for count in range(MIN_POINTS, MAX_POINTS + 1) for point in list_points(count)]


def mark_in_black_and_white(verdict: Verdict) -> Image.Image:
    """The mark in pure black and white, at a size that a small phone shows."""
    card = make_one_line_card(verdict, None)
    mark = next(find_pieces(card, VerdictMark))
    return draw_in_grey(card).crop(mark.box).resize(MARK_SIZE_IN_CHAT).point(lambda value: 255 * (value > 128))


@pytest.mark.parametrize(("first", "second"), list(combinations(VERDICTS, 2)))
def test_verdicts_differ_in_black_and_white(first: Verdict, second: Verdict) -> None:
    difference = ImageChops.difference(mark_in_black_and_white(first), mark_in_black_and_white(second))
    assert ImageStat.Stat(difference).mean[0] > 0.12 * 255


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_mark_stands_out_from_the_background(verdict: Verdict) -> None:
    card = make_one_line_card(verdict, None)
    assert measure_contrast(draw_in_grey(card), next(find_pieces(card, VerdictMark)).box) >= 3


@pytest.mark.parametrize(("point_count", "chosen"), [*CHOSEN, (5, None)])
def test_the_scale_stands_out_from_the_background(point_count: int, chosen: int | None) -> None:
    card = make_one_line_card("undecided", chosen, point_count)
    scale, picture = next(find_pieces(card, DotScale)), draw_in_grey(card)
    for point in list_points(point_count):
        assert measure_contrast(picture, box_around(scale, point, 34)) >= 3


def test_each_text_stands_out_from_the_background() -> None:
    picture = draw_in_grey(ENGLISH_CARD)
    for text in find_pieces(ENGLISH_CARD, TextLine):
        assert measure_contrast(picture, text.box) >= 4.5, text.text


def test_the_smallest_letters_are_12_px_on_a_small_phone() -> None:
    assert min(text.style.size for text in find_pieces(ENGLISH_CARD, TextLine)) * SMALL_PHONE_PICTURE_WIDTH / 1080 >= 12


def box_around(scale: DotScale, point: int, reach: int) -> Box:
    x, y = (round(value) for value in scale.dot_position(point))
    return Box(x - reach, y - reach, x + reach, y + reach)


def filled_dots(card: ResultCard) -> list[int]:
    """The points whose dot is dark in its middle on the finished picture."""
    scale, picture = next(find_pieces(card, DotScale)), draw_in_grey(card)
    return [
        point
        for point in list_points(scale.point_count)
        if ImageStat.Stat(picture.crop(box_around(scale, point, 8))).mean[0] < 128
    ]


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize(("point_count", "chosen"), CHOSEN)
def test_only_the_persons_dot_is_filled(point_count: int, chosen: int, verdict: Verdict) -> None:
    assert filled_dots(make_one_line_card(verdict, chosen, point_count)) == [chosen]


@pytest.mark.parametrize("verdict", VERDICTS)
def test_without_a_point_all_dots_are_empty(verdict: Verdict) -> None:
    assert filled_dots(make_one_line_card(verdict, None)) == []


@pytest.mark.parametrize("point_count", range(MIN_POINTS, MAX_POINTS + 1))
def test_dots_are_evenly_spaced_from_the_worst_point_on_the_left(point_count: int) -> None:
    scale = next(find_pieces(make_one_line_card("undecided", None, point_count), DotScale))
    across = [scale.dot_position(point)[0] for point in reversed(list_points(point_count))]
    assert across == sorted(across)
    assert len({round(right - left) for left, right in pairwise(across)}) == 1
    assert round(across[0] + across[-1]) == 2 * 540


@pytest.mark.parametrize(("point_count", "point"), [(5, -3), (5, 3), (3, 2), (6, 0), (7, 4)])
def test_a_point_that_the_scale_lacks_is_refused(point_count: int, point: int) -> None:
    with pytest.raises(ValueError, match=f"A scale of {point_count} points does not have the point {point}"):
        ResultCardLine("Coping", "failed", "Not yet", point_count, point)


def test_threads_draw_the_same_picture() -> None:
    with ThreadPoolExecutor(4) as pool:
        pictures = set(pool.map(draw_result_card, [ENGLISH_CARD] * 12))
    assert pictures == {draw_result_card(ENGLISH_CARD)}
